internal import CCrypto

/// ChaCha20 (RFC 8439 §2.4) without an authenticator, the block counter starting at zero.
public enum ChaCha20 {
  /// The length of a key, in bytes.
  public static let keyLength = 32
  /// The length of a nonce, in bytes.
  public static let nonceLength = 12

  /// Encrypts or decrypts `text`, at most 2³¹ − 1 bytes: both are the same.
  ///
  /// It proves nothing about who made `text`; whoever uses it authenticates the result. A (`key`,
  /// `nonce`) pair must never be used twice.
  /// - Throws: ``SealingError/badLength`` for a key, nonce or text of the wrong length.
  public static func apply(
    to text: [UInt8], key: [UInt8], nonce: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard key.count == keyLength, nonce.count == nonceLength, let count = Int32(exactly: text.count)
    else { throw .badLength }
    // libcrypto takes the block counter, four bytes, and the nonce as one.
    var vector = [UInt8](repeating: 0, count: 4) + nonce
    defer { wipe(&vector) }
    let context = CipherContext()
    var output = [UInt8](repeating: 0, count: text.count)
    var length: Int32 = 0
    let done =
      EVP_EncryptInit_ex(context.pointer, EVP_chacha20(), nil, key, vector) == 1
      && EVP_EncryptUpdate(context.pointer, &output, &length, text, count) == 1
      && length == count
    precondition(done, "libcrypto refused to encrypt")
    return output
  }
}
