internal import Foundation

/// Tables and numbers as the report writes them.
enum Markdown {
  /// A table whose first `names` columns stand on the left, and numbers on the right.
  static func table(_ head: [String], _ rows: [[String]], names: Int = 1) -> String {
    let rule = head.indices.map { $0 < names ? "---" : "---:" }
    return ([head, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  /// A count with separators between the thousands.
  static func count(_ value: Double) -> String {
    var digits = String(Int(value.rounded()))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }

  /// A number with one digit after the point, or as many as are asked for.
  static func number(_ value: Double, digits: Int = 1) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// Nanoseconds as milliseconds.
  static func milliseconds(_ nanoseconds: UInt64) -> String {
    number(Double(nanoseconds) / 1e6, digits: 2)
  }

  /// Bytes as megabytes, 10⁶ bytes.
  static func megabytes(_ bytes: Int) -> String { number(Double(bytes) / 1e6) }
}
