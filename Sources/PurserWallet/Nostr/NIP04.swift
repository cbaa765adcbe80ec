internal import LibCrypto

/// Encrypted texts of the first kind (NIP-04): AES-256-CBC under the shared secret itself.
///
/// Deprecated, since nothing in it authenticates the text; here the signature of the event around
/// it does. For wallets that offer nothing else.
enum NIP04 {
  private static let separator = "?iv="

  /// Encrypts 1 to ``NIP44/maximumLength`` bytes; `vector` is random and used this once.
  /// - Throws: ``NostrCipherError/badLength``.
  static func encrypt(
    _ plaintext: [UInt8], sharedSecret: [UInt8], vector: [UInt8]
  ) throws(NostrCipherError) -> String {
    guard (1...NIP44.maximumLength).contains(plaintext.count) else { throw .badLength }
    do {
      let ciphertext = try AESCBC.encrypt(plaintext, key: sharedSecret, vector: vector)
      return Base64.encode(ciphertext, .standard) + separator + Base64.encode(vector, .standard)
    } catch { throw .badLength }
  }

  /// Decrypts a payload of up to ``NIP44/maximumPayloadLength`` bytes.
  /// - Throws: ``NostrCipherError/malformed``, also where the padding is none.
  static func decrypt(
    _ payload: String, sharedSecret: [UInt8]
  ) throws(NostrCipherError) -> [UInt8] {
    guard payload.utf8.count <= NIP44.maximumPayloadLength else { throw .malformed }
    let parts = payload.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 2, let ciphertext = Base64.decode(parts[0]),
      let vector = Base64.decode(parts[1])
    else { throw .malformed }
    do { return try AESCBC.decrypt(ciphertext, key: sharedSecret, vector: vector) } catch {
      throw .malformed
    }
  }
}
