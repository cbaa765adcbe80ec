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
    for part in parts.dropLast() { hash.update(part) }
    return (parts.last ?? []).withUnsafeBytes { code(of: hash.digest(endingWith: $0)) }.bytes
  }

  /// The 32-byte code of `message`.
  public func authenticate(_ message: [UInt8]) -> [UInt8] {
    message.withUnsafeBytes { code(of: $0) }.bytes
  }

  /// Prepares the pads of a key that is no longer than a block, without allocating.
  init(shortKey key: UnsafeRawBufferPointer) {
    inner = Self.pad(key, with: 0x36)
    outer = Self.pad(key, with: 0x5c)
  }

  private static func pad(_ key: UnsafeRawBufferPointer, with byte: UInt8) -> SHA256 {
    var block = InlineArray<64, UInt8>(repeating: byte)
    for index in 0..<min(key.count, blockLength) { block[index] ^= key[index] }
    var hash = SHA256()
    withUnsafeBytes(of: block) { hash.update($0) }
    return hash
  }

  /// The code of `message`, without allocating.
  func code(of message: UnsafeRawBufferPointer) -> SHA256Words {
    code(of: inner.digest(endingWith: message))
  }

  /// The code of the message that gave `digest` under the inner pad.
  private func code(of digest: SHA256Words) -> SHA256Words {
    withUnsafeBytes(of: digest) { outer.digest(endingWith: $0) }
  }
}

/// HMAC-SHA-256 of one short message under a key of 32 bytes that is used this once: the step of a
/// chain, in its four compressions and hardly anything else.
enum ShortHMAC {
  /// The longest message, in bytes.
  static let longestMessage = SHA256Block.longestTail

  private static let blockBits: UInt64 = 512
  private static let innerPad: UInt32 = 0x3636_3636
  private static let outerPad: UInt32 = 0x5c5c_5c5c

  /// The code of `message`, which has at most ``longestMessage`` bytes, under `key`.
  static func code(of message: UnsafeRawBufferPointer, key: SHA256Words) -> SHA256Words {
    var blocks = (block(key, innerPad), SHA256Block())
    blocks.1.pad(message, hashedBits: blockBits)
    let digest = SHA256.digest(ofPadded: &blocks)
    var ending = SHA256Words()
    ending[0] = UInt32(0x8000_0000).bigEndian
    ending[7] = UInt32(blockBits + 256).bigEndian
    blocks = (block(key, outerPad), SHA256Block(lowHalf: digest, highHalf: ending))
    return SHA256.digest(ofPadded: &blocks)
  }

  @inline(__always)
  private static func block(_ key: SHA256Words, _ pad: UInt32) -> SHA256Block {
    SHA256Block(
      lowHalf: key ^ SHA256Words(repeating: pad), highHalf: SHA256Words(repeating: pad))
  }
}
