internal import ArgumentParser
internal import PurserAPI

struct GrantTreeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Draw the tree of grants, with what each has spent and set aside.",
    discussion: """
      A grant's figures include those of all below it. The ids are shortened; every command \
      takes them so, where they name one grant alone.
      """)

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
      GrantText.tree(reply.grants) + GrantText.truncation(of: reply)
    }
  }
}
