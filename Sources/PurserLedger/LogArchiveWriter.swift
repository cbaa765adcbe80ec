internal import LibCrypto
internal import LibSQLite
public import PurserCore

// Writing old events to a file, in the form of an export.
extension SQLiteLedger {
  /// The most events that go into one file.
  public static let mostArchivedEvents: UInt64 = 1 << 20

  /// How far back the audit log reaches.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func logExtent() throws(Refusal) -> LogExtent {
    try readers.read { connection throws(SQLiteError) in try connection.logExtent() }
  }

  /// The head of the longest log that the next archive can end with: its events are older than
  /// `end`, fill whole rows of the tree, and are at most ``mostArchivedEvents``; nil when there is
  /// none.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func archivableLog(before end: Timestamp) throws(Refusal) -> LogHead? {
    try readers.read { connection throws(SQLiteError) in
      let log = try connection.logExtent()
      guard log.end - log.gone > LogArchive.tail else { return nil }
      let most = min(log.end - LogArchive.tail, log.gone + Self.mostArchivedEvents)
      let old = try connection.lastEvent(before: end, in: log.gone...most)
      let size = old - old % LogArchive.block
      guard size > log.gone else { return nil }
      return LogHead(size: size, root: try StoredTree(connection).range(of: size).root)
    }
  }

  /// Writes the events from the first in the database up to `last` to a new file beside it, which
  /// ends with their checkpoint; they stay until ``Command/archiveLog(_:)`` takes them out.
  ///
  /// What is written is checked as whoever gets the file will: nothing leaves the database that
  /// does not verify, by checkpoints that one of `keys` signed.
  /// - Throws: ``Refusal/storage(_:)``; there is no file then.
  public func writeLogArchive(
    upTo last: UInt64, keys: [NoteKey]
  ) throws(Refusal) -> (path: String, archive: LogArchive) {
    try readers.read(inOneState: false) { connection throws(SQLiteError) in
      let start = try connection.logStart()
      let first = start.size + 1
      let name = "events-\(Self.padded(first))-\(Self.padded(last))-\(now().milliseconds).jsonl"
      return try ArchiveOutput.write(name, beside: directory) { output throws(SQLiteError) in
        var check = AuditExportCheck(AuditVerifier(keys: keys))
        let line = AuditExport.Line.follows(start, until: last).bytes
        try Self.write(line, to: output, &check)
        try LogExport(connection: connection).lines(after: start.size, upTo: last) {
          line throws(SQLiteError) in
          try Self.write(line, to: output, &check)
          return true
        }
        if let fault = check.endFile() { throw .doesNotVerify(fault) }
        let archive = LogArchive(
          first: first, last: last, head: check.verifier.head, file: name, digest: output.digest)
        return (output.path, archive)
      }
    }
  }

  private static func write(
    _ line: [UInt8], to output: ArchiveOutput, _ check: inout AuditExportCheck
  ) throws(SQLiteError) {
    if let fault = check.read(line) { throw .doesNotVerify(fault) }
    try output.write(line: line)
  }

  /// With zeros before it, so that names are in the order of the events.
  private static func padded(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }
}

extension SQLiteConnection {
  /// The last event of `range` that was written before `end`, or the start of `range`; times never
  /// go back in the log.
  fileprivate func lastEvent(
    before end: Timestamp, in range: ClosedRange<UInt64>
  ) throws(SQLiteError) -> UInt64 {
    var (old, most) = (range.lowerBound, range.upperBound)
    while old < most {
      let middle = most - (most - old) / 2
      let sql = "SELECT time_ms FROM events WHERE seq = ?1"
      guard let time = try integer(sql, [.count(middle)]) else { throw .unreadableRow }
      if time < Int64(clamping: end.milliseconds) { old = middle } else { most = middle - 1 }
    }
    return old
  }
}

extension SQLiteError {
  /// The log has a fault, so that none of it can be archived (SQLITE_CORRUPT).
  fileprivate static func doesNotVerify(_ fault: AuditReport.Fault) -> SQLiteError {
    SQLiteError(code: 11, message: "the audit log does not verify: \(fault)")
  }
}
