internal import ArgumentParser
internal import PurserAPI

@main
struct Purser: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purser",
    abstract: "Share one Lightning wallet among a team of agents, each within its own budget.",
    version: PurserVersion.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Setup", subcommands: [InitCommand.self, PassphraseCommand.self, StatusCommand.self]),
      CommandGroup(
        name: "Delegation", subcommands: [GrantCommand.self, TokenCommand.self]),
      CommandGroup(
        name: "Spending",
        subcommands: [
          FetchCommand.self, CredentialCommand.self, PayCommand.self, QuoteCommand.self,
          ReportCommand.self,
          SpendCommand.self,
        ]),
      CommandGroup(
        name: "Operator",
        subcommands: [
          ApprovalsCommand.self, ApproveCommand.self, DenyCommand.self, VaultCommand.self,
          WalletCommand.self, PaymentCommand.self, ReconcileCommand.self, AuditCommand.self,
          LedgerCommand.self,
          PolicyCommand.self, KeyCommand.self, BackupCommand.self, RestoreCommand.self,
        ]),
      CommandGroup(
        name: "Wire",
        subcommands: [ChallengeCommand.self, InvoiceCommand.self, MacaroonCommand.self]),
    ])
}
