internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// The end of the audit log: appends events, each hashed after the one before, and grows the tree
/// over them.
struct AuditTrail {
  private(set) var sequence: UInt64
  private(set) var head: SHA256Digest
  private(set) var lastTimeMs: UInt64
  private var tree: MerkleRange
  private let insertion: SQLiteStatement
  /// The text of the event at hand; its room is used again.
  private var text = CanonicalWriter()
  private var completed: [MerkleRange.Completed] = []

  /// The end of the log on disk.
  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    let end = try LogEnd(connection)
    sequence = end.sequence
    head = end.head
    lastTimeMs = end.lastTimeMs
    tree = try StoredTree(connection).range(of: end.sequence)
    insertion = try connection.prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")
  }

  mutating func append(
    _ event: AuditEvent, at now: Timestamp, to connection: SQLiteConnection
  ) throws(SQLiteError) {
    sequence += 1
    text.clear()
    event.write(sequence: sequence, at: now, to: &text)
    head = AuditChain.hash(after: head, text: text.bytes)
    lastTimeMs = now.milliseconds
    insertion.bind(1, count: sequence)
    insertion.bind(2, now)
    insertion.bind(3, event.node)
    insertion.bind(4, utf8: text.bytes)
    insertion.bind(5, head.bytes)
    try insertion.run()
    tree.append(MerkleHash.leaf(text.bytes), completed: &completed)
    if !completed.isEmpty { try writeCompleted(to: connection) }
  }

  /// Writes down where the log ends, so that a log that was cut short shows.
  func recordHead(in connection: SQLiteConnection) throws(SQLiteError) {
    try connection.run(
      "UPDATE meta SET head_sequence = ?1, head_hash = ?2, last_time_ms = ?3",
      [.count(sequence), .blob(head.bytes), .count(lastTimeMs)])
  }

  private mutating func writeCompleted(to connection: SQLiteConnection) throws(SQLiteError) {
    for item in completed {
      try connection.run(
        "INSERT INTO tree VALUES (?1, ?2, ?3)",
        [
          .integer(Int64(item.subtree.level)), .count(item.subtree.number),
          .blob(item.hash.bytes),
        ])
    }
    completed.removeAll(keepingCapacity: true)
  }
}

/// Where the database says that the log ends.
struct LogEnd {
  let sequence: UInt64
  let head: SHA256Digest
  let lastTimeMs: UInt64

  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    let sql = "SELECT head_sequence, head_hash, last_time_ms FROM meta"
    let found = try connection.rows(sql) { row throws(SQLiteError) in
      (try row.count(0), try row.digest(1), try row.count(2))
    }
    guard let (sequence, head, lastTimeMs) = found.first else { throw .unreadableRow }
    self.sequence = sequence
    self.head = head
    self.lastTimeMs = lastTimeMs
  }
}
