/// Days and moments in UTC as people write them (RFC 3339 §5.6): `2027-01-31`,
/// `2027-01-31T18:00:00Z`.
public enum MomentText {
  /// The Unix seconds that `text` spells, from 1970 to 9999; nil for anything else.
  ///
  /// A day is its first moment.
  public static func seconds(_ text: String) -> UInt64? {
    let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = parts.first, let days = days(date) else { return nil }
    guard parts.count == 2 else { return days * 86_400 }
    guard parts[1].hasSuffix("Z"), let time = secondsOfDay(parts[1].dropLast()) else { return nil }
    return days * 86_400 + time
  }

  private static func days(_ text: Substring) -> UInt64? {
    guard let numbers = numbers(text, separator: "-", digits: [4, 2, 2]) else { return nil }
    let (year, month, day) = (numbers[0], numbers[1], numbers[2])
    guard (1970...9999).contains(year), (1...12).contains(month) else { return nil }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let lengths: [UInt64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[Int(month) - 1]).contains(day) else { return nil }
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400
    // The days before 1970 by the same count.
    let daysBefore = before * 365 + leapDays - 719_162
    return daysBefore + lengths[..<(Int(month) - 1)].reduce(0, +) + day - 1
  }

  private static func secondsOfDay(_ text: Substring) -> UInt64? {
    guard let numbers = numbers(text, separator: ":", digits: [2, 2, 2]), numbers[0] < 24,
      numbers[1] < 60, numbers[2] < 60
    else { return nil }
    return numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
  }

  /// Numbers of so many digits each, with a separator between them.
  private static func numbers(
    _ text: Substring, separator: Character, digits: [Int]
  ) -> [UInt64]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == digits.count, zip(parts, digits).allSatisfy({ $0.utf8.count == $1 }),
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    return parts.compactMap { UInt64($0) }
  }
}
