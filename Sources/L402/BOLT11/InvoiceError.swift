/// A tagged field of an invoice (BOLT 11 §Tagged Fields); the raw value is its letter.
public enum InvoiceField: Character, Sendable {
  /// The hash that the preimage answers.
  case paymentHash = "p"
  /// The secret that keeps intermediate nodes from probing.
  case paymentSecret = "s"
  /// What is paid for.
  case description = "d"
  /// The hash of a longer description.
  case descriptionHash = "h"
  /// Data that the payee wants back with the payment.
  case metadata = "m"
  /// The public key of the payee.
  case payee = "n"
  /// How many seconds after the timestamp the invoice lives.
  case expiry = "x"
  /// How many blocks the last hop needs.
  case minFinalCLTV = "c"
  /// An on-chain address to fall back to.
  case fallback = "f"
  /// A way over private channels.
  case routeHint = "r"
  /// The feature bits.
  case features = "9"
}

/// Why an invoice was refused, or could not be written.
public enum InvoiceError: Error, Equatable, Sendable {
  /// Longer than 7,089 characters.
  case tooLong
  /// Too short for a timestamp and a signature.
  case tooShort
  /// Upper-case and lower-case letters together.
  case mixedCase
  /// A character that Bech32 does not have.
  case invalidCharacter
  /// No `1` between the prefix and the data.
  case missingSeparator
  /// The Bech32 checksum does not fit.
  case badChecksum
  /// The prefix is not `ln`.
  case notLightning
  /// A currency that is none of Bitcoin's networks.
  case unknownNetwork
  /// The amount is not a positive decimal number without leading zeros.
  case invalidAmount
  /// The letter after the amount is not `m`, `u`, `n` or `p`.
  case unknownMultiplier
  /// More than 21 million bitcoin.
  case amountTooLarge
  /// Not a whole number of millisatoshi.
  case subMillisatoshi
  /// The last field ends after the data.
  case truncatedField
  /// A field of which there may be one came twice.
  case repeatedField(InvoiceField)
  /// No `p` field of the right length.
  case missingPaymentHash
  /// No `s` field of the right length.
  case missingPaymentSecret
  /// Neither a `d` nor an `h` field.
  case missingDescription
  /// Both a `d` and an `h` field.
  case ambiguousDescription
  /// The description is not UTF-8.
  case descriptionNotUTF8
  /// A field's contents have a length or value that they cannot have.
  case malformedField(InvoiceField)
  /// The bits that fill a field up are not zero.
  case nonZeroPadding(InvoiceField)
  /// A number or feature set starts with a zero group.
  case nonMinimal(InvoiceField)
  /// A number does not fit in 64 bits.
  case numberTooLarge(InvoiceField)
  /// An even feature bit that is not understood, and so forbids payment.
  case unknownRequiredFeature(Int)
  /// No public key could have made the signature.
  case signatureNotRecoverable
  /// The signature is not that of the key in the `n` field.
  case signatureMismatch
  /// The signature has a high S although there is an `n` field.
  case highSignature
  /// The private key is not one of secp256k1.
  case invalidPrivateKey
  /// A draft's field is longer than 1,023 groups of five bits.
  case fieldTooLong(InvoiceField)
  /// A draft's timestamp does not fit in 35 bits.
  case timestampOutOfRange
}

extension InvoiceError: CustomStringConvertible {
  /// One line that says what is wrong; it repeats no text of the invoice.
  public var description: String {
    switch self {
    case .tooLong: "the invoice is longer than \(Bech32.maximumLength) characters"
    case .tooShort: "the invoice is too short"
    case .mixedCase: "the invoice mixes upper and lower case"
    case .invalidCharacter: "the invoice has a character that Bech32 does not have"
    case .missingSeparator: "the invoice has no separator \"1\""
    case .badChecksum: "the invoice's checksum is wrong"
    case .notLightning: "not a Lightning invoice: it does not start with \"ln\""
    case .unknownNetwork: "the invoice is for an unknown network"
    case .invalidAmount: "the invoice's amount is not a positive number without leading zeros"
    case .unknownMultiplier: "the invoice's amount has an unknown multiplier"
    case .amountTooLarge: "the invoice's amount is above 21 million bitcoin"
    case .subMillisatoshi: "the invoice's amount is not a whole number of millisatoshi"
    case .truncatedField: "the invoice's last field is cut short"
    case .repeatedField(let field): "the invoice has more than one \"\(field.rawValue)\" field"
    case .missingPaymentHash: "the invoice has no payment hash"
    case .missingPaymentSecret: "the invoice has no payment secret"
    case .missingDescription: "the invoice has neither a description nor its hash"
    case .ambiguousDescription: "the invoice has both a description and a description hash"
    case .descriptionNotUTF8: "the invoice's description is not UTF-8"
    case .malformedField(let field): "the invoice's \"\(field.rawValue)\" field is malformed"
    case .nonZeroPadding(let field):
      "the invoice's \"\(field.rawValue)\" field is not filled up with zeros"
    case .nonMinimal(let field): "the invoice's \"\(field.rawValue)\" field has a leading zero"
    case .numberTooLarge(let field): "the invoice's \"\(field.rawValue)\" field is too large"
    case .unknownRequiredFeature(let bit): "the invoice requires the unknown feature \(bit)"
    case .signatureNotRecoverable: "the invoice's signature fits no public key"
    case .signatureMismatch: "the invoice's signature is not by the payee that it names"
    case .highSignature: "the invoice's signature is not canonical (high S)"
    case .invalidPrivateKey: "the private key is not a secp256k1 key"
    case .fieldTooLong(let field): "the \"\(field.rawValue)\" field is too long for an invoice"
    case .timestampOutOfRange: "the timestamp does not fit in an invoice"
    }
  }
}
