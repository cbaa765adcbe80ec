/// A JSON value with one spelling: what the audit log hashes (RFC 8785).
///
/// Numbers are integers within ±(2^53−1), where RFC 8785 writes plain decimals.
public enum CanonicalJSON: Sendable, Equatable {
  /// A whole number.
  case integer(Int64)
  /// A text.
  case string(String)
  /// A truth value.
  case bool(Bool)
  /// A list.
  case array([CanonicalJSON])
  /// Members by name.
  case object([String: CanonicalJSON])

  /// The one spelling: no white space, members in the order of their names' UTF-16 code units.
  public var text: String {
    var output = CanonicalWriter()
    write(to: &output)
    return output.text
  }

  /// Appends the one spelling in UTF-8.
  func write(to output: inout CanonicalWriter) {
    switch self {
    case .integer(let value): output.write(value)
    case .bool(let value): output.write(raw: value ? "true" : "false")
    case .string(let text): output.write(text)
    case .array(let values):
      output.write(byte: UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { output.write(byte: UInt8(ascii: ",")) }
        value.write(to: &output)
      }
      output.write(byte: UInt8(ascii: "]"))
    case .object(let members):
      output.write(byte: UInt8(ascii: "{"))
      let names = members.keys.sorted(by: CanonicalWriter.precedes)
      for (index, name) in names.enumerated() {
        if index > 0 { output.write(byte: UInt8(ascii: ",")) }
        output.write(name)
        output.write(byte: UInt8(ascii: ":"))
        members[name]?.write(to: &output)
      }
      output.write(byte: UInt8(ascii: "}"))
    }
  }
}

extension CanonicalJSON: Codable {
  /// Reads any JSON value without fractions and without null.
  /// - Throws: `DecodingError` for those.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let values = try? container.decode([CanonicalJSON].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: CanonicalJSON].self))
    }
  }

  /// Writes the value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .string(let text): try container.encode(text)
    case .bool(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}
