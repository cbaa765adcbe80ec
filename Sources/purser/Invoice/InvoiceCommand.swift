internal import ArgumentParser

struct InvoiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invoice",
    abstract: "Read Lightning invoices; anybody's, and with no daemon.",
    subcommands: [InvoiceDecode.self])
}
