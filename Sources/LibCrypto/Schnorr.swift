/// Schnorr signatures on secp256k1 with x-only public keys (BIP-340), and the shared secret of two
/// such keys.
///
/// What touches a private key or a nonce: the multiples of points go through libcrypto's Montgomery
/// ladder, which takes the same time for every scalar. The product with the private key goes
/// through libcrypto's general multiplication, which does not promise that, so both of its secret
/// terms are blinded with a random factor first. Which of a key and its negative is used is chosen
/// by a branch. Numbers are cleared when they go; copies that Swift made of byte arrays may stay.
/// ``verify(_:of:publicKey:)`` takes public values alone, in a time that depends on them.
public enum Schnorr {
  /// The length of a private key and of an x-only public key, in bytes.
  public static let keyLength = 32
  /// The length of a signature, in bytes.
  public static let signatureLength = 64
  /// The length of the auxiliary randomness of a signature, in bytes.
  public static let randomnessLength = 32

  /// The 32-byte x-only public key of a 32-byte `privateKey`.
  /// - Throws: ``Secp256k1Error/badLength`` or ``Secp256k1Error/invalidPrivateKey``.
  public static func publicKey(privateKey: [UInt8]) throws(Secp256k1Error) -> [UInt8] {
    CurvePoint.generator(times: try Secp256k1.secret(privateKey)).affine().x.bytes()
  }

  /// The 64-byte signature of `message`, which may have any length (BIP-340 "Default Signing").
  ///
  /// Fresh `auxiliaryRandomness` makes the nonce harder to learn from side channels; with all zeros
  /// the signature is still safe, and the same for the same message.
  /// - Throws: ``Secp256k1Error/badLength`` or ``Secp256k1Error/invalidPrivateKey``.
  public static func sign(
    _ message: [UInt8], privateKey: [UInt8], auxiliaryRandomness: [UInt8]
  ) throws(Secp256k1Error) -> [UInt8] {
    guard auxiliaryRandomness.count == randomnessLength else { throw .badLength }
    let key = evenKey(try Secp256k1.secret(privateKey))
    var masked = key.secret.bytes()
    defer { wipe(&masked) }
    for (index, byte) in taggedHash("BIP0340/aux", auxiliaryRandomness).enumerated() {
      masked[index] ^= byte
    }
    var seed = taggedHash("BIP0340/nonce", masked, key.x, message)
    defer { wipe(&seed) }
    let candidate = BigNumber(bytes: seed, isSecret: true).reduced()
    // As likely as guessing a private key.
    precondition(candidate.isScalar, "the nonce is zero")
    let nonce = evenKey(candidate)
    let challenge = self.challenge(nonce.x, key.x, message)
    let signature = nonce.x + response(nonce.secret, challenge, key.secret).bytes()
    precondition(verify(signature, of: message, publicKey: key.x), "libcrypto computed wrongly")
    return signature
  }

  /// Whether `signature` is one of `message` by the owner of the x-only `publicKey` (BIP-340
  /// "Verification"); false for anything that has another length or names no point.
  public static func verify(
    _ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]
  ) -> Bool {
    guard signature.count == signatureLength, let key = CurvePoint(xOnly: publicKey) else {
      return false
    }
    let first = Array(signature.prefix(32))
    let second = BigNumber(bytes: Array(signature.suffix(32)))
    guard second.isBelowOrder else { return false }
    let challenge = self.challenge(first, publicKey, message)
    let point = CurvePoint.generator(times: second, plus: key, times: challenge.negated())
    guard !point.isInfinity else { return false }
    let (x, y) = point.affine()
    return !y.isOdd && x.bytes() == first
  }

  /// Whether `bytes` are the x coordinate of a point.
  public static func isPublicKey(_ bytes: [UInt8]) -> Bool { CurvePoint(xOnly: bytes) != nil }

  /// The x coordinate, 32 bytes and not hashed, of `privateKey` times the x-only `publicKey`, which
  /// both owners can compute and nobody else.
  /// - Throws: ``Secp256k1Error/badLength``, ``Secp256k1Error/invalidPrivateKey`` or
  ///   ``Secp256k1Error/invalidPublicKey``.
  public static func sharedSecret(
    privateKey: [UInt8], publicKey: [UInt8]
  ) throws(Secp256k1Error) -> [UInt8] {
    guard publicKey.count == keyLength else { throw .badLength }
    let secret = try Secp256k1.secret(privateKey)
    guard let point = CurvePoint(xOnly: publicKey) else { throw .invalidPublicKey }
    return point.times(secret).affine().x.bytes()
  }

  /// SHA-256 of `parts`, one after the other, with the hash of `tag` twice before them, so that a
  /// hash for one purpose is never one for another (BIP-340 "Tagged Hashes").
  public static func taggedHash(_ tag: String, _ parts: [UInt8]...) -> [UInt8] {
    let name = SHA256.hash(Array(tag.utf8))
    var hash = SHA256()
    for part in [name, name] + parts { hash.update(part) }
    return hash.finalized()
  }

  private static func challenge(
    _ nonce: [UInt8], _ key: [UInt8], _ message: [UInt8]
  ) -> BigNumber {
    BigNumber(bytes: taggedHash("BIP0340/challenge", nonce, key, message)).reduced()
  }

  /// The scalar or its negative, whichever gives the point with the even y, and that point's x.
  private static func evenKey(_ scalar: BigNumber) -> (secret: BigNumber, x: [UInt8]) {
    let (x, y) = CurvePoint.generator(times: scalar).affine()
    return (y.isOdd ? scalar.negated() : scalar, x.bytes())
  }

  /// nonce + challenge · key, computed as (b·nonce + challenge·(b·key)) / b for a random b.
  private static func response(
    _ nonce: BigNumber, _ challenge: BigNumber, _ key: BigNumber
  ) -> BigNumber {
    var blind = BigNumber(bytes: randomBytes(32), isSecret: true)
    while !blind.isScalar { blind = BigNumber(bytes: randomBytes(32), isSecret: true) }
    let blindedProduct = key.times(blind).times(challenge)
    return nonce.times(blind).plus(blindedProduct).times(blind.inverted())
  }
}
