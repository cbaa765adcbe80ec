/// Why a challenge, credential or receipt of the Payment scheme was refused.
public enum PaymentSchemeError: Error, Equatable, Sendable {
  /// The text is not JSON, is nested too deep or too long, or repeats a name.
  case badJSON
  /// The text is not base64url without foreign characters (RFC 4648 §5).
  case badEncoding
  /// A parameter that every challenge has is missing or empty.
  case missing(String)
  /// A parameter or member has a value that it cannot have.
  case malformed(String)
  /// The challenge is of another payment method than `lightning`.
  case otherMethod
  /// The challenge has another intent than `charge`.
  case otherIntent
  /// The challenge asks for the credential in another header field than `Authorization`.
  case otherField
  /// The request is in another currency than `sat`.
  case otherCurrency
  /// The request says something of its invoice that the invoice does not say.
  case disagrees(String)
  /// The header has no credential of this scheme.
  case noCredential
  /// The preimage is not 32 bytes.
  case badPreimage
}

extension PaymentSchemeError: CustomStringConvertible {
  /// What is wrong, in one sentence without a full stop.
  public var description: String {
    switch self {
    case .badJSON: "what it says is not JSON that can be read"
    case .badEncoding: "what it says is not base64url"
    case .missing(let name): "it has no \(name)"
    case .malformed(let name): "its \(name) cannot be read"
    case .otherMethod: "it is of another payment method than lightning"
    case .otherIntent: "it has another intent than charge"
    case .otherField: "it wants its credential in another header field than Authorization"
    case .otherCurrency: "its amount is in another currency than sat"
    case .disagrees(let name): "its \(name) is not that of its invoice"
    case .noCredential: "there is no Payment credential"
    case .badPreimage: "the preimage is not 32 bytes in hex"
    }
  }
}
