internal import ArgumentParser

struct InvoiceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invoice",
    abstract: "Read Lightning invoices, anybody's and with no daemon, and pay them.",
    subcommands: [InvoiceDecode.self, InvoicePayCommand.self])
}
