internal import ArgumentParser

struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Check the books; for operators.",
    subcommands: [LedgerVerifyCommand.self])
}
