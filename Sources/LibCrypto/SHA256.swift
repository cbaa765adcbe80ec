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
    var fresh = SHA256_CTX()
    SHA256_Init(&fresh)
    context = fresh
  }

  /// Appends `bytes` to what is hashed.
  public mutating func update(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { SHA256_Update(&context, $0.baseAddress, $0.count) }
  }

  /// Appends `bytes` to what is hashed.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    _ = bytes.withUnsafeBytes { SHA256_Update(&context, $0.baseAddress, $0.count) }
  }

  /// The 32-byte digest of everything appended; the value itself is not changed.
  public func finalized() -> [UInt8] {
    var copy = context
    return [UInt8](unsafeUninitializedCapacity: Self.digestLength) { buffer, count in
      SHA256_Final(buffer.baseAddress, &copy)
      count = Self.digestLength
    }
  }

  /// The digest of `bytes`.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalized()
  }
}
