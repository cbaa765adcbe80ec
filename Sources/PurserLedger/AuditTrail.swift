internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// The end of the audit log: appends events, each hashed after the one before.
struct AuditTrail {
  private(set) var sequence: UInt64
  private(set) var head: SHA256Digest
  private(set) var lastTimeMs: UInt64
  /// The text of the event at hand; its room is used again.
  private var text = CanonicalWriter()

  /// The end of the log on disk.
  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    let sql = "SELECT head_sequence, head_hash, last_time_ms FROM meta"
    let found = try connection.rows(sql) { row throws(SQLiteError) in
      (try row.count(0), row.blob(1), try row.count(2))
    }
    guard let (sequence, hash, lastTimeMs) = found.first, let head = SHA256Digest(hash) else {
      throw .unreadableRow
    }
    self.sequence = sequence
    self.head = head
    self.lastTimeMs = lastTimeMs
  }

  mutating func append(
    _ event: AuditEvent, at now: Timestamp, to connection: SQLiteConnection
  ) throws(SQLiteError) {
    sequence += 1
    text.clear()
    event.write(sequence: sequence, at: now, to: &text)
    head = AuditChain.hash(after: head, text: text.bytes)
    lastTimeMs = now.milliseconds
    try connection.run(
      "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)",
      [
        .count(sequence), .time(now), .id(event.node),
        .text(text.text), .blob(head.bytes),
      ])
  }

  /// Writes down where the log ends, so that a log that was cut short shows.
  func recordHead(in connection: SQLiteConnection) throws(SQLiteError) {
    try connection.run(
      "UPDATE meta SET head_sequence = ?1, head_hash = ?2, last_time_ms = ?3",
      [.count(sequence), .blob(head.bytes), .count(lastTimeMs)])
  }
}
