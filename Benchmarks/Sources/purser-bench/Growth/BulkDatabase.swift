internal import CBulkSQLite

/// A database that is filled quickly: one transaction, and nothing durable until its end.
final class BulkDatabase {
  private let handle: OpaquePointer

  init(path: String) throws(BenchError) {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw BenchError("\(path) cannot be opened: SQLite's code is \(code)")
    }
    handle = opened
  }

  deinit { sqlite3_close_v2(handle) }

  func execute(_ sql: String) throws(BenchError) {
    try require(
      sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK,
      "\(String(cString: sqlite3_errmsg(handle))): \(sql.prefix(200))")
  }

  func prepare(_ sql: String) throws(BenchError) -> BulkStatement {
    var prepared: OpaquePointer?
    sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard let prepared else {
      throw BenchError("\(String(cString: sqlite3_errmsg(handle))): \(sql.prefix(200))")
    }
    return BulkStatement(prepared)
  }

  /// The statements that made the indexes of a table, beside those that it cannot be without.
  func indexes(of table: String) throws(BenchError) -> [(name: String, sql: String)] {
    let query = try prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
        + "AND tbl_name = '\(table)'")
    var indexes: [(name: String, sql: String)] = []
    while try query.step() { indexes.append((query.text(0), query.text(1))) }
    return indexes
  }
}

/// A statement that is run again and again.
final class BulkStatement {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { sqlite3_finalize(handle) }

  /// Runs an insertion with these values, in the order of its parameters.
  func insert(_ values: [BulkValue]) throws(BenchError) {
    for (index, value) in values.enumerated() { bind(value, at: Int32(index + 1)) }
    _ = try step()
    sqlite3_reset(handle)
  }

  /// The next row; false when there is none.
  func step() throws(BenchError) -> Bool {
    let code = sqlite3_step(handle)
    try require(
      code == SQLITE_ROW || code == SQLITE_DONE,
      String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    return code == SQLITE_ROW
  }

  func text(_ column: Int32) -> String {
    sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
  }

  private func bind(_ value: BulkValue, at index: Int32) {
    // SQLite copies the bytes.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: sqlite3_bind_null(handle, index)
    case .integer(let number): sqlite3_bind_int64(handle, index, number)
    case .text(var text):
      text.withUTF8 { bytes in
        _ = bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count), copied)
        }
      }
    case .blob(let bytes):
      sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), copied)
    }
  }
}

/// A value of a column.
enum BulkValue {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
}
