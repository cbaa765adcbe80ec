/// Reads JSON as programs usually write it, one step at a time from `position` on.
///
/// It knows whole numbers and texts of printable ASCII without escapes. Each step is nil where it
/// meets anything else, be it well-formed or not: the caller then turns to the decoder, which
/// knows all of JSON, so that nothing is refused here.
struct PlainJSON {
  /// The index of the next byte.
  private(set) var position = 0

  /// The longest number that is read: one of 18 digits fits an `Int64`.
  private static let longestNumber = 18

  /// Skips white space (RFC 8259 §2).
  @inline(__always)
  mutating func skipSpace(in line: Span<UInt8>) {
    while position < line.count {
      switch line[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        position += 1
      default: return
      }
    }
  }

  /// Takes `byte`, after white space; false when something else is next.
  @inline(__always)
  mutating func take(_ byte: UInt8, in line: Span<UInt8>) -> Bool {
    skipSpace(in: line)
    guard position < line.count, line[position] == byte else { return false }
    position += 1
    return true
  }

  /// Takes a text, after white space; the range is what stands between the quotes.
  @inline(__always)
  mutating func text(in line: Span<UInt8>) -> Range<Int>? {
    guard take(UInt8(ascii: "\""), in: line) else { return nil }
    let start = position
    while position + 8 <= line.count, line.isPlainText(eightBytesAt: position) { position += 8 }
    while position < line.count {
      let byte = line[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return start..<position - 1 }
      guard byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") else { return nil }
    }
    return nil
  }

  /// Takes a whole number that is not negative, after white space, of at most 18 digits.
  mutating func number(in line: Span<UInt8>) -> UInt64? {
    skipSpace(in: line)
    let start = position
    var value: UInt64 = 0
    while position < line.count, position - start <= Self.longestNumber {
      let digit = line[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = value * 10 + UInt64(digit)
      position += 1
    }
    let count = position - start
    guard (1...Self.longestNumber).contains(count),
      count == 1 || line[start] != UInt8(ascii: "0"), position < line.count
    else { return nil }
    // What follows decides whether the number was whole.
    switch line[position] {
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return nil
    default: return value
    }
  }

  /// Goes on after the comma or the end of an object; nil when neither is next.
  @inline(__always)
  mutating func hasNextMember(in line: Span<UInt8>) -> Bool? {
    if take(UInt8(ascii: ","), in: line) { return true }
    return take(UInt8(ascii: "}"), in: line) ? false : nil
  }
}

extension Span<UInt8> {
  /// Whether the eight bytes at `index` are all printable ASCII and no quote or backslash, seen in
  /// a few steps for all of them together: tokens are long.
  @inline(__always)
  fileprivate func isPlainText(eightBytesAt index: Int) -> Bool {
    let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    // The top bit of a byte of `bytesBelow(n)` is set where the word's byte, if it has no top bit
    // itself, is below n; with n = 1 that is a search for zero.
    let ones: UInt64 = 0x0101_0101_0101_0101
    func bytesBelow(_ bound: UInt8, in word: UInt64) -> UInt64 {
      (word &- ones &* UInt64(bound)) & ~word
    }
    func bytesEqual(to byte: UInt8) -> UInt64 {
      bytesBelow(1, in: word ^ (ones &* UInt64(byte)))
    }
    let odd =
      word | bytesBelow(0x20, in: word) | bytesEqual(to: UInt8(ascii: "\""))
      | bytesEqual(to: UInt8(ascii: "\\")) | bytesEqual(to: 0x7f)
    return odd & (ones << 7) == 0
  }

  /// Whether the bytes in `range` spell `text`.
  @inline(__always)
  func spells(_ text: StaticString, in range: Range<Int>) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count
    where self[range.lowerBound + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// A copy of the bytes in `range`.
  func bytes(in range: Range<Int>) -> [UInt8] {
    unsafe extracting(range).withUnsafeBufferPointer { unsafe [UInt8]($0) }
  }

  /// The ASCII text in `range`.
  func text(in range: Range<Int>) -> String {
    unsafe extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
