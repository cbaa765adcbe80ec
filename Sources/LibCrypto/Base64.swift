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
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = 0
      for byte in group { bits = bits << 8 | Int(byte) }
      bits <<= 8 * (3 - group.count)
      for position in 0...group.count {
        text.append(alphabet[bits >> (18 - 6 * position) & 63])
      }
      if variant == .standard {
        text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - group.count)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that `text` spells in either alphabet, padded or not.
  ///
  /// Nil for a character of neither alphabet, a mix of both, wrong padding, an impossible length,
  /// or bits left over that are not zero, so that each byte string has one spelling in each
  /// variant.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var symbols = Array(text.utf8)
    if symbols.count.isMultiple(of: 4) {
      for _ in 0..<2 where symbols.last == UInt8(ascii: "=") { symbols.removeLast() }
    }
    guard symbols.count % 4 != 1 else { return nil }
    let isURL = symbols.contains(UInt8(ascii: "-")) || symbols.contains(UInt8(ascii: "_"))
    let table = isURL ? urlValues : standardValues
    var bytes: [UInt8] = []
    bytes.reserveCapacity(symbols.count * 3 / 4)
    var bits = 0
    var bitCount = 0
    for symbol in symbols {
      guard let value = table[Int(symbol)] else { return nil }
      bits = bits << 6 | Int(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        bytes.append(UInt8(bits >> bitCount & 255))
        bits &= (1 << bitCount) - 1
      }
    }
    return bits == 0 ? bytes : nil
  }

  private static let common = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let standardAlphabet = common + Array("+/".utf8)
  private static let urlAlphabet = common + Array("-_".utf8)
  private static let standardValues = values(of: standardAlphabet)
  private static let urlValues = values(of: urlAlphabet)

  private static func values(of alphabet: [UInt8]) -> [UInt8?] {
    var values = [UInt8?](repeating: nil, count: 256)
    for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
    return values
  }
}
