/// What a server says of a payment that it took (draft-httpauth-payment-01, "Payment-Receipt").
public struct PaymentReceipt: Sendable, Equatable {
  /// The header that carries it.
  public static let field = "Payment-Receipt"

  /// The payment method, such as `lightning`.
  public let method: String
  /// The payment's name in its method: for `lightning` the payment hash in hex.
  public let reference: String
  /// When it was settled, as RFC 3339 has it.
  public let timestamp: String
  /// The challenge that was paid; nil when it does not say.
  public let challengeID: String?

  /// Reads the value of a `Payment-Receipt` header.
  /// - Throws: ``PaymentSchemeError``; receipts have the status `success`, and no other.
  public init(headerValue value: String) throws(PaymentSchemeError) {
    guard value.utf8.count <= L402Limits.headerLength else { throw .badEncoding }
    let json = try PaymentBase64.json(value)
    func text(_ name: String) throws(PaymentSchemeError) -> String {
      guard let value = json[name] else { throw .missing(name) }
      guard let text = value.text, !text.isEmpty else { throw .malformed(name) }
      return text
    }
    guard try text("status") == "success" else { throw .malformed("status") }
    method = try text("method")
    reference = try text("reference")
    timestamp = try text("timestamp")
    challengeID = json["challengeId"] == nil ? nil : try text("challengeId")
  }
}
