internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct GrantCloseCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "End your own grant, or one below it, for good.",
    discussion: "What is in flight still settles; what an escrow has not spent goes back.")

  @Argument(help: "The grant, by id; the token's own when missing.")
  var grant: NodeArgument?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    guard call.isAgent || grant != nil else {
      throw ValidationError("say which grant, by its id; 'purser grant list' shows them")
    }
    let parameters = GrantTarget(node: try await grant?.resolve(over: call))
    let reply = try await call.change(GrantClose.self, parameters, repeating)
    daemon.show(reply) { ["closed \($0.node.hex)"] }
  }
}
