internal import ArgumentParser

struct GrantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Give away authority in parts, look at what became of it, and stop it.",
    discussion: """
      With a token (PURSER_TOKEN or --token-file) these act as its holder, over the agents' \
      socket: on the grant itself and on what is below it. Without one they act as an operator, \
      over the operators' socket: on everything.
      """,
    subcommands: [
      GrantCreateCommand.self, GrantClaimCommand.self, GrantListCommand.self, GrantTreeCommand.self,
      GrantShowCommand.self, GrantFreezeCommand.self, GrantUnfreezeCommand.self,
      GrantRevokeCommand.self, GrantCloseCommand.self, GrantUpdateCommand.self,
    ])
}
