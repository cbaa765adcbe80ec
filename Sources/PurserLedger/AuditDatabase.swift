internal import LibSQLite
public import PurserCore

/// The audit log of a ledger's database, opened for reading alone: beside a daemon that works on
/// it, or with none.
public final class AuditDatabase {
  private let connection: SQLiteConnection

  /// Opens the database at `path`; nothing in it is changed.
  /// - Throws: ``AuditDatabaseError`` when it is no ledger of this version.
  public init(path: String) throws(AuditDatabaseError) {
    do throws(SQLiteError) {
      connection = try SQLiteConnection(path: path, mode: .readOnly)
      let application = try connection.integer("PRAGMA application_id")
      let version = try connection.integer("PRAGMA user_version")
      guard application == Schema.applicationID, version == Schema.version else {
        throw SQLiteError.unreadableRow
      }
    } catch {
      throw error == .unreadableRow ? .notALedger(path: path) : .unreadable("\(path): \(error)")
    }
  }

  /// Checks the whole log as it is now.
  ///
  /// Checkpoints must be signed by one of `keys`, and the log must agree with those in `kept`,
  /// which came from elsewhere. `progress` is told how many events were checked, and of how many.
  /// - Throws: ``AuditDatabaseError/unreadable(_:)``.
  public func verify(
    keys: [NoteKey], kept: [Checkpoint] = [],
    progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(AuditDatabaseError) -> AuditReport {
    try read { connection throws(SQLiteError) in
      try AuditCheck(connection: connection, keys: keys, kept: kept, progress: progress).report()
    }
  }

  /// Gives each line of an export of the log as it is now, without its line feed.
  ///
  /// `write` returns whether to go on.
  /// - Throws: ``AuditDatabaseError/unreadable(_:)``.
  public func export(_ write: ([UInt8]) -> Bool) throws(AuditDatabaseError) {
    try read { connection throws(SQLiteError) in
      let end = try LogEnd(connection).sequence
      var start: UInt64 = 0
      while true {
        if let checkpoint = try connection.checkpoint("WHERE size = ?1", [.count(start)]),
          !write(AuditExport.Line.checkpoint(checkpoint).bytes)
        {
          return
        }
        guard start < end else { return }
        let next = try connection.integer(
          "SELECT min(size) FROM checkpoints WHERE size > ?1", [.count(start)])
        let stop = min(start + 8192, end, next.flatMap { UInt64(exactly: $0) } ?? .max)
        var goesOn = true
        try connection.forEachRow(
          "SELECT seq, text, hash FROM events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
          [.count(start), .count(stop)]
        ) { row throws(SQLiteError) in
          let line = AuditExport.Line.event(
            sequence: try row.count(0), text: row.blob(1), hash: row.blob(2))
          goesOn = write(line.bytes)
          return goesOn
        }
        guard goesOn else { return }
        start = stop
      }
    }
  }

  /// A proof that event `sequence` is in the log, for the latest checkpoint.
  /// - Throws: ``AuditDatabaseError/noEvent(_:)``, or ``AuditDatabaseError/noCheckpoint(after:)``
  ///   when no checkpoint is about that event yet.
  public func prove(event sequence: UInt64) throws(AuditDatabaseError) -> LogProof {
    let found = try read { connection throws(SQLiteError) in
      try connection.rows("SELECT text FROM events WHERE seq = ?1", [.count(sequence)]) { row in
        row.blob(0)
      }.first
    }
    guard sequence > 0, let event = found else { throw .noEvent(sequence) }
    let latest = try latestCheckpoint()
    guard let latest, latest.size >= sequence,
      let parts = MerkleProof.inclusionParts(index: sequence - 1, size: latest.size)
    else { throw .noCheckpoint(after: sequence) }
    let path = try read { connection throws(SQLiteError) in
      try StoredTree(connection).hashes(of: parts)
    }
    return LogProof(event: event, index: sequence - 1, path: path, checkpoint: latest.note)
  }

  /// A proof that the log of the latest checkpoint begins with its first `size` events as they
  /// were.
  /// - Throws: ``AuditDatabaseError/noCheckpoint(after:)`` when no checkpoint has so many events.
  public func prove(growthFrom size: UInt64) throws(AuditDatabaseError) -> GrowthProof {
    let latest = try latestCheckpoint()
    guard let latest, let parts = MerkleProof.consistencyParts(from: size, to: latest.size) else {
      throw .noCheckpoint(after: size)
    }
    let path = try read { connection throws(SQLiteError) in
      try StoredTree(connection).hashes(of: parts)
    }
    return GrowthProof(earlier: size, path: path, checkpoint: latest.note)
  }

  private func latestCheckpoint() throws(AuditDatabaseError) -> StoredCheckpoint? {
    try read { connection throws(SQLiteError) in
      try connection.checkpoint("ORDER BY size DESC LIMIT 1")
    }
  }

  private func read<Value>(
    _ body: (SQLiteConnection) throws(SQLiteError) -> Value
  ) throws(AuditDatabaseError) -> Value {
    do throws(SQLiteError) { return try body(connection) } catch { throw .unreadable("\(error)") }
  }
}

/// Why the audit log of a database could not be read, or proves nothing.
public enum AuditDatabaseError: Error, Equatable, Sendable {
  /// The file is no ledger, or one of another version of the program.
  case notALedger(path: String)
  /// SQLite refused; its own words.
  case unreadable(String)
  /// There is no event of that number.
  case noEvent(UInt64)
  /// No checkpoint is about so many events.
  case noCheckpoint(after: UInt64)
}

extension AuditDatabaseError: CustomStringConvertible {
  /// What is wrong and what to do about it, in one line.
  public var description: String {
    switch self {
    case .notALedger(let path):
      "\(path) is no ledger of this version: name the ledger.db in the daemon's data directory"
    case .unreadable(let reason):
      "the database cannot be read: \(reason); name the ledger.db in the daemon's data directory"
        + " and run this as the daemon's user"
    case .noEvent(let sequence):
      "there is no event \(sequence): events are numbered from 1"
    case .noCheckpoint(let size):
      "no checkpoint covers \(size) events: make one with `purser audit checkpoint`"
    }
  }
}
