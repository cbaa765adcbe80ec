/// HMAC-SHA-256 (RFC 2104) for one key, with the padded key hashed once and kept.
public struct HMACSHA256: Sendable {
  private static let blockLength = 64

  private let inner: SHA256
  private let outer: SHA256

  /// Prepares the two pads of `key`, which may have any length.
  public init(key: [UInt8]) {
    let short = key.count > Self.blockLength ? SHA256.hash(key) : key
    self = short.withUnsafeBytes { HMACSHA256(shortKey: $0) }
  }

  /// The 32-byte code of the concatenation of `parts`.
  public func authenticate(_ parts: [UInt8]...) -> [UInt8] {
    var hash = inner
    for part in parts { hash.update(part) }
    return [UInt8](unsafeUninitializedCapacity: SHA256.digestLength) { buffer, count in
      finish(hash, into: UnsafeMutableRawBufferPointer(buffer))
      count = SHA256.digestLength
    }
  }

  /// Prepares the pads of a key that is no longer than a block, without allocating.
  init(shortKey key: UnsafeRawBufferPointer) {
    inner = Self.pad(key, with: 0x36)
    outer = Self.pad(key, with: 0x5c)
  }

  /// Writes the code of `message` under `key`, which is used this once, to the first 32 bytes of
  /// `output`: the same as preparing both pads and authenticating, without moving their states.
  static func authenticate(
    _ message: UnsafeRawBufferPointer, shortKey key: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) {
    var hash = pad(key, with: 0x36)
    hash.update(message)
    var result = pad(key, with: 0x5c)
    hash.finish(into: output)
    result.update(UnsafeRawBufferPointer(rebasing: output.prefix(SHA256.digestLength)))
    result.finish(into: output)
  }

  @inline(__always)
  private static func pad(_ key: UnsafeRawBufferPointer, with byte: UInt8) -> SHA256 {
    var block = InlineArray<64, UInt8>(repeating: byte)
    for index in 0..<min(key.count, blockLength) { block[index] ^= key[index] }
    var hash = SHA256()
    withUnsafeBytes(of: block) { hash.update($0) }
    return hash
  }

  /// Writes the code of `message` to the first 32 bytes of `output`, without allocating.
  func authenticate(
    _ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) {
    var hash = inner
    hash.update(message)
    finish(hash, into: output)
  }

  private func finish(_ hash: SHA256, into output: UnsafeMutableRawBufferPointer) {
    var hash = hash
    hash.finish(into: output)
    var result = outer
    result.update(UnsafeRawBufferPointer(rebasing: output.prefix(SHA256.digestLength)))
    result.finish(into: output)
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
