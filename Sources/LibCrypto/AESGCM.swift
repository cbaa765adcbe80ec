internal import CCrypto

/// Why a sealed box was not opened or made.
public enum SealingError: Error, Equatable {
  /// The key, the nonce or the box has a length that AES-256-GCM does not have.
  case badLength
  /// The tag does not fit: another key, other associated data, or changed bytes.
  case notAuthentic
}

/// AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag.
public enum AESGCM {
  /// The length of a key, in bytes.
  public static let keyLength = 32
  /// The length of a nonce, in bytes.
  public static let nonceLength = 12
  /// The length of an authentication tag, in bytes.
  public static let tagLength = 16

  /// Encrypts `plaintext`; the result is the ciphertext followed by the tag.
  ///
  /// A (`key`, `nonce`) pair must never be used twice.
  /// - Throws: ``SealingError/badLength`` for a key or nonce of the wrong length.
  public static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard key.count == keyLength, nonce.count == nonceLength else { throw .badLength }
    let context = CipherContext()
    var output = [UInt8](repeating: 0, count: plaintext.count + tagLength)
    var length: Int32 = 0
    let sealed =
      EVP_EncryptInit_ex(context.pointer, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_EncryptUpdate(
        context.pointer, nil, &length, associatedData, Int32(associatedData.count)) == 1
      && EVP_EncryptUpdate(
        context.pointer, &output, &length, plaintext, Int32(plaintext.count)) == 1
      && output.withUnsafeMutableBufferPointer { buffer in
        let tail = buffer.baseAddress.map { $0 + plaintext.count }
        return EVP_EncryptFinal_ex(context.pointer, tail, &length) == 1
          && purser_gcm_get_tag(context.pointer, tail, Int32(tagLength)) == 1
      }
    precondition(sealed, "libcrypto refused to encrypt")
    return output
  }

  /// Decrypts what ``seal(_:key:nonce:associatedData:)`` made.
  /// - Throws: ``SealingError/badLength``, or ``SealingError/notAuthentic`` when the tag does not
  ///   fit.
  public static func open(
    _ box: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard key.count == keyLength, nonce.count == nonceLength, box.count >= tagLength else {
      throw .badLength
    }
    let ciphertext = [UInt8](box.dropLast(tagLength))
    var tag = [UInt8](box.suffix(tagLength))
    let context = CipherContext()
    var output = [UInt8](repeating: 0, count: ciphertext.count)
    var unused = [UInt8](repeating: 0, count: tagLength)
    var length: Int32 = 0
    let opened =
      EVP_DecryptInit_ex(context.pointer, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_DecryptUpdate(
        context.pointer, nil, &length, associatedData, Int32(associatedData.count)) == 1
      && EVP_DecryptUpdate(
        context.pointer, &output, &length, ciphertext, Int32(ciphertext.count)) == 1
      && purser_gcm_set_tag(context.pointer, &tag, Int32(tagLength)) == 1
      && EVP_DecryptFinal_ex(context.pointer, &unused, &length) == 1
    guard opened else { throw .notAuthentic }
    return output
  }
}
