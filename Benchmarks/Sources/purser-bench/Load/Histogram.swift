/// Durations in nanoseconds, counted in buckets that are each under 1/64 of their value wide.
struct Histogram {
  private static let subBucketBits = 6
  private static let subBuckets = 1 << subBucketBits
  private var counts = [UInt64](repeating: 0, count: 40 << Self.subBucketBits)
  private(set) var count: UInt64 = 0

  mutating func add(_ nanoseconds: UInt64) {
    counts[Self.bucket(of: nanoseconds)] &+= 1
    count &+= 1
  }

  mutating func removeAll() { self = Histogram() }

  /// The value that `fraction` of all values do not exceed; 0 when there are none.
  func quantile(_ fraction: Double) -> UInt64 {
    let rank = UInt64((Double(count) * fraction).rounded(.up))
    var seen: UInt64 = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank, seen > 0 { return Self.middle(of: bucket) }
    }
    return 0
  }

  private static func bucket(of value: UInt64) -> Int {
    let value = min(value, (1 << 44) - 1)
    guard value >= subBuckets else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount - subBucketBits
    return (exponent + 1) << subBucketBits + Int(value >> UInt64(exponent)) - subBuckets
  }

  private static func middle(of bucket: Int) -> UInt64 {
    guard bucket >= subBuckets else { return UInt64(bucket) }
    let exponent = bucket >> subBucketBits - 1
    let low = UInt64(bucket & (subBuckets - 1) + subBuckets) << UInt64(exponent)
    return low + (1 << UInt64(exponent)) / 2
  }
}
