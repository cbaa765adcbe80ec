/// A value that is bound to a statement.
public enum SQLiteValue: Sendable, Equatable {
  /// SQL NULL.
  case null
  /// A 64-bit integer.
  case integer(Int64)
  /// UTF-8 text.
  case text(String)
  /// Bytes; an empty array is an empty blob, not NULL.
  case blob([UInt8])

  /// An integer that fits in 63 bits, or NULL.
  public static func optional(_ value: UInt64?) -> SQLiteValue {
    value.map { .integer(Int64(clamping: $0)) } ?? .null
  }

  /// A text, or NULL.
  public static func optional(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }

  /// Bytes, or NULL.
  public static func optional(_ value: [UInt8]?) -> SQLiteValue { value.map { .blob($0) } ?? .null }
}
