internal import CCrypto

/// SHA-256 (FIPS 180-4), incremental, over libcrypto's low-level calls.
///
/// A value type: copying one copies its state, so a common prefix is hashed once.
public struct SHA256: Sendable {
  /// The length of a digest, in bytes.
  public static let digestLength = 32

  private var context: SHA256_CTX

  /// Starts an empty hash.
  public init() {
    context = SHA256_CTX()
    SHA256_Init(&context)
  }

  /// Appends `bytes` to what is hashed.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Appends `bytes` to what is hashed.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The 32-byte digest of everything appended; the value itself is not changed.
  public func finalized() -> [UInt8] {
    digest(endingWith: UnsafeRawBufferPointer(start: nil, count: 0)).bytes
  }

  /// The digest of `bytes`.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { SHA256().digest(endingWith: $0) }.bytes
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// The digest of everything appended and `tail`; the value itself is not changed.
  ///
  /// Where `tail` is the last block and leaves room for the padding, as nearly everywhere in a
  /// macaroon, the block is padded here: libcrypto would move it through a buffer of its own.
  func digest(endingWith tail: UnsafeRawBufferPointer) -> SHA256Words {
    var copy = self
    guard context.num == 0, tail.count <= SHA256Block.longestTail else {
      copy.update(tail)
      return copy.finish()
    }
    let hashedBits = UInt64(context.Nh) << 32 | UInt64(context.Nl)
    var block = SHA256Block(repeating: 0)
    withUnsafeMutableBytes(of: &block) { bytes in
      bytes.copyMemory(from: tail)
      bytes[tail.count] = 0x80
    }
    block[7] = (hashedBits + UInt64(tail.count) * 8).bigEndian
    withUnsafeBytes(of: block) { copy.update($0) }
    return copy.state
  }

  /// The digest of two blocks, the second of which ends with the padding.
  static func digest(ofPadded blocks: InlineArray<2, SHA256Block>) -> SHA256Words {
    var hash = SHA256()
    withUnsafeBytes(of: blocks) { hash.update($0) }
    return hash.state
  }

  /// The digest so far, which is the state itself once the padding has been hashed.
  private var state: SHA256Words {
    let words = context.h
    return [
      Self.pair(words.0, words.1), Self.pair(words.2, words.3), Self.pair(words.4, words.5),
      Self.pair(words.6, words.7),
    ]
  }

  /// Two words of the state in the order of bytes of a digest.
  private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 {
    (UInt64(first) << 32 | UInt64(second)).bigEndian
  }

  private mutating func finish() -> SHA256Words {
    var digest = SHA256Words(repeating: 0)
    withUnsafeMutableBytes(of: &digest) { bytes in
      _ = SHA256_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    return digest
  }
}

/// The 32 bytes of a digest as words, in place and in the order in which they lie in memory.
typealias SHA256Words = InlineArray<4, UInt64>

/// The 64 bytes that SHA-256 takes at a time.
typealias SHA256Block = InlineArray<8, UInt64>

extension SHA256Words {
  var bytes: [UInt8] { withUnsafeBytes(of: self) { [UInt8]($0) } }
}

extension SHA256Block {
  /// The most bytes before the padding of a last block: it takes a byte and eight of length.
  static let longestTail = 55
}
