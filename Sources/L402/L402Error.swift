/// Why a challenge, a credential or a restriction was refused.
public enum L402Error: Error, Equatable, Sendable {
  // Reading headers.

  /// A header value is longer than ``L402Limits/headerLength``.
  case headerTooLong(length: Int)
  /// More header values than ``L402Limits/headerCount``.
  case tooManyHeaders
  /// A header value holds more challenges than ``L402Limits/challengesPerHeader``.
  case tooManyChallenges
  /// A challenge has more parameters than ``L402Limits/parametersPerChallenge``.
  case tooManyParameters
  /// Bytes that RFC 9110 §11 has no place for, at this offset of the header value.
  case badSyntax(offset: Int)
  /// A quoted string has no end.
  case unterminatedQuote
  /// A parameter stands twice in one challenge.
  case repeatedParameter(String)

  // Reading challenges.

  /// The challenge has neither `token` nor `macaroon`, or an empty one.
  case missingToken
  /// `token` and `macaroon` are both there and differ.
  case conflictingTokens
  /// The token is too long or has characters that an `Authorization` header could not carry back.
  case unpresentableToken
  /// The challenge has no `invoice`, or an empty one.
  case missingInvoice
  /// The invoice is too long or has characters that no invoice has.
  case badInvoiceText
  /// The `version` parameter is too long or not visible ASCII.
  case badVersion

  // Reading and writing credentials.

  /// No header value is an L402 or LSAT credential.
  case noCredential
  /// The credential is not `tokens:preimage`.
  case badCredential
  /// The preimage is not 32 bytes, or not 64 hex digits.
  case badPreimage
  /// More tokens in one credential than ``L402Limits/tokensPerCredential``, or none.
  case badTokenCount
  /// A token is not a macaroon where only a macaroon will do.
  case notMacaroon
  /// This form of credential carries exactly one macaroon.
  case needsOneMacaroon
  /// The macaroon has no `preimage` caveat.
  case missingPreimageCaveat
  /// The macaroon would pass a limit of its format.
  case macaroonTooLarge

  // Identifiers.

  /// The identifier is not 66 bytes long.
  case identifierLength(Int)
  /// The identifier has a version that is not 0.
  case identifierVersion(UInt16)
  /// A payment hash or a token id is not 32 bytes long.
  case identifierField

  // Caveats.

  /// The value of a caveat that this service reads is malformed.
  case malformedCaveat(condition: String)
  /// A later caveat is wider than the one before it.
  case wideningCaveat(condition: String)
  /// The token does not name the service.
  case serviceNotAllowed(String)
  /// The token does not name the capability.
  case capabilityNotAllowed(String)
  /// The token's time is over.
  case expired(validUntilSeconds: Int64)
  /// A name is empty, or has a control character or one that the caveats' grammar uses.
  case badName(String)
  /// A list of services or capabilities to write is empty.
  case emptyList

  // Selling.

  /// The seller has no root key for the identifier.
  case unknownToken
  /// The preimage is not that of the token's payment hash.
  case wrongPreimage
  /// The signature does not fit, or the token needs discharges that were not given.
  case badSignature
}

extension L402Error: CustomStringConvertible {
  /// What is wrong, in one sentence without a full stop.
  public var description: String {
    switch self {
    case .headerTooLong(let length):
      "the header has \(length) bytes, more than \(L402Limits.headerLength)"
    case .tooManyHeaders: "there are more than \(L402Limits.headerCount) headers"
    case .tooManyChallenges:
      "the header has more than \(L402Limits.challengesPerHeader) challenges"
    case .tooManyParameters:
      "the challenge has more than \(L402Limits.parametersPerChallenge) parameters"
    case .badSyntax(let offset): "the header cannot be read at byte \(offset)"
    case .unterminatedQuote: "a quoted value has no end"
    case .repeatedParameter(let name): "the parameter \(name) is repeated"
    case .missingToken: "the challenge has no token"
    case .conflictingTokens: "the challenge has two tokens that differ"
    case .unpresentableToken: "the token could not be presented in an Authorization header"
    case .missingInvoice: "the challenge has no invoice"
    case .badInvoiceText: "the invoice is too long or has characters that no invoice has"
    case .badVersion: "the version is too long or has characters other than visible ASCII"
    case .noCredential: "there is no L402 credential"
    case .badCredential: "the credential is not of the form tokens:preimage"
    case .badPreimage: "the preimage is not 32 bytes in hex"
    case .badTokenCount:
      "the credential has no token or more than \(L402Limits.tokensPerCredential)"
    case .notMacaroon: "the token is not a macaroon"
    case .needsOneMacaroon: "this form of credential carries exactly one macaroon"
    case .missingPreimageCaveat: "the macaroon has no preimage caveat"
    case .macaroonTooLarge: "the macaroon is larger than its format allows"
    case .identifierLength(let length): "the identifier has \(length) bytes, not 66"
    case .identifierVersion(let version): "the identifier has version \(version), not 0"
    case .identifierField: "a payment hash or token id is not 32 bytes long"
    case .malformedCaveat(let condition): "the caveat \(condition) has a malformed value"
    case .wideningCaveat(let condition): "a later caveat \(condition) widens the one before it"
    case .serviceNotAllowed(let name): "the token does not allow the service \(name)"
    case .capabilityNotAllowed(let name): "the token does not allow the capability \(name)"
    case .expired(let seconds): "the token expired at \(seconds)"
    case .badName(let name): "\"\(name)\" cannot be written as a name in a caveat"
    case .emptyList: "an empty list of services or capabilities cannot be written in a caveat"
    case .unknownToken: "the token is unknown or was revoked"
    case .wrongPreimage: "the preimage is not that of the token's payment hash"
    case .badSignature: "the token's signature does not fit"
    }
  }
}
