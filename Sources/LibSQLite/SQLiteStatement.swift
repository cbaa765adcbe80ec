internal import CSQLite

/// One prepared statement of a connection.
final class SQLiteStatement {
  fileprivate let pointer: OpaquePointer
  private let connection: OpaquePointer

  init(_ pointer: OpaquePointer, of connection: OpaquePointer) {
    self.pointer = pointer
    self.connection = connection
  }

  deinit { sqlite3_finalize(pointer) }

  /// Binds the parameters `?1`, `?2`, … in order.
  func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    precondition(
      values.count == Int(sqlite3_bind_parameter_count(pointer)),
      "a statement got another number of values than it has parameters")
    for (offset, value) in values.enumerated() {
      let index = Int32(offset + 1)
      let code =
        switch value {
        case .null: sqlite3_bind_null(pointer, index)
        case .integer(let number): sqlite3_bind_int64(pointer, index, number)
        case .text(let text): purser_bind_text(pointer, index, text, Int32(text.utf8.count))
        case .blob(let bytes): purser_bind_blob(pointer, index, bytes, Int32(bytes.count))
        }
      guard code == SQLITE_OK else { throw error(code) }
    }
  }

  /// Moves to the next row; false when there is none.
  func step() throws(SQLiteError) -> Bool {
    let code = sqlite3_step(pointer)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error(code)
    }
  }

  /// Ends the statement and forgets its values, so that no secret stays bound.
  func reset() {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  private func error(_ code: Int32) -> SQLiteError {
    SQLiteError(code: code, message: String(cString: sqlite3_errmsg(connection)))
  }
}

/// The current row of a statement; it is good only inside the closure that it is given to.
public struct SQLiteRow: ~Copyable {
  private let statement: SQLiteStatement

  init(_ statement: SQLiteStatement) { self.statement = statement }

  /// The integer in column `index`; 0 for NULL.
  public func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement.pointer, index) }

  /// The integer in column `index`, or nil for NULL.
  public func optionalInteger(_ index: Int32) -> Int64? {
    isNull(index) ? nil : integer(index)
  }

  /// The text in column `index`; empty for NULL.
  public func text(_ index: Int32) -> String {
    guard let start = sqlite3_column_text(statement.pointer, index) else { return "" }
    let length = Int(sqlite3_column_bytes(statement.pointer, index))
    return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
  }

  /// The text in column `index`, or nil for NULL.
  public func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

  /// The bytes in column `index`; none for NULL.
  public func blob(_ index: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement.pointer, index) else { return [] }
    let length = Int(sqlite3_column_bytes(statement.pointer, index))
    return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
  }

  /// The bytes in column `index`, or nil for NULL.
  public func optionalBlob(_ index: Int32) -> [UInt8]? { isNull(index) ? nil : blob(index) }

  private func isNull(_ index: Int32) -> Bool {
    sqlite3_column_type(statement.pointer, index) == SQLITE_NULL
  }
}
