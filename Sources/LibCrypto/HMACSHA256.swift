/// HMAC-SHA-256 (RFC 2104) for one key, with the padded key hashed once and kept.
public struct HMACSHA256: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  /// Prepares the two pads of `key`, which may have any length.
  public init(key: [UInt8]) {
    let blockLength = 64
    let short = key.count > blockLength ? SHA256.hash(key) : key
    let block = short + [UInt8](repeating: 0, count: blockLength - short.count)
    var inner = SHA256()
    inner.update(block.map { $0 ^ 0x36 })
    var outer = SHA256()
    outer.update(block.map { $0 ^ 0x5c })
    self.inner = inner
    self.outer = outer
  }

  /// The 32-byte code of the concatenation of `parts`.
  public func authenticate(_ parts: [UInt8]...) -> [UInt8] {
    var hash = inner
    for part in parts { hash.update(part) }
    var result = outer
    result.update(hash.finalized())
    return result.finalized()
  }
}

/// HKDF-SHA-256 (RFC 5869).
public enum HKDFSHA256 {
  /// Derives `length` bytes (1 to 8,160) from `inputKey`.
  ///
  /// An empty `salt` stands for 32 zero bytes, as RFC 5869 §2.2 says.
  public static func deriveKey(
    inputKey: [UInt8], salt: [UInt8] = [], info: [UInt8], length: Int = 32
  ) -> [UInt8] {
    precondition((1...255 * SHA256.digestLength).contains(length), "HKDF length out of range")
    let pseudoRandomKey = HMACSHA256(key: salt).authenticate(inputKey)
    let expand = HMACSHA256(key: pseudoRandomKey)
    var output: [UInt8] = []
    var block: [UInt8] = []
    var counter: UInt8 = 0
    while output.count < length {
      counter += 1
      block = expand.authenticate(block, info, [counter])
      output += block
    }
    return [UInt8](output.prefix(length))
  }
}
