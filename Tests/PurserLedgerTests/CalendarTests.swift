import PurserCore
import PurserLedger
import PurserTesting
import Testing

/// The days, weeks and months of the machine's time zones, against what is known of them.
@Suite struct CalendarTests {
  private let calendar = SystemCalendar()

  struct Period: CustomTestStringConvertible {
    let text: String
    let start: UInt64
    let hours: Double
    var testDescription: String { text }

    init(_ text: String, _ start: UInt64, _ hours: Double) {
      self.text = text
      self.start = start
      self.hours = hours
    }
  }

  static let periods = [
    // The clocks go forward, and back, in the night of each.
    Period("day@Europe/Paris", 1_806_188_400, 23), Period("day@Europe/Paris", 1_824_933_600, 25),
    Period("day@America/New_York", 1_805_000_400, 23),
    Period("day@America/New_York", 1_825_560_000, 25),
    // By half an hour.
    Period("day@Australia/Lord_Howe", 1_806_757_200, 24.5),
    Period("day@Australia/Lord_Howe", 1_822_483_800, 23.5),
    // 5:45 ahead of UTC, all year.
    Period("day@Asia/Kathmandu", 1_799_950_500, 24),
    // At midnight itself: this day begins at 01:00.
    Period("day@Africa/Cairo", 1_809_036_000, 23),
    // From Monday on, over a change of the clocks and over New Year.
    Period("week@Europe/Paris", 1_805_670_000, 167),
    Period("week@America/New_York", 1_825_041_600, 169),
    Period("week@Asia/Kathmandu", 1_798_395_300, 168),
    // March, a February of 29 days, December, and a February of 28.
    Period("month@Europe/Paris", 1_803_855_600, 743),
    Period("month@Asia/Kathmandu", 1_832_955_300, 29 * 24),
    Period("month@America/New_York", 1_827_637_200, 31 * 24),
    Period("month@Australia/Lord_Howe", 1_801_400_400, 28 * 24),
  ]

  @Test(arguments: periods)
  func `a period is as long as the clocks there make it`(period: Period) throws {
    guard case .calendar(let kind, let zone) = SpendWindow(period.text) else {
      Issue.record("\(period.text) is a window of the calendar")
      return
    }
    let start = Timestamp(seconds: period.start)
    let end = start.adding(milliseconds: UInt64(period.hours * 3_600_000))
    // Anywhere in it, from its first to its last millisecond.
    let middle = Timestamp(milliseconds: (start.milliseconds + end.milliseconds) / 2)
    for time in [start, middle, Timestamp(milliseconds: end.milliseconds - 1)] {
      let bounds = try #require(calendar.bounds(of: kind, zone: zone, at: time))
      #expect(bounds.start == start && bounds.end == end)
    }
    let next = try #require(calendar.bounds(of: kind, zone: zone, at: end))
    #expect(next.start == end)
    let before = Timestamp(milliseconds: start.milliseconds - 1)
    #expect(try #require(calendar.bounds(of: kind, zone: zone, at: before)).end == start)
    // What was spent is kept in steps of a quarter of an hour: no period begins within one.
    #expect(start.seconds.isMultiple(of: 900) && end.seconds.isMultiple(of: 900))
  }

  @Test(arguments: ["Nowhere", "Europe/Atlantis", "", "day", "../UTC"])
  func `a time zone that there is not has no periods`(zone: String) {
    #expect(calendar.bounds(of: .day, zone: zone, at: Timestamp(seconds: 1_800_000_000)) == nil)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `the calendar of the tests is that of the machine`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let same = [("Test/Summer", "Europe/Paris"), ("UTC", "UTC")]
    for _ in 0..<200 {
      // From 1996 on the rules of Paris are those of today; to 2099.
      let time = Timestamp(milliseconds: random.amount(820_454_400_000...4_070_908_800_000).value)
      for (made, real) in same {
        for period in [CalendarPeriod.day, .week, .month] {
          let first = try #require(TestCalendar().bounds(of: period, zone: made, at: time))
          let second = try #require(calendar.bounds(of: period, zone: real, at: time))
          #expect(first == second, "seed \(seed), \(period) in \(real) at \(time.seconds)")
        }
      }
    }
  }
}
