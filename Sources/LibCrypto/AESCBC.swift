internal import CCrypto

/// AES-256-CBC with PKCS #7 padding (NIST SP 800-38A §6.2, RFC 5652 §6.3), without an
/// authenticator.
///
/// For formats that ask for it alone: it proves nothing about who made a text, and telling whether
/// the padding was right tells an attacker something. Whoever uses it authenticates the ciphertext.
public enum AESCBC {
  /// The length of a key, in bytes.
  public static let keyLength = 32
  /// The length of an initialization vector and of a block, in bytes.
  public static let blockLength = 16

  /// Encrypts `plaintext`; `vector` is random and used this once.
  /// - Throws: ``SealingError/badLength`` for a key, vector or text of the wrong length.
  public static func encrypt(
    _ plaintext: [UInt8], key: [UInt8], vector: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard isUsable(key, vector), plaintext.count < Int32.max - Int32(blockLength) else {
      throw .badLength
    }
    let context = CipherContext()
    var output = [UInt8](repeating: 0, count: plaintext.count + blockLength)
    var (start, end): (Int32, Int32) = (0, 0)
    let done =
      EVP_EncryptInit_ex(context.pointer, EVP_aes_256_cbc(), nil, key, vector) == 1
      && EVP_EncryptUpdate(
        context.pointer, &output, &start, plaintext, Int32(plaintext.count)) == 1
      && output.withUnsafeMutableBufferPointer { buffer in
        EVP_EncryptFinal_ex(context.pointer, buffer.baseAddress.map { $0 + Int(start) }, &end) == 1
      }
    precondition(done, "libcrypto refused to encrypt")
    return Array(output.prefix(Int(start) + Int(end)))
  }

  /// Decrypts what ``encrypt(_:key:vector:)`` made.
  /// - Throws: ``SealingError/badLength`` also for a text that is not one or more whole blocks, or
  ///   ``SealingError/notAuthentic`` when the padding is none.
  public static func decrypt(
    _ ciphertext: [UInt8], key: [UInt8], vector: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard isUsable(key, vector), !ciphertext.isEmpty,
      ciphertext.count.isMultiple(of: blockLength), let count = Int32(exactly: ciphertext.count)
    else { throw .badLength }
    // A refusal leaves entries in this thread's error queue, where another caller would find them.
    ERR_set_mark()
    defer { ERR_pop_to_mark() }
    let context = CipherContext()
    var output = [UInt8](repeating: 0, count: ciphertext.count + blockLength)
    var (start, end): (Int32, Int32) = (0, 0)
    let done =
      EVP_DecryptInit_ex(context.pointer, EVP_aes_256_cbc(), nil, key, vector) == 1
      && EVP_DecryptUpdate(context.pointer, &output, &start, ciphertext, count) == 1
      && output.withUnsafeMutableBufferPointer { buffer in
        EVP_DecryptFinal_ex(context.pointer, buffer.baseAddress.map { $0 + Int(start) }, &end) == 1
      }
    guard done else { throw .notAuthentic }
    return Array(output.prefix(Int(start) + Int(end)))
  }

  private static func isUsable(_ key: [UInt8], _ vector: [UInt8]) -> Bool {
    key.count == keyLength && vector.count == blockLength
  }
}
