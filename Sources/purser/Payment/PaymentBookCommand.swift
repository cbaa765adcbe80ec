internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct PaymentUnbookedCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "unbooked",
    abstract: "List what the wallet has paid and a restored ledger does not know.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    daemon.show(try await call.plain(RestoreStatus.self, NoParameters()), as: RestoreText.lines)
  }
}

struct PaymentCompareCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare a restored ledger with what the wallet has paid.",
    discussion: """
      The daemon does so at its start; this asks the wallet again. For a wallet that keeps no list \
      you compare by hand, and say how in --wallet-checked; the audit log keeps your words.
      """)

  @Option(
    help: ArgumentHelp(
      "You compared the wallet yourself, and how; no secrets.", valueName: "text"))
  var walletChecked: String?

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(RestoreCompare.self, .init(walletChecked: walletChecked))
    daemon.show(reply, as: RestoreText.lines)
  }
}

struct PaymentBookCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "book",
    abstract: "Book a payment that the wallet made and a restored ledger does not know.",
    discussion: """
      It counts as spent by the grant and by all above it, whatever their limits: the money has \
      left. A payment that is not Purser's is declared so with --outside.
      """)

  @Argument(help: "Its payment hash, in hex.")
  var hash: String

  @Option(help: ArgumentHelp("The grant that made it, by id.", valueName: "grant"))
  var grant: NodeArgument?

  @Flag(help: "It is not Purser's.")
  var outside = false

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func validate() throws {
    guard (grant == nil) == outside else {
      throw ValidationError("say whose it is: --grant ID, or --outside")
    }
  }

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let parameters = PaymentBook.Parameters(
      paymentHash: hash, node: try await grant?.resolve(over: call),
      isOutside: outside ? true : nil)
    let reply = try await call.change(PaymentBook.self, parameters, repeating)
    daemon.show(reply) { reply in
      [
        reply.settledMsat.map { "booked \($0)" } ?? "declared as not Purser's",
        "\(reply.unbooked) left to be booked",
      ]
    }
  }
}

/// A restored ledger as people read of it.
enum RestoreText {
  static func lines(_ reply: RestoreStatus.Reply) -> [String] {
    var table = TextTable(
      .text("PAYMENT HASH"), .text("STATE"), .number("AMOUNT"), .number("FEE"), .text("PAID"))
    for payment in reply.unbooked {
      table.add(
        Terminal.sanitized(payment.paymentHash), Terminal.sanitized(payment.state),
        "\(payment.amountMsat)", "\(payment.feeMsat)",
        TimeText.utc(seconds: payment.paidAtMs / 1000))
    }
    let next: String
    if reply.comparedBy == nil {
      next = "not compared with the wallet yet; run: purser payment compare"
    } else if reply.isSettled {
      next = "grants can be unfrozen: purser grant unfreeze"
    } else {
      next = "book each: purser payment book HASH --grant ID, or --outside"
    }
    return table.lines(whenEmpty: "nothing of the wallet is in no book") + [next]
  }
}
