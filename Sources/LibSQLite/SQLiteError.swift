/// An error of SQLite: its extended result code and its own words.
///
/// SQLite's messages name tables and columns, never the values bound to a statement.
public struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The extended result code (https://www.sqlite.org/rescode.html).
  public let code: Int32
  /// What SQLite says.
  public let message: String

  /// An error with this code and text.
  public init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  /// The primary result code, such as 5 for busy.
  public var primaryCode: Int32 { code & 0xff }

  /// SQLite's words and code.
  public var description: String { "\(message) (SQLite code \(code))" }
}
