internal import ArgumentParser

struct PaymentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "payment",
    abstract: "See payments that are not final, and end those that nobody else can.",
    discussion: """
      The daemon asks the wallet about them by itself; money stays set aside for as long as nobody \
      knows whether it moved.
      """,
    subcommands: [
      PaymentListCommand.self, PaymentResolveCommand.self, PaymentUnbookedCommand.self,
      PaymentCompareCommand.self, PaymentBookCommand.self,
    ])
}
