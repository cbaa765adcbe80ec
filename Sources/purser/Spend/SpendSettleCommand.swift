internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendSettleCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "settle",
    abstract: "End a hold with what was spent; the rest goes back.")

  @Argument(help: "The hold, by id.", transform: ArgumentText.identifier)
  var hold: HoldID

  @Argument(
    help: "What was spent, such as 450sat: at most what is held.", transform: ArgumentText.amount)
  var amount: Msat

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = SpendSettle.Parameters(hold: hold, amountMsat: amount)
    let reply = try await call.change(SpendSettle.self, parameters, repeating)
    daemon.show(reply, as: \.lines)
  }
}

extension HoldEnded {
  /// What became of the hold, for people.
  var lines: [String] {
    TextTable.facts([
      ("hold", hold.hex), ("settled", "\(settledMsat)"), ("released", "\(releasedMsat)"),
    ])
  }
}
