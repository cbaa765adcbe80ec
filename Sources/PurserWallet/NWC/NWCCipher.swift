internal import LibCrypto

/// How requests and answers are encrypted, by its name in the tag `encryption` (NIP-47).
enum NWCEncryption: String, Sendable {
  case nip44 = "nip44_v2"
  case nip04
}

/// Encrypts for the wallet and decrypts what it answers.
struct NWCCipher: Sendable {
  private let sharedSecret: [UInt8]
  private let conversationKey: [UInt8]

  /// The cipher between `key` and the wallet's public key.
  /// - Throws: ``Secp256k1Error`` when `wallet` is no public key.
  init(key: NostrKey, wallet: String) throws(Secp256k1Error) {
    sharedSecret = try key.sharedSecret(with: wallet)
    conversationKey = NIP44.conversationKey(sharedSecret: sharedSecret)
  }

  func encrypt(
    _ plaintext: [UInt8], _ encryption: NWCEncryption
  ) throws(NostrCipherError) -> String {
    switch encryption {
    case .nip44:
      try NIP44.encrypt(
        plaintext, conversationKey: conversationKey, nonce: randomBytes(NIP44.nonceLength))
    case .nip04:
      try NIP04.encrypt(
        plaintext, sharedSecret: sharedSecret, vector: randomBytes(AESCBC.blockLength))
    }
  }

  func decrypt(
    _ payload: String, _ encryption: NWCEncryption
  ) throws(NostrCipherError) -> [UInt8] {
    switch encryption {
    case .nip44: try NIP44.decrypt(payload, conversationKey: conversationKey)
    case .nip04: try NIP04.decrypt(payload, sharedSecret: sharedSecret)
    }
  }
}
