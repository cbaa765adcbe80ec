public import PurserCore

// What the values are that are no objects of the API's own.

/// The whole numbers that every reader of JSON keeps exact: within ±(2^53−1).
private let exact: Int64 = (1 << 53) - 1

extension Bool: RPCValue {
  /// `true` or `false`.
  public static var schema: JSONSchema { JSONSchema(["type": .string("boolean")]) }
}

extension String: RPCValue {
  /// Any text.
  public static var schema: JSONSchema { .text }
}

extension UInt64: RPCValue {
  /// A whole number, 0 to 2^53−1.
  public static var schema: JSONSchema { .integer(0...exact) }
}

extension Int64: RPCValue {
  /// A whole number within ±(2^53−1).
  public static var schema: JSONSchema { .integer(-exact...exact) }
}

extension Int: RPCValue {
  /// A count.
  public static var schema: JSONSchema { .integer(0...exact) }
}

extension Msat: RPCValue {
  /// An amount in millisatoshi, 0 to 2^53−1.
  public static var schema: JSONSchema { .integer(0...exact) }
}

extension Identifier: RPCValue {
  /// 32 lower-case hex digits.
  public static var schema: JSONSchema {
    JSONSchema.text.with("pattern", .string("^[0-9a-f]{32}$"))
  }
}

extension Array: RPCValue where Element: RPCValue {
  /// A list.
  public static var schema: JSONSchema { .list(of: Element.schema) }
}

extension Dictionary: RPCValue where Key == String, Value: RPCValue {
  /// An object whose members are all of one kind.
  public static var schema: JSONSchema { .map(to: Value.schema) }
}

extension CanonicalJSON: RPCValue {
  /// Anything without fractions and nulls.
  public static var schema: JSONSchema { .anything }
}
