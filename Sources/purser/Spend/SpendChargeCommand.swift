internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendChargeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "charge", abstract: "Spend an amount at once: reserve and settle in one.")

  @Argument(
    help: "How much, such as 500sat or 1500msat.", transform: ArgumentText.positiveAmount)
  var amount: Msat

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let reply = try await call.change(
      SpendCharge.self, SpendCharge.Parameters(amountMsat: amount), repeating)
    daemon.show(reply, as: \.lines)
  }
}
