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
  /// It goes on from `verifier`, which has the keys, and may have checked the archives before.
  /// `progress` is told how many events were checked, and of how many.
  /// - Throws: ``AuditDatabaseError/unreadable(_:)``.
  public func verify(
    _ verifier: AuditVerifier,
    progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(AuditDatabaseError) -> AuditReport {
    try read { connection throws(SQLiteError) in
      try AuditCheck(connection: connection, verifier: verifier, progress: progress).report()
    }
  }

  /// Checks the whole log as it is now.
  ///
  /// Checkpoints must be signed by one of `keys`, and the log must agree with those in `kept`,
  /// which came from elsewhere.
  /// - Throws: ``AuditDatabaseError/unreadable(_:)``.
  public func verify(
    keys: [NoteKey], kept: [Checkpoint] = []
  ) throws(AuditDatabaseError) -> AuditReport {
    try verify(AuditVerifier(keys: keys, kept: kept))
  }

  /// Gives each line of an export of the log as it is now, without its line feed.
  ///
  /// `write` returns whether to go on.
  /// - Throws: ``AuditDatabaseError/unreadable(_:)``.
  public func export(_ write: ([UInt8]) -> Bool) throws(AuditDatabaseError) {
    try read { connection throws(SQLiteError) in
      let end = try LogEnd(connection).sequence
      let start = try connection.logStart()
      guard start.size == 0 || write(AuditExport.Line.follows(start, until: nil).bytes) else {
        return
      }
      try LogExport(connection: connection).lines(after: start.size, upTo: end) { write($0) }
    }
  }

  /// A proof that event `sequence` is in the log, for the latest checkpoint.
  /// - Throws: ``AuditDatabaseError/noEvent(_:)``, ``AuditDatabaseError/archived(_:file:)`` when
  ///   the event has left the database, or ``AuditDatabaseError/noCheckpoint(after:)`` when no
  ///   checkpoint is about that event yet.
  public func prove(event sequence: UInt64) throws(AuditDatabaseError) -> LogProof {
    let found = try read { connection throws(SQLiteError) in
      try connection.rows("SELECT text FROM events WHERE seq = ?1", [.count(sequence)]) { row in
        row.blob(0)
      }.first
    }
    guard sequence > 0, let event = found else { throw try missing(sequence) }
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
  /// - Throws: ``AuditDatabaseError/noCheckpoint(after:)`` when no checkpoint has so many events,
  ///   or ``AuditDatabaseError/growthArchived(from:file:)`` when the proof would need events that
  ///   have left the database.
  public func prove(growthFrom size: UInt64) throws(AuditDatabaseError) -> GrowthProof {
    let latest = try latestCheckpoint()
    guard let latest, let parts = MerkleProof.consistencyParts(from: size, to: latest.size) else {
      throw .noCheckpoint(after: size)
    }
    // Within a row of the tree the hashes are made from the events themselves.
    if size % LogArchive.block != 0, let archive = try archive(of: size) {
      throw .growthArchived(from: size, file: archive.file)
    }
    let path = try read { connection throws(SQLiteError) in
      try StoredTree(connection).hashes(of: parts)
    }
    return GrowthProof(earlier: size, path: path, checkpoint: latest.note)
  }

  /// Why there is no event `sequence`.
  private func missing(_ sequence: UInt64) throws(AuditDatabaseError) -> AuditDatabaseError {
    try archive(of: sequence).map { .archived(sequence, file: $0.file) } ?? .noEvent(sequence)
  }

  /// The archive with event `sequence`, if that has left the database.
  private func archive(of sequence: UInt64) throws(AuditDatabaseError) -> LogArchive? {
    try read { connection throws(SQLiteError) in
      guard try connection.logExtent().gone >= sequence else { return nil }
      return try connection.logArchive(of: sequence)
    }
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
  /// The event has left the database; `file` is the archive that has it.
  case archived(UInt64, file: String)
  /// Events that a proof of growth from so many would need have left the database.
  case growthArchived(from: UInt64, file: String)
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
    case .archived(let sequence, let file):
      "event \(sequence) was archived: archives/\(file) beside the database has it; prove it with"
        + " `purser audit prove \(sequence) --file \(file)`"
    case .growthArchived(let size, let file):
      "events after the first \(size) that the proof needs were archived, in archives/\(file)"
        + " beside the database; check the archives and the database against the checkpoint, with"
        + " `purser audit verify --file … --database … --checkpoint …`"
    case .noCheckpoint(let size):
      "no checkpoint covers \(size) events: make one with `purser audit checkpoint`"
    }
  }
}
