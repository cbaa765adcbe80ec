/// Why a secp256k1 operation was refused.
public enum Secp256k1Error: Error, Equatable {
  /// An input has the wrong length.
  case badLength
  /// The private key is zero, or not less than the order of the curve.
  case invalidPrivateKey
  /// No point of the curve has this x coordinate.
  case invalidPublicKey
  /// No public key could have made this signature.
  case notRecoverable
}

/// An ECDSA signature from which the signer's public key can be computed.
public struct RecoverableSignature: Sendable, Equatable {
  /// R and S, 32 bytes each, big-endian.
  public let compact: [UInt8]
  /// Which of the four candidate points R was, 0 to 3.
  public let recoveryID: UInt8

  /// Takes the parts as they are; ``Secp256k1`` judges them.
  public init(compact: [UInt8], recoveryID: UInt8) {
    self.compact = compact
    self.recoveryID = recoveryID
  }
}

/// ECDSA on the curve secp256k1 (SEC 2), over 32-byte digests.
public enum Secp256k1 {
  /// The length of a private key, in bytes.
  public static let privateKeyLength = 32
  /// The length of a compressed public key, in bytes.
  public static let publicKeyLength = 33
  /// The length of R and S together, in bytes.
  public static let compactSignatureLength = 64

  /// The 33-byte compressed public key of a 32-byte `privateKey`.
  /// - Throws: ``Secp256k1Error/badLength`` or ``Secp256k1Error/invalidPrivateKey``.
  public static func publicKey(
    privateKey: [UInt8]
  ) throws(Secp256k1Error) -> [UInt8] {
    CurvePoint.generator(times: try secret(privateKey)).compressed()
  }

  /// Signs a 32-byte `digest` with the nonce of RFC 6979 and the smaller of the two possible S.
  ///
  /// The same key and digest give the same signature.
  /// - Throws: ``Secp256k1Error/badLength`` or ``Secp256k1Error/invalidPrivateKey``.
  public static func sign(
    digest: [UInt8], privateKey: [UInt8]
  ) throws(Secp256k1Error) -> RecoverableSignature {
    guard digest.count == SHA256.digestLength else { throw .badLength }
    let key = SigningKey(secret: try secret(privateKey))
    var nonces = DeterministicNonces(privateKey: privateKey, digest: digest)
    while true {
      let candidate = BigNumber(bytes: nonces.next(), isSecret: true)
      guard candidate.isScalar else { continue }
      if let signature = key.sign(digest: digest, nonce: candidate) { return signature }
    }
  }

  /// The compressed public key whose owner made `signature` over a 32-byte `digest`.
  ///
  /// It accepts a high S (SEC 1 §4.1.6).
  /// - Throws: ``Secp256k1Error/badLength``, or ``Secp256k1Error/notRecoverable`` when R or S is
  ///   out of range, the recovery id is above 3, or no point fits.
  public static func recoverPublicKey(
    _ signature: RecoverableSignature, digest: [UInt8]
  ) throws(Secp256k1Error) -> [UInt8] {
    guard digest.count == SHA256.digestLength,
      let (first, second) = scalars(signature.compact)
    else { throw .badLength }
    guard signature.recoveryID <= 3, first.isScalar, second.isScalar,
      let point = noncePoint(first, recoveryID: signature.recoveryID)
    else { throw .notRecoverable }
    // Q = R⁻¹ (S·point − digest·G)
    let inverse = first.inverted()
    let ofGenerator = BigNumber(bytes: digest).negated().times(inverse)
    let ofPoint = second.times(inverse)
    let key = CurvePoint.generator(times: ofGenerator, plus: point, times: ofPoint)
    guard !key.isInfinity else { throw .notRecoverable }
    return key.compressed()
  }

  /// Whether `compact` (R and S, 64 bytes) is a signature of a 32-byte `digest` by the owner of a
  /// compressed `publicKey`, S high or low.
  public static func verify(_ compact: [UInt8], digest: [UInt8], publicKey: [UInt8]) -> Bool {
    guard digest.count == SHA256.digestLength,
      let (first, second) = scalars(compact), first.isScalar, second.isScalar,
      let point = CurvePoint(compressed: publicKey)
    else { return false }
    // The point that R came from is S⁻¹ (digest·G + R·Q).
    let inverse = second.inverted()
    let candidate = CurvePoint.generator(
      times: BigNumber(bytes: digest).times(inverse), plus: point, times: first.times(inverse))
    guard !candidate.isInfinity else { return false }
    return candidate.affine().x.reduced().isEqual(to: first)
  }

  /// Whether the S of `compact` (R and S, 64 bytes) is at most half the order of the curve, which
  /// makes it the one canonical form of the signature (BIP 62).
  public static func hasLowS(_ compact: [UInt8]) -> Bool {
    guard let (_, second) = scalars(compact) else { return false }
    return !second.isAboveHalfOrder
  }

  /// The scalar that 32 bytes spell.
  static func secret(_ privateKey: [UInt8]) throws(Secp256k1Error) -> BigNumber {
    guard privateKey.count == privateKeyLength else { throw .badLength }
    let number = BigNumber(bytes: privateKey, isSecret: true)
    guard number.isScalar else { throw .invalidPrivateKey }
    return number
  }

  private static func scalars(_ compact: [UInt8]) -> (BigNumber, BigNumber)? {
    guard compact.count == compactSignatureLength else { return nil }
    return (
      BigNumber(bytes: Array(compact.prefix(32))), BigNumber(bytes: Array(compact.suffix(32)))
    )
  }

  /// The point whose x coordinate was reduced to R: bit 1 of the id says that x was not less than
  /// the order, bit 0 that y was odd.
  private static func noncePoint(_ first: BigNumber, recoveryID: UInt8) -> CurvePoint? {
    let x = recoveryID & 2 == 0 ? first : first.plusOrder()
    return CurvePoint(x: x, oddY: recoveryID & 1 == 1)
  }
}

/// The nonces of RFC 6979 §3.2, with HMAC-SHA-256.
private struct DeterministicNonces {
  private var key = [UInt8](repeating: 0, count: 32)
  private var value = [UInt8](repeating: 1, count: 32)
  private var isFirst = true

  init(privateKey: [UInt8], digest: [UInt8]) {
    let reduced = BigNumber(bytes: digest).reduced().bytes()
    for step: UInt8 in [0, 1] {
      key = HMACSHA256(key: key).authenticate(value, [step], privateKey, reduced)
      value = HMACSHA256(key: key).authenticate(value)
    }
  }

  mutating func next() -> [UInt8] {
    if !isFirst {
      key = HMACSHA256(key: key).authenticate(value, [0])
      value = HMACSHA256(key: key).authenticate(value)
    }
    isFirst = false
    value = HMACSHA256(key: key).authenticate(value)
    return value
  }
}
