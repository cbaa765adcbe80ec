/// Reads V2 bytes from front to back and never past the end.
///
/// It holds a place and not the bytes, so that it can read them where they are.
struct V2Reader {
  /// One section: the fields of the macaroon itself or of one caveat, as places in the bytes.
  struct Section {
    var location: Range<Int>?
    var identifier: Range<Int>
    var verificationID: Range<Int>?

    var longestField: Int {
      max(location?.count ?? 0, identifier.count, verificationID?.count ?? 0)
    }

    var byteCount: Int {
      (location?.count ?? 0) + identifier.count + (verificationID?.count ?? 0)
    }
  }

  /// The types of fields; within a section they ascend.
  enum Field: UInt8 {
    case location = 1
    case identifier = 2
    case verificationID = 4
    case signature = 6
  }

  static let endOfSection: UInt8 = 0
  /// Lengths take at most 31 bits, as in the Go library.
  private static let greatestNumber = Int(Int32.max)

  private(set) var offset: Int

  init(at offset: Int) { self.offset = offset }

  /// Goes past the end of a section or of all sections, if that is next.
  mutating func takeEnd(in bytes: Span<UInt8>) -> Bool {
    guard offset < bytes.count, bytes[offset] == Self.endOfSection else { return false }
    offset += 1
    return true
  }

  mutating func readSection(in bytes: Span<UInt8>) throws(MacaroonError) -> Section {
    var next = try readField(in: bytes)
    var location: Range<Int>?
    if next.field == .location {
      location = next.value
      next = try readField(in: bytes)
    }
    guard next.field == .identifier else { throw .unexpectedField }
    var section = Section(location: location, identifier: next.value)
    if takeEnd(in: bytes) { return section }
    next = try readField(in: bytes)
    guard next.field == .verificationID else { throw .unexpectedField }
    section.verificationID = next.value
    guard !takeEnd(in: bytes) else { return section }
    _ = try readField(in: bytes)
    throw .unexpectedField
  }

  /// The next caveat of bytes that were read before; nil after the last one.
  mutating func nextCaveat(in bytes: Span<UInt8>) -> Section? {
    takeEnd(in: bytes) ? nil : try? readSection(in: bytes)
  }

  mutating func readField(
    in bytes: Span<UInt8>
  ) throws(MacaroonError) -> (field: Field, value: Range<Int>) {
    let type = try readNumber(in: bytes)
    guard let raw = UInt8(exactly: type), let field = Field(rawValue: raw) else {
      throw .unexpectedField
    }
    let length = try readNumber(in: bytes)
    guard length <= bytes.count - offset else { throw .truncated }
    defer { offset += length }
    return (field, offset..<offset + length)
  }

  /// A number in groups of seven bits, the lowest first, in its shortest form.
  @inline(__always)
  private mutating func readNumber(in bytes: Span<UInt8>) throws(MacaroonError) -> Int {
    if offset < bytes.count, bytes[offset] < 0x80 {
      defer { offset += 1 }
      return Int(bytes[offset])
    }
    return try readLongNumber(in: bytes)
  }

  private mutating func readLongNumber(in bytes: Span<UInt8>) throws(MacaroonError) -> Int {
    var number = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard offset < bytes.count else { throw .truncated }
      let byte = bytes[offset]
      offset += 1
      number |= Int(byte & 0x7f) << shift
      guard byte & 0x80 == 0 else { continue }
      guard byte != 0 || shift == 0, number <= Self.greatestNumber else { throw .badVarint }
      return number
    }
    throw .badVarint
  }
}
