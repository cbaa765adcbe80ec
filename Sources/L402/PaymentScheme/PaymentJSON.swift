/// A JSON value (RFC 8259) as the Payment scheme carries it, with one spelling (RFC 8785).
///
/// Numbers are doubles, as RFC 8785 §3.2.2.3 has them, so an integer beyond 2^53 is not exact;
/// amounts in the scheme are texts for that reason.
public enum PaymentJSON: Sendable, Equatable {
  /// `null`.
  case null
  /// A truth value.
  case bool(Bool)
  /// A finite number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([PaymentJSON])
  /// Members by name.
  case object([String: PaymentJSON])

  /// The member `name` of an object; nil for none, and for what is no object.
  public subscript(name: String) -> PaymentJSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  /// The text, if this is one.
  public var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The one spelling of RFC 8785: no white space, members in the order of their names' UTF-16
  /// code units, numbers as ECMAScript writes them.
  public var canonical: String {
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .number(let value): output += CanonicalNumber.text(of: value)
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
      let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { output += "," }
        Self.write(member.key, to: &output)
        output += ":"
        member.value.write(to: &output)
      }
      output += "}"
    }
  }

  /// A text in quotes: the short escapes where JSON has them, `\u00xx` for other controls,
  /// everything else as it is (RFC 8785 §3.2.2.2).
  private static func write(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\u{8}": output += "\\b"
      case "\t": output += "\\t"
      case "\n": output += "\\n"
      case "\u{c}": output += "\\f"
      case "\r": output += "\\r"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}

/// How ECMAScript writes a number (ECMA-262 §6.1.6.1.20), which RFC 8785 §3.2.2.3 asks for.
enum CanonicalNumber {
  static func text(of value: Double) -> String {
    guard value != 0 else { return "0" }
    let (digits, exponent) = shortest(value.magnitude)
    let sign = value < 0 ? "-" : ""
    return sign + placed(digits, pointAfter: exponent)
  }

  /// The fewest digits that stand for `magnitude`, and how many of them are before the point.
  private static func shortest(_ magnitude: Double) -> (digits: String, point: Int) {
    // The standard library's text has the shortest digits, in a notation of its own.
    let parts = magnitude.description.split(separator: "e")
    let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = number[0]
    let fraction = number.count > 1 ? number[1] : ""
    let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let all = whole + fraction
    let significant = all.drop { $0 == "0" }
    let leading = all.count - significant.count
    var digits = String(significant)
    while digits.last == "0" { digits.removeLast() }
    return (digits, whole.count - leading + power)
  }

  private static func placed(_ digits: String, pointAfter point: Int) -> String {
    let count = digits.utf8.count
    func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
    switch point {
    case count...21 where count <= 21: return digits + zeros(point - count)
    case 1...21: return "\(digits.prefix(point)).\(digits.dropFirst(point))"
    case -5...0: return "0." + zeros(-point) + digits
    default:
      let power = point - 1
      let fraction = digits.dropFirst()
      return "\(digits.prefix(1))\(fraction.isEmpty ? "" : ".\(fraction)")e"
        + "\(power < 0 ? "-" : "+")\(power.magnitude)"
    }
  }
}
