internal import ArgumentParser
internal import PurserAPI
internal import PurserCore
internal import PurserLedger

struct AuditVerifyCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the whole audit log.",
    discussion: """
      With nothing said the daemon checks it. With --database the log of a database is checked \
      here, beside a daemon that works on it or without one; with --file, those of \
      `purser audit archive` and `purser audit export`: several in the order of their events, and \
      with --database as well, the database after them. Each must follow on the one before. This \
      needs the public key and nothing else. The hash chain, the rows, the recorded end, the tree \
      and every checkpoint must fit; the first thing that does not is named, and the exit status \
      is 1. A checkpoint that was kept elsewhere also shows a log that was cut short, put back to \
      an earlier state, or made anew.
      """)

  @Option(
    help: ArgumentHelp("Check the log of this database, which is only read.", valueName: "path"))
  var database: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Check these archives and exports; '-' for standard input.", valueName: "path"))
  var file: [String] = []

  @OptionGroup var keys: AuditKeyOptions

  @Option(
    help: ArgumentHelp(
      "A file with a signed checkpoint that the log must agree with; may be repeated.",
      valueName: "path"))
  var checkpoint: [String] = []

  @Flag(help: "Tell on standard error how far it is, as is done anyway on a terminal.")
  var progress = false

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard isOffline else {
      guard keys.key.isEmpty, checkpoint.isEmpty else {
        throw ValidationError("--key and --checkpoint go with --database or --file")
      }
      return
    }
    if keys.key.isEmpty { throw ValidationError("give the public key of the log: --key") }
  }

  private var isOffline: Bool { database != nil || !file.isEmpty }

  func run() async throws {
    let reply = isOffline ? try offline() : try await byDaemon()
    daemon.show(reply) { reply in
      TextTable.facts([
        ("audit log", reply.ok ? "ok" : "does not fit"), ("events", "\(reply.events)"),
        ("checked from", reply.first > 1 ? "event \(reply.first)" : nil),
        ("checkpoints", "\(reply.checkpoints)"), ("head", Terminal.sanitized(reply.head)),
        ("fault", reply.fault.map { Terminal.sanitized($0) }),
      ])
    }
    try Verdict.check(reply.ok, "the audit log was changed, or is damaged")
  }

  private func byDaemon() async throws -> AuditVerify.Reply {
    try await DaemonCall.asOperator(daemon).plain(AuditVerify.self, NoParameters())
  }

  private func offline() throws -> AuditVerify.Reply {
    let keys = try keys.read()
    let kept = try checkpoint.map { path in
      let note = try AuditPlaces.text(in: path, limit: SignedNote.maximumLength, "a checkpoint")
      do throws(SignedNoteError) { return try Checkpoint(note: note, keys: keys) } catch {
        throw CommandFailure("\(Terminal.sanitized(path)): \(error)")
      }
    }
    let line = ProgressLine(isForced: progress)
    defer { line.clear() }
    var (verifier, fault) = try AuditFileCheck.check(
      file, from: AuditVerifier(keys: keys, kept: kept), progress: line)
    if let database, fault == nil {
      return AuditVerify.Reply(try Self.check(database, from: verifier, line))
    }
    fault = fault ?? verifier.checkEnd()
    return AuditVerify.Reply(verifier.report(fault))
  }

  private static func check(
    _ path: String, from verifier: AuditVerifier, _ line: ProgressLine
  ) throws -> AuditReport {
    do throws(AuditDatabaseError) {
      return try AuditDatabase(path: path).verify(verifier) { done, total in
        line.show("checked \(done) of \(total) events")
      }
    } catch { throw CommandFailure(error) }
  }
}
