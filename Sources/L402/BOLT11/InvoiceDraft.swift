internal import LibCrypto

/// What a payee says in an invoice, before it is signed.
public struct InvoiceDraft: Sendable {
  /// What is paid for: an invoice has one of the two.
  public enum Purpose: Sendable, Equatable {
    /// The description itself, at most 639 bytes of UTF-8.
    case description(String)
    /// The 32-byte SHA-256 of a description that the payer gets elsewhere.
    case descriptionHash([UInt8])
  }

  /// The network on which it is to be paid.
  public var network: BitcoinNetwork
  /// The amount in msat, from 1 to 21 million bitcoin; nil lets the payer choose.
  public var amountMsat: UInt64?
  /// When it was made, in seconds since 1970, below 2^35.
  public var timestampSeconds: UInt64
  /// The 32-byte hash of the preimage.
  public var paymentHash: [UInt8]
  /// The 32-byte secret that the payment must carry.
  public var paymentSecret: [UInt8]
  /// What is paid for.
  public var purpose: Purpose
  /// How long it lives, in seconds.
  public var expirySeconds = Invoice.defaultExpirySeconds
  /// The blocks that the last hop needs.
  public var minFinalCLTV = Invoice.defaultMinFinalCLTV
  /// The feature bits to set: `var_onion_optin` and `payment_secret`, both required, unless
  /// changed.
  public var features = [8, 14]
  /// Whether to name the payee in an `n` field.
  public var namesPayee = false
  /// Ways to the payee over private channels, each of 1 to 12 hops, the preferred one first.
  public var routeHints: [[RouteHop]] = []
  /// On-chain addresses to fall back to, the preferred one first.
  public var fallbackAddresses: [FallbackAddress] = []
  /// Data that the payment must bring back, at most 639 bytes.
  public var metadata: [UInt8]?

  /// A draft with defaults for all that is not given.
  public init(
    network: BitcoinNetwork, amountMsat: UInt64?, timestampSeconds: UInt64,
    paymentHash: [UInt8], paymentSecret: [UInt8], purpose: Purpose
  ) {
    self.network = network
    self.amountMsat = amountMsat
    self.timestampSeconds = timestampSeconds
    self.paymentHash = paymentHash
    self.paymentSecret = paymentSecret
    self.purpose = purpose
  }

  /// The invoice, signed with a 32-byte secp256k1 key.
  ///
  /// The same draft and key give the same text. It is read back before it is returned, so that
  /// nothing leaves that a reader would refuse.
  /// - Throws: ``InvoiceError`` for a key, length or number that an invoice cannot have.
  public func signed(privateKey: [UInt8]) throws(InvoiceError) -> Invoice {
    guard timestampSeconds < 1 << 35 else { throw .timestampOutOfRange }
    let prefix = try InvoicePrefix(network: network, amountMsat: amountMsat).encoded
    let data =
      FiveBitWords.words(timestampSeconds, count: InvoiceLayout.timestampWordCount)
      + (try fields(privateKey: privateKey)).encoded
    let signature = try InvoiceSignature(
      digest: InvoiceLayout.digest(prefix: prefix, words: data), privateKey: privateKey)
    return try Invoice(
      decoding: Bech32.encode(prefix: prefix, words: data + signature.words))
  }

  private func fields(privateKey: [UInt8]) throws(InvoiceError) -> TaggedFields {
    var fields = TaggedFields()
    try fields.append(.paymentHash, bytes: checked(paymentHash, .paymentHash))
    try fields.append(.paymentSecret, bytes: checked(paymentSecret, .paymentSecret))
    switch purpose {
    case .description(let text): try fields.append(.description, bytes: Array(text.utf8))
    case .descriptionHash(let hash):
      try fields.append(.descriptionHash, bytes: checked(hash, .descriptionHash))
    }
    if let metadata { try fields.append(.metadata, bytes: metadata) }
    if namesPayee { try fields.append(.payee, bytes: publicKey(privateKey)) }
    if expirySeconds != Invoice.defaultExpirySeconds {
      try fields.append(.expiry, words: FiveBitWords.shortestWords(expirySeconds))
    }
    try fields.append(.minFinalCLTV, words: FiveBitWords.shortestWords(minFinalCLTV))
    for address in fallbackAddresses {
      try fields.append(.fallback, words: FallbackAddress.encode(address))
    }
    for hops in routeHints { try fields.append(.routeHint, bytes: RouteHop.encode(hops)) }
    if !features.isEmpty {
      try fields.append(.features, words: InvoiceFeatures.encode(features))
    }
    return fields
  }

  private func checked(_ bytes: [UInt8], _ field: InvoiceField) throws(InvoiceError) -> [UInt8] {
    guard bytes.count == 32 else { throw .malformedField(field) }
    return bytes
  }

  private func publicKey(_ privateKey: [UInt8]) throws(InvoiceError) -> [UInt8] {
    do {
      return try Secp256k1.publicKey(privateKey: privateKey)
    } catch {
      throw .invalidPrivateKey
    }
  }
}
