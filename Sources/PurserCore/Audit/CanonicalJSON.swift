/// A JSON value with one spelling: what the audit log hashes (RFC 8785).
///
/// Numbers are integers within ±(2^53−1), where RFC 8785 writes plain decimals.
public indirect enum CanonicalJSON: Sendable, Equatable {
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
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .integer(let value): output += String(value)
    case .bool(let value): output += value ? "true" : "false"
    case .string(let text): Self.write(text, to: &output)
    case .array(let values):
      output += "["
      for (index, value) in values.enumerated() {
        if index > 0 { output += "," }
        value.write(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      let names = members.keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
      for (index, name) in names.enumerated() {
        if index > 0 { output += "," }
        Self.write(name, to: &output)
        output += ":"
        members[name]?.write(to: &output)
      }
      output += "}"
    }
  }

  /// RFC 8785 §3.2.2.2: the short escapes where JSON has them, `\u00xx` for other controls,
  /// everything else as it is.
  private static func write(_ text: String, to output: inout String) {
    output += "\""
    defer { output += "\"" }
    // Nearly every text is plain, and the log is written with every change.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
    {
      output += text
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\u{8}": output += "\\b"
      case "\t": output += "\\t"
      case "\n": output += "\\n"
      case "\u{c}": output += "\\f"
      case "\r": output += "\\r"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
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
