/// Reads the few shapes of JSON (RFC 8259) that a macaroon has, from front to back.
///
/// Nesting is bounded by the caller's own calls, so hostile input cannot exhaust the stack, and
/// every string must be valid Unicode.
struct JSONReader {
  private var cursor: ByteCursor

  init(_ bytes: [UInt8]) { cursor = ByteCursor(bytes) }

  /// Reads an object; `member` must read each value.
  mutating func readObject(
    _ member: (String, inout JSONReader) throws(MacaroonError) -> Void
  ) throws(MacaroonError) {
    try expect("{")
    guard !takeIfNext("}") else { return }
    repeat {
      skipSpace()
      let name = try readString()
      try expect(":")
      skipSpace()
      try member(name, &self)
    } while takeIfNext(",")
    try expect("}")
  }

  /// Reads an array; `element` must read each value.
  mutating func readArray(
    _ element: (inout JSONReader) throws(MacaroonError) -> Void
  ) throws(MacaroonError) {
    try expect("[")
    guard !takeIfNext("]") else { return }
    repeat {
      skipSpace()
      try element(&self)
    } while takeIfNext(",")
    try expect("]")
  }

  /// Reads a version, which some write as a number and some as a string of one digit.
  mutating func readVersion() throws(MacaroonError) -> String {
    guard cursor.next != UInt8(ascii: "\"") else { return try readString() }
    return String(decoding: [try cursor.readByte()], as: UTF8.self)
  }

  mutating func readString() throws(MacaroonError) -> String {
    guard cursor.next == UInt8(ascii: "\"") else {
      throw cursor.isAtEnd ? .truncated : .badJSON
    }
    _ = try cursor.readByte()
    var bytes: [UInt8] = []
    while true {
      let byte = try cursor.readByte()
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .badJSON }
        return text
      case UInt8(ascii: "\\"): try readEscape(into: &bytes)
      case 0..<0x20: throw .badJSON
      default: bytes.append(byte)
      }
    }
  }

  mutating func expectEnd() throws(MacaroonError) {
    skipSpace()
    try cursor.expectEnd()
  }

  private mutating func readEscape(into bytes: inout [UInt8]) throws(MacaroonError) {
    switch try cursor.readByte() {
    case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/"): bytes.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0c)
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): bytes += try readEscapedScalar()
    default: throw .badJSON
    }
  }

  /// One scalar, which takes two escapes when it is outside the basic plane.
  private mutating func readEscapedScalar() throws(MacaroonError) -> [UInt8] {
    var units = [try readCodeUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard try cursor.readByte() == UInt8(ascii: "\\"),
        try cursor.readByte() == UInt8(ascii: "u")
      else { throw .badJSON }
      units.append(try readCodeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw .badJSON }
    return Array(text.utf8)
  }

  private mutating func readCodeUnit() throws(MacaroonError) -> UInt16 {
    let digits = String(decoding: try cursor.read(4), as: UTF8.self)
    // A sign would pass as part of a number.
    guard digits.utf8.first != UInt8(ascii: "+"), let unit = UInt16(digits, radix: 16) else {
      throw .badJSON
    }
    return unit
  }

  private mutating func skipSpace() {
    while let byte = cursor.next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { cursor.advance() }
  }

  private mutating func takeIfNext(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard cursor.next == UInt8(ascii: scalar) else { return false }
    cursor.advance()
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws(MacaroonError) {
    guard takeIfNext(scalar) else { throw cursor.isAtEnd ? .truncated : .badJSON }
  }
}
