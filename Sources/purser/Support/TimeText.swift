internal import FoundationEssentials
internal import PurserCore

/// Times as people read them.
enum TimeText {
  /// `2026-12-01 08:30:00Z`; the number itself where the year has more than four digits.
  static func utc(seconds: UInt64) -> String {
    // The last second of the year 9999.
    guard seconds <= 253_402_300_799 else { return String(seconds) }
    return Date(timeIntervalSince1970: Double(seconds)).formatted(
      Date.ISO8601FormatStyle(dateTimeSeparator: .space))
  }

  /// The time on this machine's clock, in Unix seconds.
  static func now() -> UInt64 {
    UInt64(max(0, Date().timeIntervalSince1970))
  }
}
