/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Milliseconds since the epoch.
  public let milliseconds: UInt64

  /// The time `milliseconds` after the epoch.
  public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

  /// The time `seconds` after the epoch; one too far away to represent is the last one.
  public init(seconds: UInt64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    milliseconds = overflow ? .max : product
  }

  /// Whole seconds since the epoch, rounded down.
  public var seconds: UInt64 { milliseconds / 1000 }

  /// This time plus `duration` milliseconds; one too far away to represent is the last one.
  public func adding(milliseconds duration: UInt64) -> Timestamp {
    let (sum, overflow) = milliseconds.addingReportingOverflow(duration)
    return Timestamp(milliseconds: overflow ? .max : sum)
  }

  /// Whether `left` is earlier.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }
}
