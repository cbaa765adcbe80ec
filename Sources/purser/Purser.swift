internal import ArgumentParser

@main
struct Purser: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purser",
    abstract: "Share one Lightning wallet among a team of agents, each within its own budget.",
    subcommands: [ChallengeCommand.self, InvoiceCommand.self, MacaroonCommand.self])
}
