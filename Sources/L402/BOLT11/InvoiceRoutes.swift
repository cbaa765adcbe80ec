/// One private channel on the way to the payee (BOLT 11 §Tagged Fields, `r`).
public struct RouteHop: Sendable, Equatable {
  /// The 33-byte key of the node at the start of the channel; not checked to be on the curve.
  public let publicKey: [UInt8]
  /// The channel's id: block, transaction and output, as BOLT 7 packs them.
  public let shortChannelID: UInt64
  /// The fee that does not depend on the amount, in msat.
  public let feeBaseMsat: UInt32
  /// The fee in millionths of the amount.
  public let feeProportionalMillionths: UInt32
  /// The blocks that the hop adds to the time lock.
  public let cltvExpiryDelta: UInt16

  /// Takes the parts as they are.
  public init(
    publicKey: [UInt8], shortChannelID: UInt64, feeBaseMsat: UInt32,
    feeProportionalMillionths: UInt32, cltvExpiryDelta: UInt16
  ) {
    self.publicKey = publicKey
    self.shortChannelID = shortChannelID
    self.feeBaseMsat = feeBaseMsat
    self.feeProportionalMillionths = feeProportionalMillionths
    self.cltvExpiryDelta = cltvExpiryDelta
  }
}

extension RouteHop {
  private static let publicKeyLength = 33
  private static let encodedLength = 51

  /// The hops of one `r` field, which has at least one.
  static func decode(_ words: [UInt8]) throws(InvoiceError) -> [RouteHop] {
    let bytes = try TaggedFields.bytes(words, .routeHint)
    guard !bytes.isEmpty, bytes.count.isMultiple(of: encodedLength) else {
      throw .malformedField(.routeHint)
    }
    return stride(from: 0, to: bytes.count, by: encodedLength).map { start in
      RouteHop(encoded: bytes[start..<start + encodedLength])
    }
  }

  static func encode(_ hops: [RouteHop]) throws(InvoiceError) -> [UInt8] {
    guard !hops.isEmpty, hops.allSatisfy({ $0.publicKey.count == publicKeyLength }) else {
      throw .malformedField(.routeHint)
    }
    return hops.flatMap(\.encoded)
  }

  private init(encoded bytes: ArraySlice<UInt8>) {
    var rest = bytes.dropFirst(Self.publicKeyLength)
    func number(_ length: Int) -> UInt64 {
      defer { rest = rest.dropFirst(length) }
      return rest.prefix(length).reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.init(
      publicKey: Array(bytes.prefix(Self.publicKeyLength)),
      shortChannelID: number(8),
      feeBaseMsat: UInt32(truncatingIfNeeded: number(4)),
      feeProportionalMillionths: UInt32(truncatingIfNeeded: number(4)),
      cltvExpiryDelta: UInt16(truncatingIfNeeded: number(2)))
  }

  private var encoded: [UInt8] {
    func bytes(_ number: UInt64, _ length: UInt64) -> [UInt8] {
      (0..<length).map { UInt8(truncatingIfNeeded: number >> (8 * (length - 1 - $0))) }
    }
    return publicKey + bytes(shortChannelID, 8) + bytes(UInt64(feeBaseMsat), 4)
      + bytes(UInt64(feeProportionalMillionths), 4) + bytes(UInt64(cltvExpiryDelta), 2)
  }
}

/// An on-chain address that the payee also accepts (BOLT 11 §Tagged Fields, `f`).
public struct FallbackAddress: Sendable, Equatable {
  /// 0 to 16: a witness version; 17: a public key hash follows; 18: a script hash.
  public let version: UInt8
  /// The witness program (2 to 40 bytes) or the hash (20 bytes).
  public let program: [UInt8]

  /// Takes the parts as they are.
  public init(version: UInt8, program: [UInt8]) {
    self.version = version
    self.program = program
  }
}

extension FallbackAddress {
  /// The address in one `f` field; nil for a version from 19 on, which is to be skipped.
  static func decode(_ words: [UInt8]) throws(InvoiceError) -> FallbackAddress? {
    guard let version = words.first else { throw .malformedField(.fallback) }
    guard version <= 18 else { return nil }
    let address = FallbackAddress(
      version: version, program: try TaggedFields.bytes(Array(words.dropFirst()), .fallback))
    guard address.hasPossibleLength else { throw .malformedField(.fallback) }
    return address
  }

  static func encode(_ address: FallbackAddress) throws(InvoiceError) -> [UInt8] {
    guard address.version <= 18, address.hasPossibleLength else {
      throw .malformedField(.fallback)
    }
    return [address.version] + FiveBitWords.words(address.program)
  }

  private var hasPossibleLength: Bool {
    version <= 16 ? (2...40).contains(program.count) : program.count == 20
  }
}
