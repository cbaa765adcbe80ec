/// The stretch of time that a limit is for.
public enum SpendWindow: Sendable, Hashable {
  /// The last so many seconds, 1 to ``longestSeconds``.
  case rolling(seconds: UInt64)
  /// The day, week or month that it is now in a time zone.
  case calendar(CalendarPeriod, zone: String)

  /// The longest rolling window: 366 days.
  public static let longestSeconds: UInt64 = 366 * 86_400

  private static let longestZone = 64
  private static let units: [(suffix: Character, seconds: UInt64)] = [
    ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
  ]

  /// Reads `90s`, `15m`, `1h`, `7d`, or `day@`, `week@`, `month@` and the name of a time zone.
  ///
  /// Whether there is such a time zone, only a ``SpendCalendar`` knows.
  public init?(_ text: Substring) {
    if let at = text.firstIndex(of: "@") {
      let zone = text[text.index(after: at)...]
      guard let period = CalendarPeriod(rawValue: String(text[..<at])), Self.isZoneName(zone) else {
        return nil
      }
      self = .calendar(period, zone: String(zone))
      return
    }
    guard let suffix = text.last, let unit = Self.units.first(where: { $0.suffix == suffix }),
      let count = Self.decimal(text.dropLast())
    else { return nil }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
    guard !overflow, (1...Self.longestSeconds).contains(seconds) else { return nil }
    self = .rolling(seconds: seconds)
  }

  /// Reads a whole text.
  public init?(_ text: String) { self.init(text[...]) }

  /// The window as it stands in a caveat, in the largest unit that fits.
  public var text: String {
    switch self {
    case .calendar(let period, let zone): return "\(period.rawValue)@\(zone)"
    case .rolling(let seconds):
      let unit = Self.units.first { seconds.isMultiple(of: $0.seconds) } ?? ("s", 1)
      return "\(seconds / unit.seconds)\(unit.suffix)"
    }
  }

  /// A decimal without sign or leading zero.
  private static func decimal(_ text: Substring) -> UInt64? {
    let digits = text.utf8
    guard (1...10).contains(digits.count), digits.first != UInt8(ascii: "0"),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return UInt64(text)
  }

  /// What names in the time zone database are made of (RFC 6557 §4, and `Etc/GMT+1`).
  private static func isZoneName(_ name: Substring) -> Bool {
    (1...longestZone).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: "+"):
          true
        default: false
        }
      }
  }
}

/// A period of the calendar.
public enum CalendarPeriod: String, Sendable, Hashable {
  /// From midnight to midnight.
  case day
  /// From Monday to Sunday (ISO 8601).
  case week
  /// From the first of a month to its last day.
  case month
}

/// What a limit of a level says: at most so much, in all or in each window.
public struct SpendLimit: Sendable, Hashable {
  /// The most that may be settled and held.
  public var amount: Msat
  /// The window that it is for; nil for all time.
  public let window: SpendWindow?

  /// A limit of `amount` in all, or for each `window`.
  public init(_ amount: Msat, per window: SpendWindow? = nil) {
    self.amount = amount
    self.window = window
  }

  /// Reads `N` or `N/window`: a decimal without sign or leading zero, 0 to 2^53−1.
  public init?(_ text: Substring) {
    // The name of a time zone may hold further slashes.
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    let digits = text[..<slash]
    let isDecimal =
      (1...16).contains(digits.utf8.count)
      && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      && (digits.utf8.count == 1 || !digits.utf8.starts(with: [UInt8(ascii: "0")]))
    guard isDecimal, let value = UInt64(digits), let amount = Msat(value) else { return nil }
    guard slash < text.endIndex else {
      self.init(amount)
      return
    }
    guard let window = SpendWindow(text[text.index(after: slash)...]) else { return nil }
    self.init(amount, per: window)
  }

  /// Reads a whole text.
  public init?(_ text: String) { self.init(text[...]) }

  /// The limit as it stands in a caveat: `N` or `N/window`.
  public var text: String {
    window.map { "\(amount.value)/\($0.text)" } ?? "\(amount.value)"
  }
}

/// Where the periods of the calendar begin and end.
///
/// A port, since time zones and their clock changes are data of the machine.
public protocol SpendCalendar: Sendable {
  /// The period that `time` is in: its first moment, and the first one after it.
  /// - Returns: Nil when there is no such time zone.
  func bounds(
    of period: CalendarPeriod, zone: String, at time: Timestamp
  ) -> (start: Timestamp, end: Timestamp)?
}
