public import LibCrypto

/// Proofs that a Merkle tree has a leaf, or begins with another tree (RFC 6962 §2.1.1, §2.1.2).
///
/// What a proof is made of is named by the leaves below each hash, so that whoever keeps the tree
/// can look the hashes up as it keeps them.
public enum MerkleProof {
  /// The longest proof of a tree with fewer than 2^64 leaves: one hash for each level.
  public static let maximumLength = 64

  /// The leaves below each hash of the proof for leaf `index` in a tree of `size`, from the leaf's
  /// sibling to the root's child; nil when there is no such leaf.
  public static func inclusionParts(index: UInt64, size: UInt64) -> [Range<UInt64>]? {
    guard index < size else { return nil }
    var parts: [Range<UInt64>] = []
    var leaves = 0..<size
    while leaves.upperBound - leaves.lowerBound > 1 {
      let middle = split(leaves)
      if index < middle {
        parts.append(middle..<leaves.upperBound)
        leaves = leaves.lowerBound..<middle
      } else {
        parts.append(leaves.lowerBound..<middle)
        leaves = middle..<leaves.upperBound
      }
    }
    return parts.reversed()
  }

  /// The leaves below each hash of the proof that the tree of `size` begins with the one of
  /// `earlier`; nil when `earlier` is zero or more than `size`.
  public static func consistencyParts(
    from earlier: UInt64, to size: UInt64
  ) -> [Range<UInt64>]? {
    guard earlier > 0, earlier <= size else { return nil }
    var parts: [Range<UInt64>] = []
    var leaves = 0..<size
    var isWhole = true
    while leaves.upperBound != earlier {
      let middle = split(leaves)
      if earlier <= middle {
        parts.append(middle..<leaves.upperBound)
        leaves = leaves.lowerBound..<middle
      } else {
        parts.append(leaves.lowerBound..<middle)
        leaves = middle..<leaves.upperBound
        isWhole = false
      }
    }
    // The earlier tree itself is what the reader has.
    if !isWhole { parts.append(leaves) }
    return parts.reversed()
  }

  /// The root that `path` leads to from `leaf` at `index` in a tree of `size`; nil when the path
  /// has not the length that it must have (RFC 9162 §2.1.3.2).
  public static func root(
    leaf: SHA256Digest, index: UInt64, size: UInt64, path: [SHA256Digest]
  ) -> SHA256Digest? {
    guard let parts = inclusionParts(index: index, size: size), parts.count == path.count else {
      return nil
    }
    var hash = leaf
    for (part, sibling) in zip(parts, path) {
      hash =
        part.lowerBound > index
        ? MerkleHash.node(hash, sibling) : MerkleHash.node(sibling, hash)
    }
    return hash
  }

  /// Whether `path` proves that the tree of `size` with `root` begins with that of `earlier` and
  /// `earlierRoot` (RFC 9162 §2.1.4.2).
  public static func isConsistent(
    earlier: UInt64, earlierRoot: SHA256Digest, size: UInt64, root: SHA256Digest,
    path: [SHA256Digest]
  ) -> Bool {
    guard let parts = consistencyParts(from: earlier, to: size), parts.count == path.count else {
      return false
    }
    // The first hash is the last subtree of the earlier tree, unless that is one subtree whole.
    let startsInside = parts.first?.upperBound == earlier
    var old = startsInside ? path[0] : earlierRoot
    var new = old
    for (part, hash) in zip(parts, path).dropFirst(startsInside ? 1 : 0) {
      if part.lowerBound >= earlier {
        new = MerkleHash.node(new, hash)
      } else {
        old = MerkleHash.node(hash, old)
        new = MerkleHash.node(hash, new)
      }
    }
    return old == earlierRoot && new == root
  }

  /// Where RFC 6962 splits more than one leaf: after the largest power of two that is less than
  /// their number.
  private static func split(_ leaves: Range<UInt64>) -> UInt64 {
    let last = leaves.upperBound - leaves.lowerBound - 1
    return leaves.lowerBound + 1 << UInt64(63 - last.leadingZeroBitCount)
  }
}
