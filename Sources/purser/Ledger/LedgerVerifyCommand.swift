internal import ArgumentParser
internal import PurserAPI
internal import PurserCore
internal import PurserLedger

struct LedgerVerifyCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Recompute every counter of the ledger from its rows.",
    discussion: """
      With --file it is a file of 'purser ledger archive' that is checked, here and without a \
      daemon. Exits with 1 when something differs.
      """)

  @Option(help: ArgumentHelp("Check an archive; '-' for standard input.", valueName: "path"))
  var file: String?

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let reply: LedgerVerify.Reply
    if let file { reply = try Self.check(file) } else { reply = try await byDaemon() }
    daemon.show(reply) { reply in
      TextTable.facts(
        [
          (file == nil ? "ledger" : "archive", reply.ok ? "ok" : "does not add up"),
          ("grants", "\(reply.nodes)"), ("holds", "\(reply.holds)"),
        ] + reply.faults.map { ("fault", Terminal.sanitized($0)) })
    }
    let what = file == nil ? "the ledger" : "the archive"
    try Verdict.check(reply.ok, "\(what) does not add up")
  }

  private func byDaemon() async throws -> LedgerVerify.Reply {
    try await DaemonCall.asOperator(daemon).plain(LedgerVerify.self, NoParameters())
  }

  private static func check(_ path: String) throws -> LedgerVerify.Reply {
    let input = try InputFile(path)
    var reader = LineReader(descriptor: input.descriptor, limit: ArchiveCheck.maximumLineLength)
    var check = ArchiveCheck()
    while let line = try reader.next() {
      // One that is too long is no line of an archive either.
      if case .bytes(let bytes) = line { check.read(bytes) } else { check.read([]) }
    }
    let report = check.finished()
    return LedgerVerify.Reply(
      ok: report.faults.isEmpty, nodes: report.nodes, holds: report.holds, faults: report.faults)
  }
}
