/// Base64 (RFC 4648), in its standard and its URL-safe alphabet.
public enum Base64 {
  /// Which alphabet, and whether the text is padded with `=`.
  public enum Variant: Sendable {
    /// `+` and `/`, padded: what sellers read.
    case standard
    /// `-` and `_`, without padding: what Purser's own tokens use.
    case urlUnpadded
  }

  /// The text of `bytes`.
  public static func encode(_ bytes: [UInt8], _ variant: Variant) -> String {
    let alphabet = variant == .standard ? standardAlphabet : urlAlphabet
    let bytes = bytes.span
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
      var end = 0
      var start = 0
      while start + 3 <= bytes.count {
        write(bits(bytes, at: start, count: 3), symbols: 4, alphabet, to: text, at: &end)
        start += 3
      }
      let rest = bytes.count - start
      guard rest > 0 else { return end }
      write(bits(bytes, at: start, count: rest), symbols: rest + 1, alphabet, to: text, at: &end)
      guard variant == .standard else { return end }
      for _ in rest..<3 {
        text[end] = UInt8(ascii: "=")
        end += 1
      }
      return end
    }
  }

  /// The bytes that `text` spells in either alphabet, padded or not.
  ///
  /// Nil for a character of neither alphabet, a mix of both, wrong padding, an impossible length,
  /// or bits left over that are not zero, so that each byte string has one spelling in each
  /// variant.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    withSpan(of: text.utf8) { symbols in
      var count = symbols.count
      if count.isMultiple(of: 4) {
        for _ in 0..<2 where count > 0 && symbols[count - 1] == UInt8(ascii: "=") { count -= 1 }
      }
      return decode(symbols.extracting(first: count), refusing: 0)
    }
  }

  /// The bytes that `symbols` spell in the URL-safe alphabet without padding, so that each byte
  /// string has one spelling; nil for anything else.
  public static func decodeURLUnpadded(_ symbols: Span<UInt8>) -> [UInt8]? {
    decode(symbols, refusing: standardOnly)
  }

  /// The bytes that `symbols` spell, none of which has the mark `refused`.
  private static func decode(_ symbols: Span<UInt8>, refusing refused: UInt8) -> [UInt8]? {
    guard symbols.count % 4 != 1 else { return nil }
    var isClean = true
    let bytes = symbols.withUnsafeBufferPointer { symbols in
      values.withUnsafeBufferPointer { values in
        [UInt8](unsafeUninitializedCapacity: symbols.count * 3 / 4) { bytes, end in
          isClean = decode(symbols, values, refusing: refused, to: bytes)
          end = symbols.count * 3 / 4
        }
      }
    }
    return isClean ? bytes : nil
  }

  /// Writes the bytes that `symbols` spell; whether they are acceptable comes out at the end.
  private static func decode(
    _ symbols: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<UInt8>,
    refusing refused: UInt8, to bytes: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    var (start, end) = (0, 0)
    var seen: UInt8 = 0
    while start + 4 <= symbols.count {
      let bits = bits(symbols, at: start, count: 4, values, &seen)
      bytes[end] = UInt8(truncatingIfNeeded: bits >> 16)
      bytes[end + 1] = UInt8(truncatingIfNeeded: bits >> 8)
      bytes[end + 2] = UInt8(truncatingIfNeeded: bits)
      (start, end) = (start + 4, end + 3)
    }
    let rest = symbols.count - start
    var leftOver: UInt32 = 0
    if rest > 0 {
      let bits = bits(symbols, at: start, count: rest, values, &seen)
      for index in 0..<rest - 1 {
        bytes[end + index] = UInt8(truncatingIfNeeded: bits >> (16 - 8 * UInt32(index)))
      }
      leftOver = bits & (rest == 2 ? 0xffff : 0xff)
    }
    return leftOver == 0 && seen & bothOnly != bothOnly && seen & refused == 0
  }

  /// The 24 bits that up to four symbols spell, the first one highest.
  @inline(__always)
  private static func bits(
    _ symbols: UnsafeBufferPointer<UInt8>, at start: Int, count: Int,
    _ values: UnsafeBufferPointer<UInt8>, _ seen: inout UInt8
  ) -> UInt32 {
    var bits: UInt32 = 0
    for index in 0..<count {
      let value = values[Int(symbols[start + index])]
      seen |= value
      bits |= UInt32(value & 63) << (18 - 6 * UInt32(index))
    }
    return bits
  }

  /// The 24 bits of up to three bytes, the first one highest.
  @inline(__always)
  private static func bits(_ bytes: Span<UInt8>, at start: Int, count: Int) -> UInt32 {
    var bits: UInt32 = 0
    for index in 0..<count { bits |= UInt32(bytes[start + index]) << (16 - 8 * UInt32(index)) }
    return bits
  }

  @inline(__always)
  private static func write(
    _ bits: UInt32, symbols: Int, _ alphabet: [UInt8],
    to text: UnsafeMutableBufferPointer<UInt8>, at end: inout Int
  ) {
    for index in 0..<symbols {
      text[end + index] = alphabet[Int(bits >> (18 - 6 * UInt32(index)) & 63)]
    }
    end += symbols
  }

  private static let common = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let standardAlphabet = common + Array("+/".utf8)
  private static let urlAlphabet = common + Array("-_".utf8)

  /// The mark of what only the standard alphabet has.
  private static let standardOnly: UInt8 = 0x40
  /// The mark of what only the URL-safe alphabet has.
  private static let urlOnly: UInt8 = 0x80
  /// The marks of what neither has, and of a mix.
  private static let bothOnly = standardOnly | urlOnly

  /// The value of each symbol in the lower six bits, with its marks above them.
  private static let values = {
    var values = [UInt8](repeating: bothOnly, count: 256)
    for (value, symbol) in standardAlphabet.enumerated() {
      values[Int(symbol)] = UInt8(value) | (value < 62 ? 0 : standardOnly)
    }
    for (value, symbol) in urlAlphabet.enumerated() {
      values[Int(symbol)] = UInt8(value) | (value < 62 ? 0 : urlOnly)
    }
    return values
  }()
}
