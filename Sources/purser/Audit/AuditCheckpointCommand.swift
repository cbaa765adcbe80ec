internal import ArgumentParser
internal import PurserAPI

struct AuditCheckpointCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Sign a checkpoint of the audit log as it is now, and print the note.",
    discussion: """
      Keep it where nobody on this machine can edit it: `purser audit verify --checkpoint` shows \
      later whether the log still begins with what was signed. The note is printed as it is, and \
      JSON only with --json.
      """)

  @OptionGroup var daemon: DaemonOptions

  var printsJSON: Bool { daemon.json }

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(AuditCheckpoint.self, NoParameters())
    guard !printsJSON else { return Terminal.writeLine(JSONLine.text(reply)) }
    // Without the line feed at its end, which comes with the line.
    let lines = reply.note.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    for line in lines { Terminal.writeLine(Terminal.sanitized(String(line), limit: 1000)) }
  }
}
