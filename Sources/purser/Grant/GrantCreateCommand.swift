internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct GrantCreateCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a grant and print its token.",
    discussion: """
      With a token the new grant lies below the token's own, and no limit of it may be wider. \
      Without one an operator makes a top-level grant. The token is a secret, for the agent that \
      the grant is for: who has it can spend.
      """)

  @OptionGroup(title: "Limits") var limits: GrantLimitOptions

  @Option(
    help: ArgumentHelp(
      "How far --spend can be raised later; no further when missing.", valueName: "amount"),
    transform: ArgumentText.amount)
  var ceiling: Msat?

  @Flag(
    help: "Take --spend from the grants above at once; what is not spent goes back at the end.")
  var escrow = false

  @Flag(help: "Print the token alone, for PURSER_TOKEN=$(purser grant create … --only-token).")
  var onlyToken = false

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  var printsJSON: Bool { daemon.printsJSON && !onlyToken }

  func validate() throws {
    guard !(onlyToken && daemon.json) else {
      throw ValidationError("give --only-token or --json, not both")
    }
    guard limits.spend != nil || (ceiling == nil && !escrow) else {
      throw ValidationError("--ceiling and --escrow go with --spend")
    }
  }

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    var parameters = limits.parameters
    parameters.ceilingMsat = ceiling
    parameters.escrow = escrow ? true : nil
    let reply = try await call.change(GrantCreate.self, parameters, repeating)
    guard !onlyToken else { return Terminal.writeLine(reply.token) }
    daemon.show(reply) { reply in
      TextTable.facts([
        ("grant", reply.node.hex),
        ("ends", reply.validUntil.map(TimeText.utc) ?? "with its parent"),
        ("token", reply.token),
      ])
    }
  }
}
