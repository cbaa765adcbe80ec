internal import CCrypto

/// Owns one `EVP_CIPHER_CTX`.
final class CipherContext {
  let pointer: OpaquePointer

  init() {
    guard let pointer = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
  }

  deinit { EVP_CIPHER_CTX_free(pointer) }
}
