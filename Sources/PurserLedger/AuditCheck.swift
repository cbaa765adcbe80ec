internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// Checks the audit log of a database: where it begins, the chain, the rows' columns, the recorded
/// end, the rows of the tree, and every checkpoint.
///
/// It reads page by page, each in a transaction of its own, up to where the log ended at the
/// start: a long one would keep the writer's log from being put back into the database.
struct AuditCheck {
  let connection: SQLiteConnection
  /// What it goes on from: nothing, or the archives of what came before.
  let verifier: AuditVerifier
  var progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }

  private static let pageLength: UInt64 = 8192

  /// Where the tables end, as one statement saw them.
  private struct Ends {
    let sequence: UInt64
    let head: SHA256Digest
    let lastEvent: UInt64
    let treeRows: UInt64
    let lastCheckpoint: UInt64
    var beginning: LogBeginning
  }

  func report() throws(SQLiteError) -> AuditReport {
    while true {
      let ends = try readEnds()
      let report = try report(upTo: ends)
      // Events that were taken out while they were read are no fault.
      guard report.fault != nil, try connection.logExtent().gone > ends.beginning.gone else {
        return report
      }
    }
  }

  private func report(upTo ends: Ends) throws(SQLiteError) -> AuditReport {
    var verifier = verifier
    var beginning = ends.beginning
    var fault = try beginning.check(connection, &verifier)
    if fault == nil { fault = try check(upTo: ends, &verifier, &beginning) }
    if fault == nil, ends.lastEvent > ends.sequence {
      fault = AuditReport.Fault(
        sequence: ends.sequence + 1, reason: "it stands beyond the recorded end of the log")
    }
    if fault == nil { fault = verifier.checkEnd(sequence: ends.sequence, head: ends.head) }
    if fault == nil { fault = beginning.checkStated() }
    if fault == nil { fault = Self.checkBeyond(ends) }
    return verifier.report(fault)
  }

  private func readEnds() throws(SQLiteError) -> Ends {
    let sql = """
      SELECT head_sequence, head_hash, (SELECT ifnull(max(seq), 0) FROM events),
        (SELECT count(*) FROM tree), (SELECT ifnull(max(size), 0) FROM checkpoints),
        gone_sequence, gone_hash, (SELECT min(seq) FROM events), \(LogArchive.columns)
      FROM meta LEFT JOIN log_archives ORDER BY first
      """
    var ends: Ends?
    try connection.forEachRow(sql) { row throws(SQLiteError) in
      if ends == nil {
        ends = Ends(
          sequence: try row.count(0), head: try row.digest(1), lastEvent: try row.count(2),
          treeRows: try row.count(3), lastCheckpoint: try row.count(4),
          beginning: LogBeginning(
            gone: try row.count(5), head: try row.digest(6), firstEvent: try row.optionalCount(7)))
      }
      if row.optionalInteger(8) != nil {
        ends?.beginning.archives.append(try LogArchive(row, from: 8))
      }
      return true
    }
    guard let ends else { throw .unreadableRow }
    return ends
  }

  private func check(
    upTo ends: Ends, _ verifier: inout AuditVerifier, _ beginning: inout LogBeginning
  ) throws(SQLiteError) -> AuditReport.Fault? {
    var next = try checkpoint(from: verifier.events, upTo: ends.sequence)
    while true {
      while let checkpoint = next, checkpoint.size <= verifier.events {
        if let fault = verifier.check(checkpoint) { return fault }
        next = try self.checkpoint(from: checkpoint.size + 1, upTo: ends.sequence)
      }
      let start = verifier.events
      guard start < ends.sequence else { return nil }
      // No page goes beyond the next checkpoint, which is about the events just before it.
      let end = min(start + Self.pageLength, ends.sequence, next?.size ?? .max)
      if let fault = try checkPage(start..<end, &verifier, &beginning) { return fault }
      guard verifier.events == end else { return nil }
      progress(end, ends.sequence)
    }
  }

  /// Checks the events after `page.lowerBound` up to `page.upperBound`.
  private func checkPage(
    _ page: Range<UInt64>, _ verifier: inout AuditVerifier, _ beginning: inout LogBeginning
  ) throws(SQLiteError) -> AuditReport.Fault? {
    var fault: AuditReport.Fault?
    let sql = """
      SELECT seq, text, hash, time_ms, node FROM events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq
      """
    let bounds: [SQLiteValue] = [.count(page.lowerBound), .count(page.upperBound)]
    try connection.forEachRow(sql, bounds) { row throws(SQLiteError) in
      let sequence = try row.count(0)
      let text = row.blob(1)
      fault = verifier.check(sequence: sequence, text: text, hash: row.blob(2))
      if fault == nil, !Self.columns(of: row, fit: text) {
        fault = AuditReport.Fault(
          sequence: sequence, reason: "its row states another time or grant than its text")
      }
      if fault == nil { fault = try connection.treeFault(verifier.completed) }
      if fault == nil { fault = beginning.take(text, sequence: sequence) }
      return fault == nil
    }
    return fault
  }

  private static func columns(of row: borrowing SQLiteRow, fit text: [UInt8]) -> Bool {
    guard let end = AuditEventEnd(text) else { return false }
    return UInt64(exactly: row.integer(3)) == end.timeMs && row.optionalBlob(4) == end.node?.bytes
  }

  /// Checkpoints and rows of the tree that stand beyond the recorded end.
  private static func checkBeyond(_ ends: Ends) -> AuditReport.Fault? {
    guard ends.lastCheckpoint <= ends.sequence else {
      return AuditReport.Fault(
        .checkpoint, sequence: ends.lastCheckpoint,
        reason: "the log ends at \(ends.sequence): it was cut short")
    }
    let levels = stride(from: UInt64(8), through: 56, by: 8)
    guard ends.treeRows == levels.reduce(0, { $0 + ends.sequence >> $1 }) else {
      return AuditReport.Fault(
        .tree, sequence: ends.sequence, reason: "there are rows beyond the end of the log")
    }
    return nil
  }

  /// The first checkpoint of at least `size` events.
  private func checkpoint(
    from size: UInt64, upTo end: UInt64
  ) throws(SQLiteError) -> StoredCheckpoint? {
    try connection.checkpoint(
      "WHERE size >= ?1 AND size <= ?2 ORDER BY size LIMIT 1", [.count(size), .count(end)])
  }
}

extension SQLiteConnection {
  /// The first of these hashes that the rows of the tree have otherwise.
  func treeFault(
    _ completed: [MerkleRange.Completed]
  ) throws(SQLiteError) -> AuditReport.Fault? {
    for item in completed {
      let subtree = item.subtree
      let found = try rows(
        "SELECT hash FROM tree WHERE level = ?1 AND number = ?2",
        [.integer(Int64(subtree.level)), .count(subtree.number)]
      ) { row in row.blob(0) }
      guard found.first == item.hash.bytes else {
        return AuditReport.Fault(
          .tree, sequence: (subtree.number + 1) << UInt64(subtree.level),
          reason: found.isEmpty ? "it is missing" : "it was changed")
      }
    }
    return nil
  }

  /// A checkpoint that `condition` chooses.
  func checkpoint(
    _ condition: String, _ values: [SQLiteValue] = []
  ) throws(SQLiteError) -> StoredCheckpoint? {
    try rows("SELECT size, note FROM checkpoints \(condition)", values) {
      row throws(SQLiteError) in StoredCheckpoint(size: try row.count(0), note: row.text(1))
    }.first
  }
}
