internal import LibSQLite
public import PurserCore

// The reads of the audit log. They see what was committed, and never wait for the writer.
extension SQLiteLedger {
  /// Checks the whole log; checkpoints must be signed by one of `keys`.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func verifyAudit(keys: [NoteKey]) throws(Refusal) -> AuditReport {
    try readers.read(inOneState: false) { connection throws(SQLiteError) in
      try AuditCheck(connection: connection, verifier: AuditVerifier(keys: keys)).report()
    }
  }

  /// The number of the last event on disk: at once, and then whenever it has grown.
  public func committedEvents() -> AsyncStream<UInt64> { commits.stream() }

  /// How many events the log has, and the root of the tree over them.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func logHead() throws(Refusal) -> LogHead {
    try readers.read { connection throws(SQLiteError) in
      let size = try LogEnd(connection).sequence
      return LogHead(size: size, root: try StoredTree(connection).range(of: size).root)
    }
  }

  /// The checkpoint of the greatest size.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func latestCheckpoint() throws(Refusal) -> StoredCheckpoint? {
    try readers.read { connection throws(SQLiteError) in
      try connection.checkpoint("ORDER BY size DESC LIMIT 1")
    }
  }
}
