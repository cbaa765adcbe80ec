/// Canonical JSON (RFC 8785) as it is being written: UTF-8 in a buffer whose room is used again.
///
/// The log is written with every change, so nothing here makes a text of its own on the way, and
/// the room is filled by position, since appending to an array would check it byte by byte.
public struct CanonicalWriter: Sendable {
  private var room: [UInt8] = []
  private var count = 0

  /// A writer that has written nothing.
  public init() {}

  /// What was written.
  public var bytes: ArraySlice<UInt8> { room[..<count] }

  /// What was written, as a text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Forgets what was written and keeps the room.
  public mutating func clear() { count = 0 }

  /// Whether `left` comes first among the members of an object: the order of UTF-16 code units.
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf16.lexicographicallyPrecedes(right.utf16)
  }

  /// A piece of JSON that stands for itself.
  mutating func write(raw text: String) {
    let source = text.utf8Span.span
    makeRoom(for: source.count)
    let start = count
    count += source.count
    var target = room.mutableSpan
    for index in source.indices { target[start + index] = source[index] }
  }

  /// A byte of JSON that stands for itself.
  mutating func write(byte: UInt8) {
    makeRoom(for: 1)
    room[count] = byte
    count += 1
  }

  /// A whole number in decimal.
  mutating func write(_ value: Int64) {
    if value < 0 { write(byte: UInt8(ascii: "-")) }
    var length = 1
    var bound: UInt64 = 10
    while length < 19, value.magnitude >= bound {
      length += 1
      bound *= 10
    }
    makeRoom(for: length)
    count += length
    var position = count
    var rest = value.magnitude
    var target = room.mutableSpan
    for _ in 0..<length {
      position -= 1
      target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }

  /// An identifier in quotes, as 32 lower-case hex digits.
  mutating func write(id high: UInt64, _ low: UInt64) {
    write(byte: UInt8(ascii: "\""))
    writeDigits(of: high)
    writeDigits(of: low)
    write(byte: UInt8(ascii: "\""))
  }

  /// Bytes in quotes, as two lower-case hex digits each.
  mutating func write(hex bytes: [UInt8]) {
    write(byte: UInt8(ascii: "\""))
    for byte in bytes { writeDigits(of: byte) }
    write(byte: UInt8(ascii: "\""))
  }

  /// A text in quotes: the short escapes where JSON has them, `\u00xx` for other controls,
  /// everything else as it is (RFC 8785 §3.2.2.2).
  mutating func write(_ text: String) {
    let source = text.utf8Span.span
    let start = count
    write(byte: UInt8(ascii: "\""))
    // Nearly every text is plain; one that is not is written again over what is there.
    if writePlain(source) {
      write(byte: UInt8(ascii: "\""))
    } else {
      count = start
      writeEscaped(text)
    }
  }

  private mutating func makeRoom(for more: Int) {
    let missing = count + more - room.count
    if missing > 0 { room += repeatElement(0, count: max(missing, room.count, 512)) }
  }

  private mutating func writeDigits(of number: UInt64) {
    writeDigits(of: UInt32(truncatingIfNeeded: number >> 32))
    writeDigits(of: UInt32(truncatingIfNeeded: number))
  }

  private mutating func writeDigits(of number: UInt32) {
    makeRoom(for: 8)
    let digits = Self.digits(number)
    let start = count
    count += 8
    var target = room.mutableSpan
    for index in 0..<8 {
      target[start + index] = UInt8(truncatingIfNeeded: digits >> UInt64(56 - 8 * index))
    }
  }

  /// The eight hex digits of `number`, one in each byte, computed side by side.
  private static func digits(_ number: UInt32) -> UInt64 {
    var nibbles = UInt64(number)
    nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
    nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
    nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
    // One in each byte that is a letter: adding six carries from ten on.
    let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles + 0x3030_3030_3030_3030 + letters * 39
  }

  private mutating func writeDigits(of byte: UInt8) {
    for digit in [byte >> 4, byte & 15] {
      write(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
    }
  }

  /// Writes as it is; false when a byte of it must not stand so.
  private mutating func writePlain(_ source: Span<UInt8>) -> Bool {
    makeRoom(for: source.count)
    let start = count
    count += source.count
    var isPlain = true
    var target = room.mutableSpan
    for index in source.indices {
      let byte = source[index]
      target[start + index] = byte
      let needsEscape =
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      isPlain = isPlain && !needsEscape
    }
    return isPlain
  }

  private mutating func writeEscaped(_ text: String) {
    write(byte: UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): write(raw: "\\\"")
      case UInt8(ascii: "\\"): write(raw: "\\\\")
      case 0x08: write(raw: "\\b")
      case 0x09: write(raw: "\\t")
      case 0x0a: write(raw: "\\n")
      case 0x0c: write(raw: "\\f")
      case 0x0d: write(raw: "\\r")
      case 0..<0x20:
        write(raw: "\\u00")
        writeDigits(of: byte)
      default: write(byte: byte)
      }
    }
    write(byte: UInt8(ascii: "\""))
  }
}
