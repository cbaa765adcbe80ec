internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// The Merkle tree over the events as it lies in the database: a row for each complete subtree of
/// 256 events, of 65,536, and so on; what is smaller is hashed from the events themselves.
struct StoredTree {
  let connection: SQLiteConnection
  private static let greatestLevel = 56

  init(_ connection: SQLiteConnection) { self.connection = connection }

  /// The tree over the first `size` events, from at most 255 rows of each level.
  func range(of size: UInt64) throws(SQLiteError) -> MerkleRange {
    var range = MerkleRange()
    for level in stride(from: Self.greatestLevel, through: 0, by: -MerkleRange.keptLevels) {
      let start = range.size >> UInt64(level)
      for hash in try hashes(level: level, start..<(size >> UInt64(level))) {
        range.append(hash, level: level)
      }
    }
    return range
  }

  /// The root over a part of the log that RFC 6962 makes one hash of.
  func root(of leaves: Range<UInt64>) throws(SQLiteError) -> SHA256Digest {
    var roots: [SHA256Digest] = []
    for subtree in MerkleSubtree.covering(leaves) { roots.append(try root(of: subtree)) }
    guard var root = roots.popLast() else { return MerkleHash.empty }
    while let left = roots.popLast() { root = MerkleHash.node(left, root) }
    return root
  }

  /// The hashes of a proof whose parts these are.
  func hashes(of parts: [Range<UInt64>]) throws(SQLiteError) -> [SHA256Digest] {
    var hashes: [SHA256Digest] = []
    for part in parts { hashes.append(try root(of: part)) }
    return hashes
  }

  private func root(of subtree: MerkleSubtree) throws(SQLiteError) -> SHA256Digest {
    let kept = subtree.level - subtree.level % MerkleRange.keptLevels
    let ratio = UInt64(1) << UInt64(subtree.level - kept)
    var range = MerkleRange()
    var unused: [MerkleRange.Completed] = []
    let numbers = subtree.number * ratio..<(subtree.number + 1) * ratio
    for hash in try hashes(level: kept, numbers) { range.append(hash, completed: &unused) }
    return range.root
  }

  /// The hashes of the subtrees of a kept level, or of the events at level 0, by their numbers.
  private func hashes(
    level: Int, _ numbers: Range<UInt64>
  ) throws(SQLiteError) -> [SHA256Digest] {
    guard !numbers.isEmpty else { return [] }
    let found: [SHA256Digest]
    if level == 0 {
      // Numbered from 1, where leaves are numbered from 0.
      let sql = "SELECT text FROM events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq"
      let bounds: [SQLiteValue] = [.count(numbers.lowerBound), .count(numbers.upperBound)]
      found = try connection.rows(sql, bounds) { row in MerkleHash.leaf(row.blob(0)[...]) }
    } else {
      let sql = """
        SELECT hash FROM tree WHERE level = ?1 AND number >= ?2 AND number < ?3 ORDER BY number
        """
      found = try connection.rows(
        sql, [.integer(Int64(level)), .count(numbers.lowerBound), .count(numbers.upperBound)]
      ) { row throws(SQLiteError) in try row.digest(0) }
    }
    guard UInt64(found.count) == numbers.upperBound - numbers.lowerBound else {
      throw .unreadableRow
    }
    return found
  }
}
