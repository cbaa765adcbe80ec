internal import ArgumentParser
internal import PurserAPI

struct AuditArchiveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Take old events out of the database, into a file beside it that verifies.",
    discussion: """
      The file is in 'archives' in the data directory, and ends with a signed checkpoint: \
      'purser audit verify --file' checks it with the public key alone, and 'purser audit prove \
      --file' proves its events. Keep it: nothing else has what is in it. Events go in blocks of \
      256, the last 256 stay, and at most 1,048,576 go at once: repeat it until there is nothing \
      left.
      """)

  @Option(
    help: ArgumentHelp(
      "How long ago they must have been written, such as 90d; at least a day.",
      valueName: "duration"),
    transform: ArgumentText.duration)
  var olderThan: UInt64

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(
      AuditArchive.self, AuditArchive.Parameters(olderThanSeconds: olderThan))
    daemon.show(reply) { reply in
      guard let file = reply.file, let first = reply.first, let last = reply.last else {
        return ["nothing to archive"]
      }
      return TextTable.facts([
        ("file", Terminal.sanitized(file, limit: .max)), ("events", "\(first) to \(last)"),
        ("sha256", reply.sha256.map { Terminal.sanitized($0) }),
      ])
    }
  }
}
