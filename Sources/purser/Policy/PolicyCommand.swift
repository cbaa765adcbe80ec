internal import ArgumentParser

struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Check, test, explain and reload the policy.",
    subcommands: [
      PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self,
      PolicyReloadCommand.self, PolicySchemaCommand.self,
    ])
}
