internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// The most grants that go into one file.
  public static let mostArchivedGrants: UInt64 = 100_000

  /// Writes subtrees that ended before `end` to a new file beside the ledger; they stay in the
  /// ledger until ``Command/archive(_:)`` takes them out.
  ///
  /// A subtree goes in whole; after ``mostArchivedGrants`` grants no further one does.
  /// - Returns: What is in the file; nil when there is nothing to archive.
  /// - Throws: ``Refusal/storage(_:)``.
  public func writeArchive(endedBefore end: Timestamp) throws(Refusal) -> ArchiveFile? {
    let name = "grants-\(now().milliseconds).jsonl"
    return try readers.read { connection throws(SQLiteError) in
      let roots = try connection.archivableRoots(endedBefore: end)
      guard !roots.isEmpty else { return nil }
      return try ArchiveOutput.write(name, beside: directory) { output throws(SQLiteError) in
        var writer = ArchiveWriter(connection: connection, output: output)
        return try writer.write(roots, madeAt: now())
      }
    }
  }
}

extension SQLiteConnection {
  /// The topmost nodes whose subtrees can be archived, the oldest first.
  fileprivate func archivableRoots(endedBefore end: Timestamp) throws(SQLiteError) -> [Node] {
    let canGo = { (table: String) in
      """
      (\(table).is_open = 0 AND \(table).is_registered = 1 AND \(table).held_msat = 0
        AND \(table).escrowed_msat = 0 AND \(table).valid_until_s < ?1)
      """
    }
    // A parent that stays has a child that goes; one that goes takes its children along.
    let sql = """
      SELECT \(Node.columns) FROM \(Node.tables)
      WHERE \(canGo("nodes")) AND NOT ifnull(\(canGo("above")), 0) ORDER BY nodes.number
      """
    var roots: [Node] = []
    var count: UInt64 = 0
    try forEachRow(sql, [.count(end.seconds)]) { row throws(SQLiteError) in
      let node = try Node(row)
      roots.append(node)
      count += node.descendants + 1
      return count < SQLiteLedger.mostArchivedGrants
    }
    return roots
  }
}

/// Writes the rows of subtrees as lines of canonical JSON.
private struct ArchiveWriter {
  let connection: SQLiteConnection
  let output: ArchiveOutput
  private var counts = ArchiveCounts()

  init(connection: SQLiteConnection, output: ArchiveOutput) {
    self.connection = connection
    self.output = output
  }

  private static let below = """
    WITH RECURSIVE below (number) AS (
      VALUES (?1) UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number)
    """

  mutating func write(_ roots: [Node], madeAt time: Timestamp) throws(SQLiteError) -> ArchiveFile {
    try output.write(line: ArchiveLine.start(madeAt: time))
    for root in roots { try write(root) }
    let digest = output.digest
    try output.write(line: ArchiveLine.end(counts, digest: digest))
    return ArchiveFile(
      path: output.path, digest: digest,
      roots: roots.map { (id: $0.id, grants: $0.descendants + 1) }, grants: counts.grants,
      holds: counts.holds)
  }

  private mutating func write(_ root: Node) throws(SQLiteError) {
    let number = [SQLiteValue.count(root.number)]
    try connection.forEachRow(
      "\(Self.below) SELECT \(Node.columns) FROM below CROSS JOIN \(Node.tables) "
        + "WHERE nodes.number = below.number ORDER BY nodes.number", number
    ) { row throws(SQLiteError) in
      try output.write(line: ArchiveLine.node(try Node(row)))
      counts.grants += 1
      return true
    }
    try connection.forEachRow(
      "\(Self.below) SELECT \(Hold.columns) FROM below CROSS JOIN \(Hold.tables) "
        + "WHERE holds.node = below.number ORDER BY holds.id", number
    ) { row throws(SQLiteError) in
      try output.write(line: ArchiveLine.hold(try Hold(row)))
      counts.holds += 1
      return true
    }
    try connection.forEachRow(
      "\(Self.below) SELECT \(Payment.columns) FROM payments WHERE hold IN "
        + "(SELECT id FROM holds WHERE node IN below) ORDER BY payments.number", number
    ) { row throws(SQLiteError) in
      try output.write(line: ArchiveLine.payment(try Payment(row)))
      counts.payments += 1
      return true
    }
  }
}
