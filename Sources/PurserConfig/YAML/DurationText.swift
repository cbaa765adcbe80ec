/// Durations as people write them: `45s`, `10m`, `1h30m`, `30d`.
public enum DurationText {
  /// The longest duration, in seconds: 3650 days.
  public static let maximumSeconds: UInt64 = 3650 * 86_400

  private static let units: [(symbol: Character, seconds: UInt64)] = [
    ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
  ]

  /// The seconds that `text` spells, from 1 to ``maximumSeconds``; nil for anything else.
  ///
  /// Whole numbers with their units, the greatest first and each unit once.
  public static func seconds(_ text: some StringProtocol) -> UInt64? {
    var rest = text[...]
    var total: UInt64 = 0
    for unit in units {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard rest[digits.endIndex...].first == unit.symbol else { continue }
      guard digits.count <= 9, let number = UInt64(digits) else { return nil }
      total += number * unit.seconds
      rest = rest[digits.endIndex...].dropFirst()
    }
    guard rest.isEmpty, (1...maximumSeconds).contains(total) else { return nil }
    return total
  }

  /// The shortest text that ``seconds(_:)`` reads as `seconds`.
  public static func text(seconds: UInt64) -> String {
    var rest = seconds
    var text = ""
    for unit in units where rest >= unit.seconds {
      text += "\(rest / unit.seconds)\(unit.symbol)"
      rest %= unit.seconds
    }
    return text.isEmpty ? "0s" : text
  }
}
