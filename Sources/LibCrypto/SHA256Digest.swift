/// A SHA-256 digest kept in place: copying and comparing one allocates nothing.
public struct SHA256Digest: Sendable {
  fileprivate var storage = InlineArray<32, UInt8>(repeating: 0)

  /// 32 zero bytes, the hash of nothing known.
  public static let zero = SHA256Digest()

  fileprivate init() {}

  /// The digest with these bytes, or nil when they are not 32.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == SHA256.digestLength else { return nil }
    for (index, byte) in bytes.enumerated() { storage[index] = byte }
  }

  /// The 32 bytes.
  public var bytes: [UInt8] { withUnsafeBytes(of: storage) { [UInt8]($0) } }
}

extension SHA256Digest: Hashable {
  /// Whether both have the same bytes; not for secrets, since its time may tell where they differ.
  public static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
    withUnsafeBytes(of: left.storage) { left in
      withUnsafeBytes(of: right.storage) { right in left.elementsEqual(right) }
    }
  }

  /// Feeds the bytes.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: storage) { hasher.combine(bytes: $0) }
  }
}

extension SHA256 {
  /// Appends one byte to what is hashed.
  public mutating func update(byte: UInt8) {
    withUnsafeBytes(of: byte) { update($0) }
  }

  /// Appends a digest to what is hashed.
  public mutating func update(_ digest: SHA256Digest) {
    withUnsafeBytes(of: digest.storage) { update($0) }
  }

  /// The digest of everything appended; the value itself is not changed.
  public func digest() -> SHA256Digest {
    let words = digest(endingWith: UnsafeRawBufferPointer(start: nil, count: 0))
    var digest = SHA256Digest()
    withUnsafeBytes(of: words) { words in
      withUnsafeMutableBytes(of: &digest.storage) { $0.copyMemory(from: words) }
    }
    return digest
  }
}
