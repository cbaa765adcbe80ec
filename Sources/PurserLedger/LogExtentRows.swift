internal import LibCrypto
internal import LibSQLite
internal import PurserCore

// Where the log in the database begins, and the archives that have what came before.
extension SQLiteConnection {
  /// How far back the log reaches.
  func logExtent() throws(SQLiteError) -> LogExtent {
    let sql = """
      SELECT gone_sequence, (SELECT ifnull(max(last), 0) FROM log_archives), head_sequence FROM meta
      """
    let found = try rows(sql) { row throws(SQLiteError) in
      LogExtent(gone: try row.count(0), archived: try row.count(1), end: try row.count(2))
    }
    guard let extent = found.first else { throw .unreadableRow }
    return extent
  }

  /// What came before the first event in the database, as it is recorded.
  func logStart() throws(SQLiteError) -> LogStart {
    let found = try rows("SELECT gone_sequence, gone_hash FROM meta") { row throws(SQLiteError) in
      (try row.count(0), try row.digest(1))
    }
    guard let (sequence, hash) = found.first else { throw .unreadableRow }
    return LogStart(head: hash, tree: try StoredTree(self).range(of: sequence))
  }

  /// The archive that has event `sequence`.
  func logArchive(of sequence: UInt64) throws(SQLiteError) -> LogArchive? {
    try rows(
      "SELECT \(LogArchive.columns) FROM log_archives WHERE first <= ?1 AND last >= ?1",
      [.count(sequence)]
    ) { row throws(SQLiteError) in try LogArchive(row, from: 0) }.first
  }

  /// Notes an archive of the log.
  func write(_ archive: LogArchive) throws(SQLiteError) {
    try run(
      "INSERT INTO log_archives (\(LogArchive.columns)) VALUES (?1, ?2, ?3, ?4, ?5)",
      [
        .count(archive.first), .count(archive.last), .blob(archive.head.bytes),
        .text(archive.file), .text(archive.digest),
      ])
  }

  /// Takes out the next events that are in an archive, and records where the log begins now.
  func trimLog(atMost most: UInt64) throws(SQLiteError) {
    let log = try logExtent()
    let end = min(log.archived, log.gone + most)
    guard end > log.gone else { return }
    try run(
      """
      UPDATE meta SET gone_sequence = ?1, gone_hash = (SELECT hash FROM events WHERE seq = ?1)
      """, [.count(end)])
    try run("DELETE FROM events WHERE seq <= ?1", [.count(end)])
    // What is not there cannot have been in the file: somebody else took events out.
    guard UInt64(changedRows) == end - log.gone else { throw .unreadableRow }
  }
}

extension LogArchive {
  static let columns = "first, last, head, file, sha256"

  /// Reads the five columns from `column` on.
  init(_ row: borrowing SQLiteRow, from column: Int32) throws(SQLiteError) {
    self.init(
      first: try row.count(column), last: try row.count(column + 1),
      head: try row.digest(column + 2), file: row.text(column + 3),
      digest: row.text(column + 4))
  }
}
