internal import ArgumentParser
internal import PurserAPI

@main
struct Purser: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purser",
    abstract: "Share one Lightning wallet among a team of agents, each within its own budget.",
    version: PurserVersion.current,
    groupedSubcommands: [
      CommandGroup(name: "Set up:", subcommands: [InitCommand.self, StatusCommand.self]),
      CommandGroup(
        name: "Delegate:", subcommands: [GrantCommand.self, TokenCommand.self]),
      CommandGroup(
        name: "Spend:",
        subcommands: [CredentialCommand.self, PayCommand.self, SpendCommand.self]),
      CommandGroup(
        name: "Operate:",
        subcommands: [
          VaultCommand.self, WalletCommand.self, AuditCommand.self, LedgerCommand.self,
        ]),
      CommandGroup(
        name: "Look at anybody's tokens and invoices, with no daemon:",
        subcommands: [ChallengeCommand.self, InvoiceCommand.self, MacaroonCommand.self]),
    ])
}
