internal import ArgumentParser

struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault",
    abstract: "Look after the paid credentials; for operators.",
    subcommands: [
      VaultExportCommand.self, VaultImportCommand.self, VaultListCommand.self,
      VaultRemoveCommand.self,
    ])
}
