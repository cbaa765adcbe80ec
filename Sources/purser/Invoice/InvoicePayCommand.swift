internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct InvoicePayCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "pay",
    abstract: "Pay an invoice that buys no token, and get the proof.",
    discussion: """
      Only payees that the policy lists for the service, which must say 'invoices: allow'. What is \
      printed proves the payment. For the challenge of a seller use 'purser pay'.
      """)

  @Option(
    help: "The service that the payee belongs to, by its id in the policy.",
    transform: ArgumentText.name)
  var service: String

  @Option(
    help: ArgumentHelp(
      "How long to wait where an operator has to approve, such as 5m; not at all when missing.",
      valueName: "duration"), transform: ArgumentText.duration)
  var wait: UInt64?

  @Argument(help: ArgumentHelp("The invoice (BOLT 11).", valueName: "invoice"))
  var invoice: String

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = InvoicePay.Parameters(service: service, invoice: invoice, waitSeconds: wait)
    daemon.show(try await call.change(InvoicePay.self, parameters, repeating)) { reply in
      TextTable.facts([
        ("paid", "\(reply.amountMsat)"), ("routing", "\(reply.feeMsat)"),
        ("payment hash", reply.paymentHash), ("preimage", reply.preimage),
        ("hold", reply.hold.hex),
      ])
    }
  }
}
