/// Numbers as people write them in a file.
enum Decimal {
  /// The number that `text` spells: digits, with single underscores between them if at all,
  /// without sign or leading zero.
  static func parse(_ text: some StringProtocol) -> UInt64? {
    guard let digits = digits(text), digits.count == 1 || !digits.hasPrefix("0") else {
      return nil
    }
    return UInt64(digits)
  }

  /// Millionths of one for a percentage from 0 to 100 with at most four decimals.
  static func millionths(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, let percent = parse(whole), percent <= 100 else { return nil }
    var fraction: UInt64 = 0
    if parts.count == 2 {
      let decimals = parts[1]
      guard (1...4).contains(decimals.utf8.count), isDigits(decimals),
        let value = UInt64(decimals + String(repeating: "0", count: 4 - decimals.utf8.count))
      else { return nil }
      fraction = value
    }
    let result = percent * 10_000 + fraction
    return result <= 1_000_000 ? result : nil
  }

  /// A percentage that ``millionths(_:)`` reads as `value`.
  static func percentage(ofMillionths value: UInt64) -> String {
    guard !value.isMultiple(of: 10_000) else { return String(value / 10_000) }
    let fraction = String(value % 10_000 + 10_000).dropFirst()
    return "\(value / 10_000).\(fraction)"
  }

  private static func digits(_ text: some StringProtocol) -> String? {
    let groups = text.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ isDigits($0) }) else { return nil }
    return groups.joined()
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
