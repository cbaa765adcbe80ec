/// Between bytes and the groups of five bits ("words") that Bech32 carries.
enum FiveBitWords {
  /// The words of `bytes`, filled up with zero bits.
  static func words(_ bytes: [UInt8]) -> [UInt8] {
    regroup(bytes, from: 8, to: 5)
  }

  /// The words of the low `count` × 5 bits of `number`, big-endian.
  static func words(_ number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(number >> (5 * UInt64(count - 1 - $0)) & 31) }
  }

  /// The fewest words that hold `number`; none for zero.
  static func shortestWords(_ number: UInt64) -> [UInt8] {
    words(number, count: (number.bitWidth - number.leadingZeroBitCount + 4) / 5)
  }

  /// The bytes of `words`, filled up with zero bits: what an invoice's signature covers.
  static func paddedBytes(_ words: some Sequence<UInt8>) -> [UInt8] {
    regroup(words, from: 5, to: 8)
  }

  /// The bytes that were filled up to `words`; nil when the bits left over are not zero or make
  /// up a whole word.
  static func bytes(_ words: [UInt8]) -> [UInt8]? {
    let spare = words.count * 5 % 8
    guard spare < 5, (words.last ?? 0) & ((1 << UInt8(spare)) - 1) == 0 else { return nil }
    return Array(paddedBytes(words).prefix(words.count * 5 / 8))
  }

  /// The number that `words` spell, big-endian; nil when it does not fit in 64 bits.
  static func number(_ words: [UInt8]) -> UInt64? {
    var number: UInt64 = 0
    for word in words {
      guard number.leadingZeroBitCount >= 5 else { return nil }
      number = number << 5 | UInt64(word)
    }
    return number
  }

  private static func regroup(
    _ groups: some Sequence<UInt8>, from width: Int, to newWidth: Int
  ) -> [UInt8] {
    var result: [UInt8] = []
    let mask: UInt32 = (1 << UInt32(newWidth)) - 1
    var bits: UInt32 = 0
    var bitCount = 0
    for group in groups {
      bits = (bits << UInt32(width) | UInt32(group)) & 0xffff
      bitCount += width
      while bitCount >= newWidth {
        bitCount -= newWidth
        result.append(UInt8(bits >> UInt32(bitCount) & mask))
      }
    }
    if bitCount > 0 { result.append(UInt8(bits << UInt32(newWidth - bitCount) & mask)) }
    return result
  }
}
