internal import LibCrypto

/// A private key of Nostr and what it does: it signs events, and shares a secret with another key.
///
/// Unchecked because its bytes only change when it goes, to be cleared.
final class NostrKey: @unchecked Sendable {
  /// The x-only public key, 64 lower-case hex digits.
  let publicKey: String
  private var secret: [UInt8]

  /// The key that 64 hex digits spell.
  /// - Throws: ``Secp256k1Error``.
  init(hex: String) throws(Secp256k1Error) {
    guard let secret = Hex.decode(hex), secret.count == Schnorr.keyLength else { throw .badLength }
    publicKey = Hex.encode(try Schnorr.publicKey(privateKey: secret))
    self.secret = secret
  }

  deinit { wipe(&secret) }

  /// The event with these fields, signed (NIP-01).
  func event(
    kind: UInt32, tags: [[String]], content: String, createdAt: UInt64
  ) throws(Secp256k1Error) -> NostrEvent {
    var event = NostrEvent(
      id: "", publicKey: publicKey, createdAt: createdAt, kind: kind, tags: tags, content: content,
      signature: "")
    let hash = event.hash
    event.id = Hex.encode(hash)
    event.signature = Hex.encode(
      try Schnorr.sign(hash, privateKey: secret, auxiliaryRandomness: randomBytes(32)))
    return event
  }

  /// The secret that this key shares with the owner of `other`, 64 hex digits.
  /// - Throws: ``Secp256k1Error``.
  func sharedSecret(with other: String) throws(Secp256k1Error) -> [UInt8] {
    guard let other = Hex.decode(other) else { throw .badLength }
    return try Schnorr.sharedSecret(privateKey: secret, publicKey: other)
  }
}
