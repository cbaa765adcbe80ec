internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct WalletInvoiceCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "invoice", abstract: "Make an invoice that pays the wallet.")

  @Argument(help: "How much, such as 5000sat.", transform: ArgumentText.positiveAmount)
  var amount: Msat

  @Option(help: ArgumentHelp("What the payer reads.", valueName: "text"))
  var description: String?

  @Option(
    help: ArgumentHelp("How long it can be paid: 1h when missing.", valueName: "duration"),
    transform: ArgumentText.duration)
  var expiry: UInt64?

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let parameters = WalletInvoice.Parameters(
      amountMsat: amount, description: description, expirySeconds: expiry)
    let reply = try await call.change(WalletInvoice.self, parameters, repeating)
    daemon.show(reply) { [Terminal.sanitized($0.invoice, limit: .max)] }
  }
}
