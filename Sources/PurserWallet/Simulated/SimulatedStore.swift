internal import Glibc
internal import LibSQLite
internal import PurserCore
internal import Synchronization

/// The SQLite file in which a simulated network lives, shared by the processes that use it.
final class SimulatedStore: Sendable {
  private let lock = Mutex(())
  // Used by one thread at a time: inside the lock.
  nonisolated(unsafe) private let connection: SQLiteConnection

  /// Opens the store, made with mode 0600 if it is missing.
  init(path: String) throws(SimulatedNetworkError) {
    // SQLite gives its side files the mode of the main one.
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
    do throws(SQLiteError) {
      let opened = try SQLiteConnection(path: path, busyTimeoutMs: 10_000)
      try Self.useWAL(opened)
      connection = opened
    } catch {
      throw .store(error.description)
    }
    try createTables()
  }

  /// Runs `body` in one transaction that no other process can come between.
  func transaction<Value: Sendable>(
    _ body: (SQLiteConnection) throws(SQLiteError) -> Value
  ) throws(SimulatedNetworkError) -> Value {
    do throws(SQLiteError) {
      return try lock.withLock { _ throws(SQLiteError) in
        try connection.transaction { () throws(SQLiteError) in try body(connection) }
      }
    } catch {
      throw .store(error.description)
    }
  }

  /// SQLite does not wait for a lock while it changes the journal's mode, so two processes that
  /// make the store together have to try again.
  private static func useWAL(_ connection: SQLiteConnection) throws(SQLiteError) {
    for _ in 0..<200 {
      do throws(SQLiteError) {
        // Without a full sync a power cut may lose payments, a killed process does not.
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        return
      } catch {
        guard error.primaryCode == SQLiteError.busyCode else { throw error }
        usleep(10_000)
      }
    }
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
  }

  private func createTables() throws(SimulatedNetworkError) {
    let version = try transaction { connection throws(SQLiteError) in
      let version = try connection.integer("PRAGMA user_version") ?? 0
      if version == 0 { try connection.execute(Self.schema) }
      if version < 2 { try connection.execute(Self.forgetfulNodes) }
      return version
    }
    guard version <= 2 else { throw .newerStore }
  }

  private static let schema = """
    CREATE TABLE network (name TEXT NOT NULL) STRICT;
    CREATE TABLE nodes (
      name TEXT PRIMARY KEY,
      private_key BLOB NOT NULL,
      balance_msat INTEGER NOT NULL CHECK (balance_msat BETWEEN 0 AND \(Msat.max.value)),
      delay_ms INTEGER NOT NULL DEFAULT 0,
      base_fee_msat INTEGER NOT NULL DEFAULT 0,
      fee_ppm INTEGER NOT NULL DEFAULT 0,
      is_reachable INTEGER NOT NULL DEFAULT 1
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE faults (
      id INTEGER PRIMARY KEY,
      node TEXT NOT NULL REFERENCES nodes (name),
      kind TEXT NOT NULL,
      delay_ms INTEGER NOT NULL,
      reason TEXT
    ) STRICT;
    CREATE TABLE invoices (
      payment_hash BLOB PRIMARY KEY,
      preimage BLOB NOT NULL,
      payee TEXT NOT NULL REFERENCES nodes (name),
      text TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE payments (
      id INTEGER PRIMARY KEY,
      payment_hash BLOB NOT NULL,
      payer TEXT NOT NULL REFERENCES nodes (name),
      payee TEXT NOT NULL REFERENCES nodes (name),
      amount_msat INTEGER NOT NULL,
      fee_msat INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'settled', 'failed')),
      reason TEXT,
      created_at_ms INTEGER NOT NULL,
      due_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX paid_once ON payments (payment_hash) WHERE state != 'failed';
    CREATE INDEX pending_by_time ON payments (due_at_ms) WHERE state = 'pending';
    CREATE INDEX by_hash ON payments (payment_hash, payer);
    """

  private static let forgetfulNodes = """
    ALTER TABLE nodes ADD COLUMN is_forgetful INTEGER NOT NULL DEFAULT 0;
    PRAGMA user_version = 2;
    """
}

extension SQLiteError {
  fileprivate static let busyCode: Int32 = 5
}
