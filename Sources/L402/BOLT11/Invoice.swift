internal import LibCrypto

/// A Lightning invoice whose checksum, signature and fields were checked (BOLT 11).
///
/// A payee that is not explicit is whatever key the signature recovers to: every signature fits
/// some key, so it says who will be paid and proves nothing.
public struct Invoice: Sendable, Equatable {
  /// The default life of an invoice, in seconds.
  public static let defaultExpirySeconds: UInt64 = 3_600
  /// The default number of blocks for the last hop.
  public static let defaultMinFinalCLTV: UInt64 = 18

  /// The invoice itself, in lower case.
  public let text: String
  /// The network on which it is to be paid.
  public let network: BitcoinNetwork
  /// The amount in msat, from 1 to 21 million bitcoin; nil when the payer chooses.
  public let amountMsat: UInt64?
  /// When it was made, in seconds since 1970.
  public let timestampSeconds: UInt64
  /// How long it lives after that, in seconds.
  public let expirySeconds: UInt64
  /// The 32-byte hash of the preimage.
  public let paymentHash: [UInt8]
  /// The 32-byte secret that goes to the payee with the payment.
  public let paymentSecret: [UInt8]
  /// What is paid for: text from outside, to be made safe before it is shown.
  public let description: String?
  /// The 32-byte hash of a longer description, in place of ``description``.
  public let descriptionHash: [UInt8]?
  /// The payee's 33-byte compressed public key.
  public let payee: [UInt8]
  /// Whether the invoice names its payee in an `n` field.
  public let payeeIsExplicit: Bool
  /// The blocks that the last hop needs.
  public let minFinalCLTV: UInt64
  /// The feature bits that are set, ascending.
  public let features: [Int]
  /// Ways to the payee over private channels, the preferred one first.
  public let routeHints: [[RouteHop]]
  /// On-chain addresses to fall back to, the preferred one first.
  public let fallbackAddresses: [FallbackAddress]
  /// Data that the payee wants back with the payment.
  public let metadata: [UInt8]?
  /// The blocks of the longest route hint and of the last hop together.
  public let totalCLTVDelta: UInt64

  /// When it stops being payable, in seconds since 1970 (the largest number if that is too large).
  public var expiresAtSeconds: UInt64 {
    let (sum, overflow) = timestampSeconds.addingReportingOverflow(expirySeconds)
    return overflow ? .max : sum
  }

  /// Whether its life is over at a time in seconds since 1970.
  public func isExpired(atSeconds now: UInt64) -> Bool { now >= expiresAtSeconds }

  /// Reads an invoice, in lower or in upper case.
  ///
  /// Unknown fields are skipped, and so are `p`, `s`, `h` and `n` fields of a wrong length. What
  /// two readers could understand differently is refused: a field of which there may be one that
  /// comes twice, both `d` and `h`, an unknown even feature bit, numbers with leading zeros.
  /// - Throws: ``InvoiceError``, one case for each reason. The checksum and the signature are
  ///   judged before the fields.
  public init(decoding text: String) throws(InvoiceError) {
    let bech32 = try Bech32.decode(text)
    let prefix = try InvoicePrefix(decoding: bech32.prefix)
    guard bech32.words.count >= InvoiceLayout.minimumWordCount else { throw .tooShort }
    let signed = bech32.words.dropLast(InvoiceLayout.signatureWordCount)
    let fields = try TaggedFields(
      decoding: signed.dropFirst(InvoiceLayout.timestampWordCount))
    let signature = InvoiceSignature(
      words: Array(bech32.words.suffix(InvoiceLayout.signatureWordCount)))
    let explicitPayee = try fields.onlyBytes(.payee)
    payee = try signature.payee(
      digest: InvoiceLayout.digest(prefix: bech32.prefix, words: signed), explicit: explicitPayee)
    payeeIsExplicit = explicitPayee != nil

    self.text = bech32.text
    network = prefix.network
    amountMsat = prefix.amountMsat
    timestampSeconds = signed.prefix(InvoiceLayout.timestampWordCount)
      .reduce(0) { $0 << 5 | UInt64($1) }
    guard let paymentHash = try fields.onlyBytes(.paymentHash) else { throw .missingPaymentHash }
    self.paymentHash = paymentHash
    guard let paymentSecret = try fields.onlyBytes(.paymentSecret) else {
      throw .missingPaymentSecret
    }
    self.paymentSecret = paymentSecret
    description = try Self.description(fields.onlyBytes(.description))
    descriptionHash = try fields.onlyBytes(.descriptionHash)
    switch (description, descriptionHash) {
    case (nil, nil): throw .missingDescription
    case (.some, .some): throw .ambiguousDescription
    default: break
    }
    expirySeconds = try fields.onlyNumber(.expiry) ?? Self.defaultExpirySeconds
    minFinalCLTV = try fields.onlyNumber(.minFinalCLTV) ?? Self.defaultMinFinalCLTV
    features = try InvoiceFeatures.decode(fields.only(.features) ?? [])
    metadata = try fields.onlyBytes(.metadata)
    routeHints = try fields.all(.routeHint).map(RouteHop.decode)
    var addresses: [FallbackAddress] = []
    for words in fields.all(.fallback) {
      if let address = try FallbackAddress.decode(words) { addresses.append(address) }
    }
    fallbackAddresses = addresses
    totalCLTVDelta = try Self.totalCLTVDelta(routeHints, minFinalCLTV)
  }

  private static func description(_ bytes: [UInt8]?) throws(InvoiceError) -> String? {
    guard let bytes else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .descriptionNotUTF8 }
    return text
  }

  private static func totalCLTVDelta(
    _ hints: [[RouteHop]], _ final: UInt64
  ) throws(InvoiceError) -> UInt64 {
    let longest = hints.map { hops in hops.reduce(0) { $0 + UInt64($1.cltvExpiryDelta) } }.max()
    let (sum, overflow) = final.addingReportingOverflow(longest ?? 0)
    guard !overflow else { throw .numberTooLarge(.minFinalCLTV) }
    return sum
  }
}

/// How the data of an invoice is laid out (BOLT 11 §Data Part).
enum InvoiceLayout {
  static let timestampWordCount = 7
  static let signatureWordCount = 104
  static let minimumWordCount = timestampWordCount + signatureWordCount

  /// What is signed: the prefix, then the words up to the signature filled up to whole bytes.
  static func digest(prefix: [UInt8], words: some Sequence<UInt8>) -> [UInt8] {
    SHA256.hash(prefix + FiveBitWords.paddedBytes(words))
  }
}
