internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendReserveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "reserve",
    abstract: "Set an amount aside on your grant and on every grant above it.")

  @Argument(
    help: "How much, such as 500sat or 1500msat.", transform: ArgumentText.positiveAmount)
  var amount: Msat

  @Option(
    help: ArgumentHelp(
      "After how long it lapses: 60s when missing; the policy sets the longest.",
      valueName: "duration"), transform: ArgumentText.duration)
  var ttl: UInt64?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = SpendReserve.Parameters(amountMsat: amount, ttlSeconds: ttl)
    let reply = try await call.change(SpendReserve.self, parameters, repeating)
    daemon.show(reply, as: \.lines)
  }
}

extension SpendReserve.Reply {
  /// The hold, for people.
  var lines: [String] {
    TextTable.facts([
      ("hold", hold.hex), ("amount", "\(amountMsat)"),
      ("lapses", TimeText.utc(seconds: expiresAtMs / 1000)),
    ])
  }
}
