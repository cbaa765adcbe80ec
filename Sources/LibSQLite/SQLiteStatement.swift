internal import CSQLite

/// One prepared statement of a connection.
///
/// For statements that run often: the values are bound in place, by the number of the parameter,
/// from 1. An error of binding is thrown when the statement runs.
public final class SQLiteStatement {
  fileprivate let pointer: OpaquePointer
  private let connection: OpaquePointer
  private var bindError: Int32 = SQLITE_OK

  init(_ pointer: OpaquePointer, of connection: OpaquePointer) {
    self.pointer = pointer
    self.connection = connection
  }

  deinit { sqlite3_finalize(pointer) }

  /// Binds an integer.
  public func bind(_ index: Int32, _ value: Int64) {
    note(sqlite3_bind_int64(pointer, index, value))
  }

  /// Binds NULL.
  public func bindNull(_ index: Int32) { note(sqlite3_bind_null(pointer, index)) }

  /// Binds a text.
  public func bind(_ index: Int32, _ text: String) {
    var text = text
    let code = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        purser_bind_text(pointer, index, $0.baseAddress, Int32($0.count))
      }
    }
    note(code)
  }

  /// Binds a text whose UTF-8 is in `bytes`.
  public func bind(_ index: Int32, utf8 bytes: ArraySlice<UInt8>) {
    let code = bytes.withUnsafeBytes { buffer in
      purser_bind_text(
        pointer, index, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
        Int32(buffer.count))
    }
    note(code)
  }

  /// Binds bytes; an empty array is an empty blob, not NULL.
  public func bind(_ index: Int32, _ bytes: [UInt8]) {
    note(purser_bind_blob(pointer, index, bytes, Int32(bytes.count)))
  }

  /// Binds the 16 bytes of two words, the most significant byte first.
  public func bind(_ index: Int32, _ high: UInt64, _ low: UInt64) {
    let code = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
      purser_bind_blob(pointer, index, bytes.baseAddress, Int32(bytes.count))
    }
    note(code)
  }

  /// Binds the parameters in order.
  func bind(_ values: [SQLiteValue]) {
    precondition(
      values.count == Int(sqlite3_bind_parameter_count(pointer)),
      "a statement got another number of values than it has parameters")
    for (offset, value) in values.enumerated() {
      let index = Int32(offset + 1)
      switch value {
      case .null: bindNull(index)
      case .integer(let number): bind(index, number)
      case .text(let text): bind(index, text)
      case .blob(let bytes): bind(index, bytes)
      }
    }
  }

  /// Runs the statement with the values that are bound, and forgets them; its rows do not matter.
  /// - Throws: ``SQLiteError``.
  public func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// Runs the statement with the values that are bound, and forgets them.
  /// - Returns: What `read` makes of the first row; nil when there is none.
  /// - Throws: ``SQLiteError``.
  public func first<Value>(
    _ read: (borrowing SQLiteRow) throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> Value? {
    defer { reset() }
    return try step() ? try read(SQLiteRow(self)) : nil
  }

  /// Moves to the next row; false when there is none.
  func step() throws(SQLiteError) -> Bool {
    guard bindError == SQLITE_OK else { throw error(bindError) }
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
    bindError = SQLITE_OK
  }

  private func note(_ code: Int32) {
    if code != SQLITE_OK, bindError == SQLITE_OK { bindError = code }
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
