internal import LibSQLite
internal import PurserCore

/// Gives the events and checkpoints of the log as lines of an export, page by page, each in a
/// transaction of its own: a long one would keep the writer's log from being put back into the
/// database.
struct LogExport {
  let connection: SQLiteConnection
  private static let pageLength: UInt64 = 8192

  /// Gives what comes after the first `start` events, up to event `end`; `write` returns whether to
  /// go on.
  ///
  /// A checkpoint of `start` events belongs to what came before.
  /// - Throws: ``SQLiteError``; ``SQLiteError/archivedMeanwhile`` when the writer took events out.
  func lines(
    after start: UInt64, upTo end: UInt64, _ write: ([UInt8]) throws(SQLiteError) -> Bool
  ) throws(SQLiteError) {
    var size = start
    while true {
      if size > start || start == 0,
        let checkpoint = try connection.checkpoint("WHERE size = ?1", [.count(size)]),
        try !write(AuditExport.Line.checkpoint(checkpoint).bytes)
      {
        return
      }
      guard size < end else { return }
      let next = try connection.integer(
        "SELECT min(size) FROM checkpoints WHERE size > ?1", [.count(size)])
      let stop = min(size + Self.pageLength, end, next.flatMap { UInt64(exactly: $0) } ?? .max)
      guard try page(size..<stop, write) else { return }
      size = stop
    }
  }

  private func page(
    _ page: Range<UInt64>, _ write: ([UInt8]) throws(SQLiteError) -> Bool
  ) throws(SQLiteError) -> Bool {
    var count: UInt64 = 0
    var goesOn = true
    try connection.forEachRow(
      "SELECT seq, text, hash FROM events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
      [.count(page.lowerBound), .count(page.upperBound)]
    ) { row throws(SQLiteError) in
      count += 1
      goesOn = try write(
        AuditExport.Line.event(sequence: try row.count(0), text: row.blob(1), hash: row.blob(2))
          .bytes)
      return goesOn
    }
    guard goesOn else { return false }
    // A log that lacks events for another reason is given as it is: who checks it finds out.
    if count < page.upperBound - page.lowerBound,
      try connection.logExtent().gone > page.lowerBound
    {
      throw .archivedMeanwhile
    }
    return true
  }
}

extension SQLiteError {
  /// Events that were to be read have left the database (SQLITE_BUSY).
  static let archivedMeanwhile = SQLiteError(
    code: 5, message: "events were archived meanwhile; try again")
}
