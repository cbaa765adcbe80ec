internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendExtendCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Keep a hold for longer, or for more.",
    discussion: "It is admitted anew, with its new total, in the windows of now.")

  @Argument(help: "The hold, by id.", transform: ArgumentText.identifier)
  var hold: HoldID

  @Option(
    help: ArgumentHelp("Its new total; as it is when missing.", valueName: "amount"),
    transform: ArgumentText.positiveAmount)
  var amount: Msat?

  @Option(
    help: ArgumentHelp(
      "After how long from now it lapses; as it is when missing.", valueName: "duration"),
    transform: ArgumentText.duration)
  var ttl: UInt64?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func validate() throws {
    guard amount != nil || ttl != nil else {
      throw ValidationError("say what is extended: --amount, --ttl or both")
    }
  }

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = SpendExtend.Parameters(hold: hold, amountMsat: amount, ttlSeconds: ttl)
    let reply = try await call.change(SpendExtend.self, parameters, repeating)
    daemon.show(reply, as: \.lines)
  }
}
