/// The request of a challenge with method `lightning` and intent `charge`: pay this invoice once.
///
/// (draft-lightning-charge-00, "Request Schema"). The invoice is what counts; what the request says
/// beside it must agree with it.
public struct LightningCharge: Sendable, Equatable {
  /// The price in satoshis, positive.
  public let amountSat: UInt64
  /// The BOLT 11 invoice as sent, not decoded: visible ASCII.
  public let invoice: String
  /// The payment hash that the request says the invoice has, as it spells it; nil for none.
  public let paymentHash: String?
  /// The network that the request says the invoice is for: `mainnet`, `regtest` or `signet`; nil
  /// when it does not say.
  public let network: String?

  /// The charge that `challenge` asks for.
  /// - Throws: ``PaymentSchemeError`` for another method, intent or currency, and for a request that
  ///   cannot be read.
  public init(of challenge: PaymentChallenge) throws(PaymentSchemeError) {
    guard challenge.method == "lightning" else { throw .otherMethod }
    guard challenge.intent == "charge" else { throw .otherIntent }
    let request = try PaymentBase64.json(challenge.request)
    guard case .object = request else { throw .malformed("request") }
    guard let currency = request["currency"]?.text else { throw .missing("currency") }
    guard currency == "sat" else { throw .otherCurrency }
    guard let details = request["methodDetails"], case .object = details else {
      throw .missing("methodDetails")
    }
    guard let invoice = details["invoice"]?.text, !invoice.isEmpty else {
      throw .missing("invoice")
    }
    guard invoice.utf8.count <= L402Limits.invoiceLength,
      invoice.utf8.allSatisfy({ $0.isVisibleASCII })
    else { throw .malformed("invoice") }
    amountSat = try Self.amount(request["amount"])
    self.invoice = invoice
    paymentHash = try Self.optionalText("paymentHash", in: details)
    network = try Self.optionalText("network", in: details)
  }

  /// A decimal text without sign or leading zero, as draft-payment-intent-charge-00 has it.
  private static func amount(_ value: PaymentJSON?) throws(PaymentSchemeError) -> UInt64 {
    guard let value else { throw .missing("amount") }
    guard let text = value.text, let first = text.utf8.first,
      (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first), let amount = UInt64(text)
    else { throw .malformed("amount") }
    return amount
  }

  private static func optionalText(
    _ name: String, in details: PaymentJSON
  ) throws(PaymentSchemeError) -> String? {
    guard let value = details[name] else { return nil }
    guard let text = value.text else { throw .malformed(name) }
    return text.isEmpty ? nil : text
  }
}
