internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct GrantUpdateCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Raise or lower a grant's limit by an amount.",
    discussion: """
      Up to what the grant's token states ('ceiling' of 'purser grant show'). A holder changes the \
      grants below its own, and may lower its own.
      """)

  @Option(
    help: ArgumentHelp("By how much to raise it, such as 500sat.", valueName: "amount"),
    transform: ArgumentText.positiveAmount)
  var raise: Msat?

  @Option(
    help: ArgumentHelp("By how much to lower it, instead.", valueName: "amount"),
    transform: ArgumentText.positiveAmount)
  var lower: Msat?

  @Option(help: "The grant, by id; the token's own when missing.")
  var grant: NodeArgument?

  @Option(
    help: ArgumentHelp(
      "The window whose limit it is, such as 1h or day@Europe/Paris; the total when missing.",
      valueName: "window"))
  var per: String?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func validate() throws {
    guard (raise == nil) != (lower == nil) else {
      throw ValidationError("give --raise or --lower")
    }
  }

  /// An amount is within 2^53, so it has its negative.
  private var change: Int64 { raise.map { Int64($0.value) } ?? -Int64(lower?.value ?? 0) }

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    guard call.isAgent || grant != nil else {
      throw ValidationError("say which grant, by its id; 'purser grant list' shows them")
    }
    let parameters = GrantUpdate.Parameters(
      node: try await grant?.resolve(over: call), deltaMsat: change, per: per)
    let reply = try await call.change(GrantUpdate.self, parameters, repeating)
    daemon.show(reply) { reply in
      TextTable.facts([("grant", reply.node.hex), ("limit", "\(reply.limitMsat)")])
    }
  }
}
