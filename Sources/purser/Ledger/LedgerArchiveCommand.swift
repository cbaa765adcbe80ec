internal import ArgumentParser
internal import PurserAPI

struct LedgerArchiveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Take grants that are long over out of the ledger, into a file beside it.",
    discussion: """
      What they spent stays in the figures of the grants above them. The file is in 'archives' in \
      the data directory; 'purser ledger verify --file' checks it. At most 100,000 grants go at \
      once: repeat it until there is nothing left.
      """)

  @Option(
    help: ArgumentHelp(
      "How long ago they must have ended, such as 90d; at least a day.", valueName: "duration"),
    transform: ArgumentText.duration)
  var olderThan: UInt64

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(
      LedgerArchive.self, LedgerArchive.Parameters(olderThanSeconds: olderThan))
    daemon.show(reply) { reply in
      guard let file = reply.file else { return ["nothing to archive"] }
      return TextTable.facts([
        ("file", Terminal.sanitized(file, limit: .max)), ("grants", "\(reply.grants)"),
        ("holds", "\(reply.holds)"),
      ])
    }
  }
}
