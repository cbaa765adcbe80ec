extension PaymentJSON {
  /// The deepest nesting that is read.
  static let maximumDepth = 16
  /// The longest text that is read, in bytes.
  static let maximumLength = 65_536

  /// Reads one JSON value (RFC 8259) in UTF-8.
  ///
  /// As RFC 8785 §3.1 asks, a repeated name, half a surrogate pair and a number beyond the range of
  /// doubles are refused.
  /// - Throws: ``PaymentSchemeError/badJSON``.
  public init(parsing bytes: [UInt8]) throws(PaymentSchemeError) {
    guard bytes.count <= Self.maximumLength else { throw .badJSON }
    var reader = PaymentJSONReader(bytes)
    self = try reader.readDocument()
  }
}

/// Reads JSON from front to back; nesting and length are bounded.
struct PaymentJSONReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readDocument() throws(PaymentSchemeError) -> PaymentJSON {
    let value = try readValue(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw .badJSON }
    return value
  }

  private mutating func readValue(depth: Int) throws(PaymentSchemeError) -> PaymentJSON {
    guard depth < PaymentJSON.maximumDepth else { throw .badJSON }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try readObject(depth: depth)
    case UInt8(ascii: "["): return try readArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try read("true", as: .bool(true))
    case UInt8(ascii: "f"): return try read("false", as: .bool(false))
    case UInt8(ascii: "n"): return try read("null", as: .null)
    default: return .number(try readNumber())
    }
  }

  private mutating func readObject(depth: Int) throws(PaymentSchemeError) -> PaymentJSON {
    position += 1
    var members: [String: PaymentJSON] = [:]
    guard !takeIfNext("}") else { return .object(members) }
    repeat {
      skipSpace()
      let name = try readString()
      try expect(":")
      let value = try readValue(depth: depth + 1)
      guard members.updateValue(value, forKey: name) == nil else { throw .badJSON }
    } while takeIfNext(",")
    try expect("}")
    return .object(members)
  }

  private mutating func readArray(depth: Int) throws(PaymentSchemeError) -> PaymentJSON {
    position += 1
    var values: [PaymentJSON] = []
    guard !takeIfNext("]") else { return .array(values) }
    repeat { values.append(try readValue(depth: depth + 1)) } while takeIfNext(",")
    try expect("]")
    return .array(values)
  }

  private mutating func readString() throws(PaymentSchemeError) -> String {
    guard next == UInt8(ascii: "\"") else { throw .badJSON }
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw .badJSON }
        return string
      case UInt8(ascii: "\\"): try readEscape(into: &text)
      case 0..<0x20: throw .badJSON
      default: text.append(byte)
      }
    }
    throw .badJSON
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(PaymentSchemeError) {
    guard let byte = next else { throw .badJSON }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += try readEscapedScalar()
    default: throw .badJSON
    }
  }

  /// One scalar, which takes two escapes when it is outside the basic plane.
  private mutating func readEscapedScalar() throws(PaymentSchemeError) -> [UInt8] {
    var units = [try readCodeUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard take() == UInt8(ascii: "\\"), take() == UInt8(ascii: "u") else { throw .badJSON }
      units.append(try readCodeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw .badJSON }
    return Array(text.utf8)
  }

  private mutating func readCodeUnit() throws(PaymentSchemeError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = take(), let digit = Character(UnicodeScalar(byte)).hexDigitValue
      else { throw .badJSON }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  private mutating func readNumber() throws(PaymentSchemeError) -> Double {
    let start = position
    _ = takeByte("-")
    if !takeByte("0") { try skipDigits() }
    if takeByte(".") { try skipDigits() }
    if takeByte("e") || takeByte("E") {
      if !takeByte("+") { _ = takeByte("-") }
      try skipDigits()
    }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)),
      value.isFinite
    else { throw .badJSON }
    return value
  }

  private mutating func skipDigits() throws(PaymentSchemeError) {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw .badJSON }
  }

  private mutating func read(
    _ word: String, as value: PaymentJSON
  ) throws(PaymentSchemeError) -> PaymentJSON {
    for expected in word.utf8 {
      guard take() == expected else { throw .badJSON }
    }
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take() -> UInt8? {
    guard let byte = next else { return nil }
    position += 1
    return byte
  }

  private mutating func takeByte(_ scalar: UnicodeScalar) -> Bool {
    guard next == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func takeIfNext(_ scalar: UnicodeScalar) -> Bool {
    skipSpace()
    return takeByte(scalar)
  }

  private mutating func expect(_ scalar: UnicodeScalar) throws(PaymentSchemeError) {
    guard takeIfNext(scalar) else { throw .badJSON }
  }
}
