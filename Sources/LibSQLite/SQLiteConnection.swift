internal import CSQLite

/// One connection to an SQLite database, with its prepared statements kept.
///
/// It belongs to one thread at a time; nothing in it is locked.
public final class SQLiteConnection {
  /// The connection of the C API: where simulations make it fail.
  package let handle: OpaquePointer
  /// How many pages the log had after the last commit: in a place of its own, which SQLite knows.
  let logLength = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  private var statements: [String: SQLiteStatement] = [:]

  /// How a database file is opened.
  public enum Mode: Sendable {
    /// Made if it is missing.
    case create
    /// It must exist; nothing is written.
    case readOnly
  }

  /// Opens the database at `path`.
  /// - Throws: ``SQLiteError`` when it cannot be opened.
  public init(path: String, mode: Mode = .create, busyTimeoutMs: Int32 = 5000) throws(SQLiteError) {
    let flags =
      switch mode {
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .readOnly: SQLITE_OPEN_READONLY
      }
    _ = Self.isSetUp
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, nil)
    guard let opened else {
      logLength.deallocate()
      throw SQLiteError(code: code, message: "out of memory")
    }
    guard code == SQLITE_OK else {
      let error = SQLiteError(
        code: sqlite3_extended_errcode(opened), message: String(cString: sqlite3_errmsg(opened)))
      sqlite3_close_v2(opened)
      logLength.deallocate()
      throw error
    }
    handle = opened
    logLength.initialize(to: 0)
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, busyTimeoutMs)
  }

  /// Sets the library up before its first use.
  private static let isSetUp: Bool = {
    purser_count_no_memory()
    return true
  }()

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
    logLength.deallocate()
  }

  /// Runs one or more statements that take no values and whose rows do not matter.
  /// - Throws: ``SQLiteError``.
  public func execute(_ sql: String) throws(SQLiteError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError }
  }

  /// Runs one statement with `values` for its parameters, and no rows.
  /// - Throws: ``SQLiteError``.
  public func run(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) {
    let statement = try statement(for: sql)
    defer { statement.reset() }
    statement.bind(values)
    while try statement.step() {}
  }

  /// The rows of one statement, each turned into a value by `read`.
  /// - Throws: ``SQLiteError``.
  public func rows<Value>(
    _ sql: String, _ values: [SQLiteValue] = [],
    _ read: (borrowing SQLiteRow) throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> [Value] {
    let statement = try statement(for: sql)
    defer { statement.reset() }
    statement.bind(values)
    var result: [Value] = []
    while try statement.step() { result.append(try read(SQLiteRow(statement))) }
    return result
  }

  /// Calls `visit` with each row, without keeping them; `visit` returns whether to go on.
  /// - Throws: ``SQLiteError``.
  public func forEachRow(
    _ sql: String, _ values: [SQLiteValue] = [],
    _ visit: (borrowing SQLiteRow) throws(SQLiteError) -> Bool
  ) throws(SQLiteError) {
    let statement = try statement(for: sql)
    defer { statement.reset() }
    statement.bind(values)
    while try statement.step() { guard try visit(SQLiteRow(statement)) else { return } }
  }

  /// The integer in the first column of the first row; nil when there is no row or it is NULL.
  /// - Throws: ``SQLiteError``.
  public func integer(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int64? {
    try rows(sql, values) { row in row.optionalInteger(0) }.first ?? nil
  }

  /// The text in the first column of the first row; nil when there is no row or it is NULL.
  /// - Throws: ``SQLiteError``.
  public func text(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> String? {
    try rows(sql, values) { row in row.optionalText(0) }.first ?? nil
  }

  /// Runs `body` in one transaction that takes the write lock at once; rolls back when it throws.
  /// - Throws: ``SQLiteError`` of `body` or of the commit; nothing was changed then.
  public func transaction<Value>(
    _ body: () throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> Value {
    do {
      try execute("BEGIN IMMEDIATE")
      let value = try body()
      try execute("COMMIT")
      return value
    } catch {
      // After some errors SQLite has rolled back already; then this one has nothing to do.
      if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// How many rows the last statement changed.
  public var changedRows: Int { Int(sqlite3_changes64(handle)) }

  /// A statement for `sql`, for whoever keeps it.
  /// - Throws: ``SQLiteError`` when it is no statement of this database.
  public func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw lastError }
    return SQLiteStatement(prepared, of: handle)
  }

  private func statement(for sql: String) throws(SQLiteError) -> SQLiteStatement {
    if let statement = statements[sql] { return statement }
    let statement = try prepare(sql)
    statements[sql] = statement
    return statement
  }

  var lastError: SQLiteError {
    SQLiteError(
      code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
  }
}
