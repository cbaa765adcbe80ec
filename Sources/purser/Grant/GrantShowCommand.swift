internal import ArgumentParser
internal import PurserAPI

struct GrantShowCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one grant: its limits, what is spent, what is left.")

  @Argument(help: "The grant, by id; the token's own when missing.")
  var grant: NodeArgument?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    guard call.isAgent || grant != nil else {
      throw ValidationError("say which grant, by its id; 'purser grant list' shows them")
    }
    let node = try await grant?.resolve(over: call)
    let reply = try await call.plain(GrantGet.self, GrantGet.Parameters(node: node))
    daemon.show(reply, as: GrantText.facts)
  }
}
