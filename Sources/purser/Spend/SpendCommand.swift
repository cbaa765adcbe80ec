internal import ArgumentParser

struct SpendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spend",
    abstract: "Set money aside, and say what became of it.",
    discussion: """
      For costs that Purser does not pay itself, such as a model's tokens: reserve before, settle \
      or release after. The holder's token is needed.
      """,
    subcommands: [
      SpendReserveCommand.self, SpendExtendCommand.self, SpendSettleCommand.self,
      SpendReleaseCommand.self, SpendChargeCommand.self, SpendQuoteCommand.self,
    ])
}
