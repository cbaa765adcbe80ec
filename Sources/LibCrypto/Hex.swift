/// Hexadecimal text.
public enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Lower-case digits, two for each byte.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    withSpan(of: bytes) { encode($0) }
  }

  /// Lower-case digits, two for each byte.
  public static func encode(_ bytes: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      write(bytes, to: text)
      return bytes.count * 2
    }
  }

  /// Appends the lower-case digits of `bytes` to `text`.
  public static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
    text.reserveCapacity(text.count + bytes.count * 2)
    for index in bytes.indices {
      text.append(digits[Int(bytes[index] >> 4)])
      text.append(digits[Int(bytes[index] & 15)])
    }
  }

  /// The bytes that `text` spells in either case, or nil when it is not an even number of hex
  /// digits.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    withSpan(of: text.utf8) { digits in
      guard digits.count.isMultiple(of: 2) else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(digits.count / 2)
      for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else {
          return nil
        }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
  }

  /// The value of the hex digit `digit`, of either case; nil when it is none.
  @inlinable
  public static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func write(_ bytes: Span<UInt8>, to text: UnsafeMutableBufferPointer<UInt8>) {
    let digits = digits
    for index in bytes.indices {
      text[index * 2] = digits[Int(bytes[index] >> 4)]
      text[index * 2 + 1] = digits[Int(bytes[index] & 15)]
    }
  }
}
