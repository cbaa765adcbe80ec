internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct ReconcileCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Compare the ledger's payments with the wallet's own list.",
    discussion: """
      Each payment of the time is matched by its payment hash, and every difference is printed: \
      what one side alone has, another amount or fee, paid on one side and not on the other, and \
      what money is still held for. Exits with 1 when there is any. Payments of grants that were \
      archived are in the archive files, and differ here.
      """)

  @Option(help: ArgumentHelp("How far back, such as 7d; 1d when missing.", valueName: "duration"))
  var last: String?

  @Option(
    help: ArgumentHelp(
      "From when on: a day in UTC (2026-12-01), or 2026-12-01T08:30:00Z.", valueName: "moment"))
  var from: String?

  @Option(help: ArgumentHelp("Before when; now when missing.", valueName: "moment"))
  var until: String?

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    if last != nil, from != nil { throw ValidationError("say --last or --from, not both") }
    _ = try parameters()
  }

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(PaymentReconcile.self, try parameters())
    daemon.show(reply, as: Self.lines)
    guard reply.differences.isEmpty else {
      Terminal.writeError(
        "ledger and wallet differ in \(reply.differences.count) payments",
        hint: "'purser payment resolve' ends one that is open; docs/CLI.md explains the others")
      throw ExitCode.failure
    }
  }

  private func parameters() throws -> PaymentReconcile.Parameters {
    let end = try until.map { try ArgumentText.moment($0) }
    let start: UInt64
    if let from {
      start = try ArgumentText.moment(from)
    } else {
      let length = try last.map { try ArgumentText.duration($0) } ?? 86_400
      let base = end ?? TimeText.now()
      start = base - min(base, length)
    }
    return .init(fromMs: start * 1000, untilMs: end.map { $0 * 1000 })
  }

  private static func lines(_ reply: PaymentReconcile.Reply) -> [String] {
    var facts = [
      ("from", TimeText.utc(seconds: reply.fromMs / 1000)),
      ("until", TimeText.utc(seconds: reply.untilMs / 1000)),
      ("agreeing", "\(reply.agreeing)"), ("in the ledger", "\(reply.ledgerMsat)"),
      ("in the wallet", "\(reply.walletMsat)"),
    ]
    if !reply.isListed { facts.append(("wallet", "keeps no list; each payment was looked up")) }
    guard !reply.differences.isEmpty else { return TextTable.facts(facts) }
    var table = TextTable(
      .text("DIFFERENCE"), .text("TIME"), .text("LEDGER"), .text("WALLET"), .text("GRANT"),
      .text("PAYMENT HASH"))
    for difference in reply.differences {
      table.add(
        difference.kind, difference.timeMs.map { TimeText.utc(seconds: $0 / 1000) } ?? "-",
        text(difference.ledger), text(difference.wallet), difference.node?.short ?? "-",
        difference.paymentHash)
    }
    return TextTable.facts(facts) + [""] + table.lines(whenEmpty: "")
  }

  private static func text(_ side: PaymentReconcile.Side?) -> String {
    guard let side else { return "-" }
    return "\(side.state) \(side.amountMsat) + \(side.feeMsat)"
  }
}
