public import LibCrypto

/// A complete subtree of a Merkle tree: the leaves from `number`·2^`level` on, 2^`level` of them.
public struct MerkleSubtree: Sendable, Hashable {
  /// How many times its leaf count doubles one; 0 is a leaf.
  public let level: Int
  /// Its place among the subtrees of its level, from 0.
  public let number: UInt64

  /// The subtree at this place; `level` is 0 to 63.
  public init(level: Int, number: UInt64) {
    self.level = level
    self.number = number
  }

  /// The complete subtrees that make up `leaves`, from left to right (the largest first where
  /// `leaves` is a part of a tree as RFC 6962 splits it).
  public static func covering(_ leaves: Range<UInt64>) -> [MerkleSubtree] {
    var subtrees: [MerkleSubtree] = []
    var start = leaves.lowerBound
    while start < leaves.upperBound {
      let rest = leaves.upperBound - start
      // The largest that starts here and does not reach over the end.
      let level = min(start == 0 ? 63 : start.trailingZeroBitCount, 63 - rest.leadingZeroBitCount)
      subtrees.append(MerkleSubtree(level: level, number: start >> UInt64(level)))
      start += 1 << UInt64(level)
    }
    return subtrees
  }
}

/// A Merkle tree (RFC 6962 §2.1) to which leaves are appended, kept as the roots of the complete
/// subtrees that it is made of: one for each bit of its size.
public struct MerkleRange: Sendable, Equatable {
  /// How many leaves it has.
  public private(set) var size: UInt64 = 0
  /// The roots of its complete subtrees, the largest first.
  public private(set) var peaks: [SHA256Digest] = []

  /// A subtree that has become complete.
  public struct Completed: Sendable, Equatable {
    /// Which one.
    public let subtree: MerkleSubtree
    /// Its root.
    public let hash: SHA256Digest
  }

  /// Complete subtrees are kept at every eighth level: of 256 leaves, of 65,536, and so on.
  public static let keptLevels = 8

  /// The tree without a leaf.
  public init() {}

  /// The tree of `size` leaves with these roots of its complete subtrees, the largest first; nil
  /// when they are not one for each bit of its size.
  public init?(size: UInt64, peaks: [SHA256Digest]) {
    guard peaks.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.peaks = peaks
  }

  /// The complete subtrees that it is made of, with their roots, the largest first.
  public var subtrees: [Completed] {
    zip(MerkleSubtree.covering(0..<size), peaks).map { Completed(subtree: $0, hash: $1) }
  }

  /// The root of the whole tree.
  public var root: SHA256Digest {
    guard var root = peaks.last else { return MerkleHash.empty }
    for peak in peaks.dropLast().reversed() { root = MerkleHash.node(peak, root) }
    return root
  }

  /// Appends a leaf by its hash; what is complete now at one of the kept levels is added to
  /// `completed`, the smallest first.
  public mutating func append(_ leaf: SHA256Digest, completed: inout [Completed]) {
    append(leaf, level: 0, completed: &completed)
  }

  /// Appends a complete subtree by its root; the size must be a multiple of its leaf count.
  ///
  /// What is complete now above it, at one of the kept levels, is added to `completed`.
  public mutating func append(
    _ hash: SHA256Digest, level: Int, completed: inout [Completed]
  ) {
    precondition(size & (1 << UInt64(level) - 1) == 0, "a subtree starts at a multiple of its size")
    append(hash, level: level) { level, number, hash in
      guard level % Self.keptLevels == 0 else { return }
      completed.append(
        Completed(subtree: MerkleSubtree(level: level, number: number), hash: hash))
    }
  }

  /// Appends a complete subtree by its root; the size must be a multiple of its leaf count.
  public mutating func append(_ hash: SHA256Digest, level: Int) {
    precondition(size & (1 << UInt64(level) - 1) == 0, "a subtree starts at a multiple of its size")
    append(hash, level: level) { _, _, _ in }
  }

  private mutating func append(
    _ hash: SHA256Digest, level: Int, _ completed: (Int, UInt64, SHA256Digest) -> Void
  ) {
    size += 1 << UInt64(level)
    var hash = hash
    var level = level
    // Each zero at the end of the size is a pair that has become one.
    while size >> UInt64(level) & 1 == 0, let left = peaks.popLast() {
      hash = MerkleHash.node(left, hash)
      level += 1
      completed(level, size >> UInt64(level) - 1, hash)
    }
    peaks.append(hash)
  }
}
