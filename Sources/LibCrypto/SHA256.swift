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
    var copy = self
    return [UInt8](unsafeUninitializedCapacity: Self.digestLength) { buffer, count in
      copy.finish(into: UnsafeMutableRawBufferPointer(buffer))
      count = Self.digestLength
    }
  }

  /// The digest of `bytes`.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalized()
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// Writes the digest to the first 32 bytes of `output` and leaves the value unusable.
  mutating func finish(into output: UnsafeMutableRawBufferPointer) {
    precondition(output.count >= Self.digestLength, "no room for a digest")
    SHA256_Final(output.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
  }
}
