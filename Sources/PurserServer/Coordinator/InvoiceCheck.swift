internal import L402
internal import PurserCore

/// What is checked of every invoice before money moves, whatever it buys.
///
/// Pure: nothing is asked of anyone.
struct InvoiceCheck {
  let network: BitcoinNetwork
  let now: Timestamp

  /// Time for the payment to go through before the invoice expires, in seconds.
  static let expiryMarginSeconds: UInt64 = 5
  /// The longest that money may be locked at the last hop, in blocks: two weeks.
  private static let maximumFinalCLTV: UInt64 = 2016
  /// The longest that money may be locked along the hinted route, in blocks.
  private static let maximumTotalCLTV: UInt64 = 4032

  /// The amount of an invoice that may be paid.
  /// - Throws: What `refusal` makes of the reason why it may not.
  func amount(
    of invoice: Invoice, refusal: (String) -> Refusal
  ) throws(Refusal) -> Msat {
    guard invoice.network == network else {
      throw refusal("its invoice is for network '\(invoice.network.rawValue)', not ours")
    }
    guard !invoice.isExpired(atSeconds: now.seconds + Self.expiryMarginSeconds) else {
      throw refusal("its invoice has expired")
    }
    guard let amount = invoice.amountMsat.flatMap(Msat.init), amount > .zero else {
      throw refusal("its invoice names no amount")
    }
    guard invoice.minFinalCLTV <= Self.maximumFinalCLTV,
      invoice.totalCLTVDelta <= Self.maximumTotalCLTV
    else { throw refusal("its invoice would lock the money for too long") }
    return amount
  }
}
