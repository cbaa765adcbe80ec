public import PurserCore

/// A calendar that follows from arithmetic alone, for tests and simulations.
///
/// It knows `UTC`, `Test/Half` (30 minutes ahead of it), `Test/Quarters` (45 minutes behind) and
/// `Test/Summer`: an hour ahead, and two from the last Sunday of March to the last of October, both
/// at 01:00 UTC, as in Paris.
public struct TestCalendar: SpendCalendar {
  /// The names of the zones.
  public static let zones = ["UTC", "Test/Half", "Test/Quarters", "Test/Summer"]

  private static let day: Int64 = 86_400

  /// The calendar.
  public init() {}

  /// The period that `time` is in; nil for another zone.
  public func bounds(
    of period: CalendarPeriod, zone: String, at time: Timestamp
  ) -> (start: Timestamp, end: Timestamp)? {
    let seconds = Int64(clamping: time.seconds)
    guard let offset = Self.offset(of: zone, at: seconds) else { return nil }
    let today = Self.floor(seconds + offset, by: Self.day)
    let (first, last) = Self.days(of: period, around: today)
    guard let start = Self.midnight(of: first, in: zone),
      let end = Self.midnight(of: last, in: zone)
    else { return nil }
    return (start, end)
  }

  /// The first day of a period, and the first one after it, in days since 1970-01-01.
  private static func days(of period: CalendarPeriod, around day: Int64) -> (Int64, Int64) {
    switch period {
    case .day: return (day, day + 1)
    case .week:
      // 1970-01-01 was a Thursday.
      let monday = floor(day + 3, by: 7) * 7 - 3
      return (monday, monday + 7)
    case .month:
      let (year, month) = yearAndMonth(of: day)
      let next = month == 12 ? (year + 1, 1) : (year, month + 1)
      return (number(ofDay: 1, month, year), number(ofDay: 1, next.1, next.0))
    }
  }

  private static func midnight(of day: Int64, in zone: String) -> Timestamp? {
    // No zone here changes its clock near midnight, so the offset of a moment nearby will do.
    guard let offset = offset(of: zone, at: day * Self.day) else { return nil }
    return Timestamp(seconds: UInt64(max(0, day * Self.day - offset)))
  }

  /// How far the clocks of a zone are ahead of UTC, in seconds.
  private static func offset(of zone: String, at seconds: Int64) -> Int64? {
    switch zone {
    case "UTC": return 0
    case "Test/Half": return 1800
    case "Test/Quarters": return -2700
    case "Test/Summer":
      let year = yearAndMonth(of: floor(seconds, by: day)).year
      let start = lastSunday(of: 3, year) * day + 3600
      let end = lastSunday(of: 10, year) * day + 3600
      return start <= seconds && seconds < end ? 7200 : 3600
    default: return nil
    }
  }

  private static func lastSunday(of month: Int64, _ year: Int64) -> Int64 {
    let last = number(ofDay: 31, month, year)
    return last - (last + 4 - floor(last + 4, by: 7) * 7)
  }

  /// The year and month of a day, by going through the years and months since 1970.
  private static func yearAndMonth(of day: Int64) -> (year: Int64, month: Int64) {
    // Never too late: a year has at most 366 days.
    var year = 1970 + max(0, day) / 366
    while number(ofDay: 1, 1, year + 1) <= day { year += 1 }
    var month: Int64 = 1
    while month < 12, number(ofDay: 1, month + 1, year) <= day { month += 1 }
    return (year, month)
  }

  /// Days since 1970-01-01.
  private static func number(ofDay day: Int64, _ month: Int64, _ year: Int64) -> Int64 {
    let isLeap = isLeapYear(year)
    let before: [Int64] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    let leapDays = leapYears(before: year) - leapYears(before: 1970)
    return (year - 1970) * 365 + leapDays + before[Int(month) - 1] + (isLeap && month > 2 ? 1 : 0)
      + day - 1
  }

  private static func leapYears(before year: Int64) -> Int64 {
    let years = year - 1
    return years / 4 - years / 100 + years / 400
  }

  private static func isLeapYear(_ year: Int64) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }
}
