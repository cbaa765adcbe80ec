internal import CCrypto

/// SHA-256 (FIPS 180-4), incremental, over libcrypto's low-level calls.
///
/// A value type: copying one copies its state, so a common prefix is hashed once.
public struct SHA256: Sendable {
  /// The length of a digest, in bytes.
  public static let digestLength = 32

  private var context: SHA256_CTX

  private static let empty = {
    var context = SHA256_CTX()
    SHA256_Init(&context)
    return context
  }()

  /// Starts an empty hash.
  public init() { context = Self.empty }

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
    var block = SHA256Block()
    block.pad(tail, hashedBits: hashedBits)
    SHA256_Update(&copy.context, &block, MemoryLayout<SHA256Block>.size)
    return copy.state
  }

  /// The digest of two blocks, the second of which ends with the padding.
  @inline(__always)
  static func digest(ofPadded blocks: inout (SHA256Block, SHA256Block)) -> SHA256Words {
    var hash = SHA256()
    SHA256_Update(&hash.context, &blocks, MemoryLayout<(SHA256Block, SHA256Block)>.size)
    return hash.state
  }

  /// The digest once the padding has been hashed: the state, in the order of its bytes.
  private var state: SHA256Words {
    @inline(__always) get {
      let words = context.h
      return SHA256Words(
        words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian,
        words.4.bigEndian, words.5.bigEndian, words.6.bigEndian, words.7.bigEndian)
    }
  }

  private mutating func finish() -> SHA256Words {
    var digest = SHA256Words()
    withUnsafeMutableBytes(of: &digest) { bytes in
      _ = SHA256_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    return digest
  }
}

/// The 32 bytes of a digest, in place, as they lie in memory.
typealias SHA256Words = SIMD8<UInt32>

/// The 64 bytes that SHA-256 takes at a time.
///
/// Vectors rather than bytes, since libcrypto loads vectors: to put one together out of smaller
/// pieces that were stored just before stalls the processor.
typealias SHA256Block = SIMD16<UInt32>

extension SHA256Words {
  var bytes: [UInt8] { withUnsafeBytes(of: self) { [UInt8]($0) } }
}

extension SHA256Block {
  /// The most bytes before the padding of a last block: it takes a byte and eight of length.
  static let longestTail = 55

  /// Makes a block of zeros the last one of a message that ends with `tail` after `hashedBits`
  /// bits (FIPS 180-4 §5.1.1); `tail` has at most ``longestTail`` bytes.
  @inline(__always)
  mutating func pad(_ tail: UnsafeRawBufferPointer, hashedBits: UInt64) {
    let bits = hashedBits + UInt64(tail.count) * 8
    withUnsafeMutableBytes(of: &self) { bytes in
      bytes.copyMemory(from: tail)
      bytes[tail.count] = 0x80
      bytes.storeBytes(of: bits.bigEndian, toByteOffset: Self.longestTail + 1, as: UInt64.self)
    }
  }
}
