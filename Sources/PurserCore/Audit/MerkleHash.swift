public import LibCrypto

/// The hashes of a Merkle tree (RFC 6962 §2.1).
public enum MerkleHash {
  /// The root of the tree without a leaf: the hash of nothing.
  public static let empty = SHA256().digest()

  /// The hash of a leaf: `SHA-256(0x00 ‖ content)`.
  public static func leaf(_ content: ArraySlice<UInt8>) -> SHA256Digest {
    var hash = SHA256()
    hash.update(byte: 0)
    hash.update(content)
    return hash.digest()
  }

  /// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
  public static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
    var hash = SHA256()
    hash.update(byte: 1)
    hash.update(left)
    hash.update(right)
    return hash.digest()
  }
}
