internal import ArgumentParser

struct WalletCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wallet",
    abstract: "Look at the wallet and fill it; for operators.",
    subcommands: [
      WalletInfoCommand.self, WalletInvoiceCommand.self, WalletDoctorCommand.self,
    ])
}
