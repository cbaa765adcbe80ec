/// What was spent at one node and below over time, or how many operations were admitted there, in
/// buckets of one width.
///
/// A charge is in the bucket of the moment in which it was admitted, and changes with what becomes
/// of it: what was held and given back is taken out of that bucket again; that there was an
/// operation stays. A rolling window counts
/// every bucket that it touches, so it never counts too little, and too much by at most one bucket.
public struct SpendSeries: Sendable, Equatable {
  /// How fine a series is; a window uses the finest one that reaches back far enough.
  public enum Resolution: UInt8, Sendable, CaseIterable {
    /// For windows of up to 15 minutes.
    case second
    /// For windows of up to 6 hours, in steps of 15 seconds.
    case quarterMinute
    /// For windows of up to a day.
    case minute
    /// For longer windows and for the calendar: every time zone's midnight is a multiple of it.
    case quarterHour

    /// The width of a bucket, in milliseconds.
    public var bucketMs: UInt64 {
      switch self {
      case .second: 1000
      case .quarterMinute: 15_000
      case .minute: 60_000
      case .quarterHour: 900_000
      }
    }

    /// How far back it reaches, in seconds.
    public var reachSeconds: UInt64 {
      switch self {
      case .second: 900
      case .quarterMinute: 6 * 3600
      case .minute: 86_400
      case .quarterHour: SpendWindow.longestSeconds
      }
    }
  }

  /// What is added up in a series.
  public enum Measure: UInt8, Sendable, CaseIterable {
    /// Millisatoshi that were settled or are held.
    case amount
    /// Operations that were admitted.
    case calls
  }

  /// What is added up in a series, and how fine.
  public struct Kind: Sendable, Hashable {
    /// What is added up.
    public let measure: Measure
    /// How fine.
    public let resolution: Resolution

    /// Series of `measure` in steps of `resolution`.
    public init(_ measure: Measure, _ resolution: Resolution) {
      self.measure = measure
      self.resolution = resolution
    }

    /// Every kind, in the order of their numbers.
    public static let all = Measure.allCases.flatMap { measure in
      Resolution.allCases.map { Kind(measure, $0) }
    }

    /// Its number, 0 to 7, as it is stored.
    public var number: UInt8 { measure.rawValue * 4 + resolution.rawValue }
  }

  /// What was spent in one bucket.
  public struct Bucket: Sendable, Equatable {
    /// Its number: the bucket `n` begins `n` widths after the epoch.
    public let number: UInt64
    /// What was settled of, or is held for, charges that were admitted in it; or how many
    /// operations were.
    public var amount: UInt64

    /// The bucket `number`.
    public init(number: UInt64, amount: UInt64) {
      self.number = number
      self.amount = amount
    }
  }

  /// A running sum for one window.
  private struct Sum: Equatable {
    let window: SpendWindow
    /// The first bucket that counts.
    var first: UInt64
    var total: UInt64
  }

  /// How fine it is.
  public let resolution: Resolution
  /// In order of time; buckets without charges may be missing.
  public private(set) var buckets: [Bucket]
  private var sums: [Sum] = []
  private static let mostSums = 8
  private static let worthForgetting = 64

  /// A series from its buckets, in order of time.
  public init(resolution: Resolution, buckets: [Bucket] = []) {
    self.resolution = resolution
    self.buckets = buckets
  }

  /// The bucket of a charge that was admitted at `time`.
  public func bucketNumber(at time: Timestamp) -> UInt64 {
    time.milliseconds / resolution.bucketMs
  }

  /// What the charges that were admitted in the bucket `number` amount to.
  public func amount(in number: UInt64) -> UInt64 {
    let index = firstIndex(from: number)
    return index < buckets.count && buckets[index].number == number ? buckets[index].amount : 0
  }

  /// Changes what the charges that were admitted at `time` amount to.
  mutating func change(at time: Timestamp, from old: UInt64, to new: UInt64) {
    let number = bucketNumber(at: time)
    let index = firstIndex(from: number)
    if index == buckets.count || buckets[index].number != number {
      buckets.insert(Bucket(number: number, amount: 0), at: index)
    }
    // What is taken out was put in before; saturating, since a sum must not trap.
    buckets[index].amount = Self.replace(old, new, in: buckets[index].amount)
    for position in sums.indices where number >= sums[position].first {
      sums[position].total = Self.replace(old, new, in: sums[position].total)
    }
  }

  /// What counts in `window`, whose first moment is `start`.
  mutating func total(of window: SpendWindow, since start: Timestamp) -> UInt64 {
    let first = bucketNumber(at: start)
    guard let position = sums.firstIndex(where: { $0.window == window }) else {
      let total = sum(from: first)
      if sums.count == Self.mostSums { sums.removeFirst() }
      sums.append(Sum(window: window, first: first, total: total))
      return total
    }
    advance(position, to: first)
    return sums[position].total
  }

  /// Takes out of a sum what is before the bucket `first`.
  private mutating func advance(_ position: Int, to first: UInt64) {
    guard sums[position].first < first else { return }
    for bucket in buckets[firstIndex(from: sums[position].first)..<firstIndex(from: first)] {
      sums[position].total -= min(bucket.amount, sums[position].total)
    }
    sums[position].first = first
  }

  /// The number of the first bucket from `first` on after which at least `amount` has been spent;
  /// nil when less was spent.
  func bucket(from first: UInt64, reaching amount: UInt64) -> UInt64? {
    var total: UInt64 = 0
    for bucket in buckets[firstIndex(from: first)...] {
      total = Self.sum(total, bucket.amount)
      if total >= amount { return bucket.number }
    }
    return nil
  }

  /// Forgets what no window reaches back to at `now`, once it is a good part of the whole.
  /// - Returns: The number of the first bucket that is kept; nil when nothing was forgotten.
  mutating func forget(at now: Timestamp) -> UInt64? {
    let reachMs = resolution.reachSeconds * 1000
    // A calendar's month is well within the reach; two buckets more are for rounding.
    let kept = now.milliseconds - min(now.milliseconds, reachMs + 2 * resolution.bucketMs)
    let first = kept / resolution.bucketMs
    let old = firstIndex(from: first)
    guard old > 64, old > buckets.count / 2 else { return nil }
    // A sum that was not asked for meanwhile still has them in it.
    for position in sums.indices { advance(position, to: first) }
    buckets.removeFirst(old)
    return first
  }

  private func sum(from first: UInt64) -> UInt64 {
    buckets[firstIndex(from: first)...].reduce(0) { Self.sum($0, $1.amount) }
  }

  /// The index of the first bucket with this number or a later one.
  private func firstIndex(from number: UInt64) -> Int {
    // Nearly always the last one is meant.
    if let last = buckets.last, number >= last.number {
      return number == last.number ? buckets.count - 1 : buckets.count
    }
    var low = 0
    var high = buckets.count
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func replace(_ old: UInt64, _ new: UInt64, in total: UInt64) -> UInt64 {
    sum(total - min(old, total), new)
  }

  private static func sum(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow ? .max : sum
  }
}

extension SpendWindow {
  /// The series that this window is counted in.
  public var resolution: SpendSeries.Resolution {
    switch self {
    case .calendar: .quarterHour
    case .rolling(let seconds):
      SpendSeries.Resolution.allCases.first { seconds <= $0.reachSeconds } ?? .quarterHour
    }
  }
}
