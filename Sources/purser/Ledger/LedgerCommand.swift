internal import ArgumentParser

struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Check the books, and archive what is over; for operators.",
    subcommands: [LedgerVerifyCommand.self, LedgerArchiveCommand.self])
}
