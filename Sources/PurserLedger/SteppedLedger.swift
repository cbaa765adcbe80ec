package import LibSQLite
package import PurserCore

/// The ledger on disk without its thread and its timers: whoever has it says when each thing is
/// done, so that the same steps do the same in each run.
///
/// It takes no lock file. It is what simulations drive.
package final class SteppedLedger {
  /// The connection that writes.
  package let connection: SQLiteConnection
  private let writer: Writer
  private let clock: LedgerClock
  private let settings: LedgerSettings

  /// Opens the ledger at `path`, and makes it when there is none.
  /// - Throws: ``LedgerOpenError``.
  package init(
    path: String, settings: LedgerSettings, wallClock: @escaping @Sendable () -> Timestamp
  ) throws(LedgerOpenError) {
    connection = try Database(path: path).connection
    clock = LedgerClock(wallClock: wallClock)
    self.settings = settings
    do throws(SQLiteError) {
      writer = try Writer(connection: connection, clock: clock, settings: settings)
    } catch { throw .storage(path: path, error) }
  }

  /// The state in memory.
  package var state: LedgerState { writer.state }

  /// The time of the next group.
  package func now() -> Timestamp { clock.now() }

  /// Applies a group, after what has run out when `sweeping`.
  /// - Throws: ``SQLiteError``; nothing was changed.
  package func commit(
    _ requests: [LedgerRequest], sweeping: Bool
  ) throws(SQLiteError) -> [Result<Applied, Refusal>] {
    defer { writer.putBackLog() }
    return try writer.commit(requests, sweeping: sweeping)
  }

  /// Lets go of nodes that are over.
  package func letGo() { writer.letGo() }

  /// Deletes answers that nobody can ask for any more.
  package func prune() { writer.prune() }

  /// The state that a restart would make of the rows.
  /// - Throws: ``SQLiteError``.
  package func stateOnDisk() throws(SQLiteError) -> LedgerState {
    try LedgerState(reading: connection, state.bounds, settings.calendar)
  }

  /// A node as its row has it.
  /// - Throws: ``SQLiteError``.
  package func node(_ id: NodeID) throws(SQLiteError) -> Node? { try connection.node(id) }

  /// All nodes as their rows have them.
  /// - Throws: ``SQLiteError``.
  package func nodes() throws(SQLiteError) -> [Node] {
    try connection.rows("SELECT \(Node.columns) FROM \(Node.tables)") { row throws(SQLiteError) in
      try Node(row)
    }
  }

  /// A hold, open or ended.
  /// - Throws: ``SQLiteError``.
  package func hold(_ id: HoldID) throws(SQLiteError) -> Hold? { try connection.hold(id) }

  /// Recomputes every counter from the rows.
  /// - Throws: ``SQLiteError``.
  package func verifyLedger() throws(SQLiteError) -> LedgerReport {
    try LedgerCheck.report(on: connection)
  }

  /// How far back the audit log reaches.
  /// - Throws: ``SQLiteError``.
  package func logExtent() throws(SQLiteError) -> LogExtent { try connection.logExtent() }

  /// The archive that would have the events from the first in the database up to `last`, as if it
  /// had been written.
  /// - Throws: ``SQLiteError``.
  package func logArchive(upTo last: UInt64) throws(SQLiteError) -> LogArchive? {
    let first = try connection.logExtent().gone + 1
    let hashes = try connection.rows("SELECT hash FROM events WHERE seq = ?1", [.count(last)]) {
      row throws(SQLiteError) in try row.digest(0)
    }
    return hashes.first.map { head in
      LogArchive(
        first: first, last: last, head: head, file: "events-\(first)-\(last).jsonl",
        digest: String(repeating: "0", count: 64))
    }
  }

  /// Checks the whole log, which has no checkpoints.
  /// - Throws: ``SQLiteError``.
  package func verifyAudit() throws(SQLiteError) -> AuditReport {
    try AuditCheck(connection: connection, verifier: AuditVerifier()).report()
  }
}
