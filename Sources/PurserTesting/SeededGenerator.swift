public import PurserCore

/// A random generator whose numbers follow from its seed (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The generator of `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// `count` random bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }

  /// True once in `times`, on average.
  public mutating func once(in times: Int) -> Bool {
    Int.random(in: 0..<times, using: &self) == 0
  }

  /// An amount in `range`, in millisatoshi.
  public mutating func amount(_ range: ClosedRange<UInt64>) -> Msat {
    Msat(UInt64.random(in: range, using: &self)) ?? .max
  }

  /// A random id.
  public mutating func id<Kind>() -> Identifier<Kind> {
    guard let id = Identifier<Kind>(bytes: bytes(16)) else {
      preconditionFailure("16 bytes are an id")
    }
    return id
  }
}
