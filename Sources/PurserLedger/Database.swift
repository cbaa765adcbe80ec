internal import LibSQLite

/// The database as the writer opens it: checked for what it is, migrated, and durable.
struct Database {
  let path: String
  let connection: SQLiteConnection

  private static let notADatabaseCode: Int32 = 26
  private static let readOnlyCode: Int32 = 8

  /// Opens the one connection that writes the ledger at `path`.
  init(path: String) throws(LedgerOpenError) {
    self.path = path
    do throws(SQLiteError) { connection = try SQLiteConnection(path: path) } catch {
      throw Self.openError(error, path: path)
    }
    let version = try checkOwner()
    try makeDurable()
    for (offset, migration) in Schema.migrations.enumerated() where offset >= version {
      try migrate(to: offset + 1, by: migration)
    }
  }

  /// The version of the schema, once it is clear that the file is a ledger or empty.
  private func checkOwner() throws(LedgerOpenError) -> Int64 {
    let version = try integer("PRAGMA user_version")
    let application = try integer("PRAGMA application_id")
    let tables = try integer("SELECT count(*) FROM sqlite_schema")
    let isEmpty = application == 0 && version == 0 && tables == 0
    guard isEmpty || application == Schema.applicationID else { throw .notALedger(path: path) }
    guard version <= Schema.version else {
      throw .newerVersion(path: path, found: version, supported: Schema.version)
    }
    return version
  }

  /// A commit that was acknowledged must survive power loss; what SQLite made of each setting is
  /// read back, since it takes some of them silently and not at all.
  private func makeDurable() throws(LedgerOpenError) {
    try mapErrors { () throws(SQLiteError) in
      _ = try connection.text("PRAGMA journal_mode = WAL")
      try connection.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
    }
    for (setting, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")]
    {
      let found = try mapErrors { () throws(SQLiteError) in
        try connection.text("PRAGMA \(setting)")
      }
      guard found == wanted else {
        throw .notDurable(path: path, setting: setting, found: found ?? "")
      }
    }
  }

  private func migrate(to version: Int, by statements: String) throws(LedgerOpenError) {
    try mapErrors { () throws(SQLiteError) in
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute(statements)
        try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
        try connection.execute("PRAGMA user_version = \(version)")
      }
    }
  }

  private func integer(_ sql: String) throws(LedgerOpenError) -> Int64 {
    try mapErrors { () throws(SQLiteError) in try connection.integer(sql) ?? 0 }
  }

  private func mapErrors<Value>(
    _ body: () throws(SQLiteError) -> Value
  ) throws(LedgerOpenError) -> Value {
    do throws(SQLiteError) { return try body() } catch {
      throw Self.openError(error, path: path)
    }
  }

  private static func openError(_ error: SQLiteError, path: String) -> LedgerOpenError {
    switch error.primaryCode {
    case notADatabaseCode: .notADatabase(path: path)
    case readOnlyCode: .readOnly(path: path)
    default: .storage(path: path, error)
    }
  }
}
