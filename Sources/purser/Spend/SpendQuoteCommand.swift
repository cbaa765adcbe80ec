internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendQuoteCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "quote",
    abstract: "Ask whether an amount could be spent now; spends nothing.",
    discussion: "The status is 0 for yes and 3 for no, as of a refusal.")

  @Argument(
    help: "How much, such as 500sat or 1500msat.", transform: ArgumentText.positiveAmount)
  var amount: Msat

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let reply = try await call.plain(SpendQuote.self, .init(amountMsat: amount))
    daemon.show(reply, as: QuoteText.lines)
    try QuoteText.check(reply)
  }
}
