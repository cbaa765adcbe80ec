/// Why a macaroon was not made, not read, or not accepted.
public enum MacaroonError: Error, Equatable, Sendable {
  /// The serialized form is longer than ``MacaroonLimits/inputBytes``.
  case inputTooLong
  /// A field is longer than ``MacaroonLimits/fieldBytes``, or than a V1 packet can hold.
  case fieldTooLong
  /// There are more than ``MacaroonLimits/caveats`` caveats.
  case tooManyCaveats
  /// All fields together are longer than ``MacaroonLimits/totalBytes``.
  case totalTooLong
  /// The text is neither base64 nor hex nor JSON.
  case unreadableText
  /// The first byte opens none of the three formats.
  case unknownFormat
  /// The bytes end inside a field.
  case truncated
  /// A V1 packet has no proper length, field name or final newline.
  case badPacketHeader
  /// A V2 number is too large or not written in the fewest bytes.
  case badVarint
  /// A field is unknown, repeated, missing or out of order.
  case unexpectedField
  /// A verification id has no bytes, which libraries disagree about.
  case emptyVerificationID
  /// A first-party caveat has a location.
  case locationWithoutThirdParty
  /// The signature does not have 32 bytes.
  case badSignatureLength
  /// Bytes follow the end of the macaroon.
  case trailingBytes
  /// The text is not the JSON of a macaroon.
  case badJSON
  /// The signature does not follow from the root key: another key, or changed bytes.
  case wrongSignature
  /// The caveat at this index needs a discharge from a third party.
  case thirdPartyCaveat(Int)
  /// The caveat at this index was not satisfied.
  case caveatRefused(Int)
}

extension MacaroonError: CustomStringConvertible {
  /// What is wrong, in words, without any byte of the token.
  public var description: String {
    switch self {
    case .inputTooLong: "the token is longer than \(MacaroonLimits.inputBytes) bytes"
    case .fieldTooLong: "a field is longer than its format allows"
    case .tooManyCaveats: "there are more than \(MacaroonLimits.caveats) caveats"
    case .totalTooLong: "the fields are longer than \(MacaroonLimits.totalBytes) bytes in all"
    case .unreadableText: "the text is neither base64 nor hex nor JSON"
    case .unknownFormat: "the bytes are not a macaroon in format V1, V2 or V2 JSON"
    case .truncated: "the token is cut short"
    case .badPacketHeader: "a V1 packet is malformed"
    case .badVarint: "a V2 number is malformed"
    case .unexpectedField: "a field is unknown, repeated, missing or out of order"
    case .emptyVerificationID: "a third-party caveat has an empty verification id"
    case .locationWithoutThirdParty: "a first-party caveat has a location"
    case .badSignatureLength: "the signature does not have 32 bytes"
    case .trailingBytes: "bytes follow the end of the macaroon"
    case .badJSON: "the JSON is not that of a macaroon"
    case .wrongSignature: "the signature is not of this root key"
    case .thirdPartyCaveat(let index): "caveat \(index + 1) needs a third party's discharge"
    case .caveatRefused(let index): "caveat \(index + 1) is not satisfied"
    }
  }
}
