internal import CCrypto

/// Why a key was not taken.
public enum Ed25519Error: Error, Equatable {
  /// A private or public key has another length than 32 bytes.
  case badLength
}

/// Ed25519 signatures (RFC 8032 §5.1).
public enum Ed25519 {
  /// The length of a private key (the seed of RFC 8032) and of a public key, in bytes.
  public static let keyLength = 32
  /// The length of a signature, in bytes.
  public static let signatureLength = 64

  /// The public key of a 32-byte `privateKey`.
  /// - Throws: ``Ed25519Error/badLength``.
  public static func publicKey(privateKey: [UInt8]) throws(Ed25519Error) -> [UInt8] {
    let key = try PrivateKey(privateKey)
    var output = [UInt8](repeating: 0, count: keyLength)
    var length = keyLength
    precondition(
      EVP_PKEY_get_raw_public_key(key.pointer, &output, &length) == 1 && length == keyLength,
      "libcrypto refused the key")
    return output
  }

  /// The signature of `message`, 64 bytes; the same key and message give the same signature.
  /// - Throws: ``Ed25519Error/badLength``.
  public static func sign(
    _ message: [UInt8], privateKey: [UInt8]
  ) throws(Ed25519Error) -> [UInt8] {
    let key = try PrivateKey(privateKey)
    let context = SigningContext()
    var output = [UInt8](repeating: 0, count: signatureLength)
    var length = signatureLength
    precondition(
      EVP_DigestSignInit(context.pointer, nil, nil, nil, key.pointer) == 1
        && EVP_DigestSign(context.pointer, &output, &length, message, message.count) == 1
        && length == signatureLength, "libcrypto refused to sign")
    return output
  }

  /// Whether `signature` is one of `message` by the owner of `publicKey`; false for anything that
  /// has another length or names no point.
  public static func verify(
    _ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]
  ) -> Bool {
    guard signature.count == signatureLength, publicKey.count == keyLength else { return false }
    // A refusal leaves entries in this thread's error queue, where another caller would find them.
    ERR_set_mark()
    defer { ERR_pop_to_mark() }
    guard
      let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
    else { return false }
    defer { EVP_PKEY_free(key) }
    let context = SigningContext()
    return EVP_DigestVerifyInit(context.pointer, nil, nil, nil, key) == 1
      && EVP_DigestVerify(
        context.pointer, signature, signature.count, message, message.count) == 1
  }
}

/// Owns one `EVP_PKEY` with a private key.
private final class PrivateKey {
  let pointer: OpaquePointer

  init(_ bytes: [UInt8]) throws(Ed25519Error) {
    guard bytes.count == Ed25519.keyLength else { throw .badLength }
    guard let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
    else { preconditionFailure("libcrypto has no Ed25519") }
    self.pointer = pointer
  }

  deinit { EVP_PKEY_free(pointer) }
}

/// Owns one `EVP_MD_CTX`.
private final class SigningContext {
  let pointer: OpaquePointer

  init() {
    guard let pointer = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
  }

  deinit { EVP_MD_CTX_free(pointer) }
}
