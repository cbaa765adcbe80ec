internal import Foundation
public import PurserCore

/// The calendar of this machine's time zone data.
public struct SystemCalendar: SpendCalendar {
  /// The Gregorian calendar in every time zone that the machine knows.
  public init() {}

  /// The period that `time` is in, weeks from Monday on.
  /// - Returns: Nil when there is no such time zone.
  public func bounds(
    of period: CalendarPeriod, zone: String, at time: Timestamp
  ) -> (start: Timestamp, end: Timestamp)? {
    guard let zone = TimeZone(identifier: zone) else { return nil }
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = zone
    let date = Date(timeIntervalSince1970: Double(time.seconds))
    let component: Calendar.Component =
      switch period {
      case .day: .day
      case .week: .weekOfYear
      case .month: .month
      }
    guard let interval = calendar.dateInterval(of: component, for: date) else { return nil }
    return (Self.timestamp(interval.start), Self.timestamp(interval.end))
  }

  private static func timestamp(_ date: Date) -> Timestamp {
    Timestamp(seconds: UInt64(max(0, date.timeIntervalSince1970.rounded())))
  }
}
