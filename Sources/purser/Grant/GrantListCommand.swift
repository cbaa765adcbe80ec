internal import ArgumentParser
internal import PurserAPI

struct GrantListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List grants with their whole ids.",
    discussion: "Each grant comes before those below it; 'purser grant tree' draws them.")

  @Argument(help: "The grant to start from, by id; the token's own or everything when missing.")
  var grant: NodeArgument?

  @Flag(help: "Show those whose time is long over, too.")
  var all = false

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    let node = try await grant?.resolve(over: call)
    let reply = try await call.plain(
      GrantTree.self, GrantTree.Parameters(node: node, all: all ? true : nil))
    daemon.show(reply) { reply in
      GrantText.list(reply.grants) + GrantText.truncation(of: reply)
    }
  }
}
