/// The V2 format: the byte 2, then sections of fields, each field a type, a length and a value.
///
/// The first section is the macaroon's location (if any) and identifier; then follows one for each
/// caveat with its location, condition and verification id; an empty section ends them, and the
/// signature comes last.
enum V2Codec {
  private static let version: UInt8 = 2
  private static let endOfSection: UInt8 = 0
  /// Lengths take at most 31 bits, as in the Go library.
  private static let greatestNumber = Int(Int32.max)

  private enum Field: UInt8 {
    case location = 1
    case identifier = 2
    case verificationID = 4
    case signature = 6
  }

  static func encode(_ macaroon: Macaroon) -> [UInt8] {
    var output = [version]
    if !macaroon.location.isEmpty { append(.location, macaroon.location, to: &output) }
    append(.identifier, macaroon.identifier, to: &output)
    output.append(endOfSection)
    for caveat in macaroon.caveats {
      if let location = caveat.location { append(.location, location, to: &output) }
      append(.identifier, caveat.condition, to: &output)
      if let verificationID = caveat.verificationID {
        append(.verificationID, verificationID, to: &output)
      }
      output.append(endOfSection)
    }
    output.append(endOfSection)
    append(.signature, macaroon.signature, to: &output)
    return output
  }

  static func decode(_ bytes: [UInt8]) throws(MacaroonError) -> Macaroon {
    var cursor = ByteCursor(bytes, skipping: 1)
    let header = try readSection(from: &cursor)
    guard let identifier = header.identifier, header.verificationID == nil else {
      throw .unexpectedField
    }
    var caveats: [Macaroon.Caveat] = []
    while cursor.next != endOfSection {
      guard caveats.count < MacaroonLimits.caveats else { throw .tooManyCaveats }
      let section = try readSection(from: &cursor)
      guard let condition = section.identifier else { throw .unexpectedField }
      caveats.append(
        try Macaroon.Caveat(
          condition: condition, verificationID: section.verificationID,
          location: section.location))
    }
    _ = try cursor.readByte()
    let last = try readField(from: &cursor)
    guard last.field == .signature else { throw .unexpectedField }
    try cursor.expectEnd()
    return try Macaroon(
      location: header.location ?? [], identifier: identifier, caveats: caveats,
      signature: last.value)
  }

  private static func append(_ field: Field, _ value: [UInt8], to output: inout [UInt8]) {
    output.append(field.rawValue)
    var rest = value.count
    while rest > 0x7f {
      output.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
    output += value
  }

  private struct Section {
    var location: [UInt8]?
    var identifier: [UInt8]?
    var verificationID: [UInt8]?
  }

  private static func readSection(
    from cursor: inout ByteCursor
  ) throws(MacaroonError) -> Section {
    var section = Section()
    var previous: UInt8 = 0
    while cursor.next != endOfSection {
      let (field, value) = try readField(from: &cursor)
      guard field.rawValue > previous else { throw .unexpectedField }
      previous = field.rawValue
      switch field {
      case .location: section.location = value
      case .identifier: section.identifier = value
      case .verificationID: section.verificationID = value
      case .signature: throw .unexpectedField
      }
    }
    _ = try cursor.readByte()
    return section
  }

  private static func readField(
    from cursor: inout ByteCursor
  ) throws(MacaroonError) -> (field: Field, value: [UInt8]) {
    let type = try readNumber(from: &cursor)
    guard let raw = UInt8(exactly: type), let field = Field(rawValue: raw) else {
      throw .unexpectedField
    }
    let length = try readNumber(from: &cursor)
    return (field, [UInt8](try cursor.read(length)))
  }

  /// A number in groups of seven bits, the lowest first, in its shortest form.
  private static func readNumber(from cursor: inout ByteCursor) throws(MacaroonError) -> Int {
    var number = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      let byte = try cursor.readByte()
      number |= Int(byte & 0x7f) << shift
      guard byte & 0x80 == 0 else { continue }
      guard byte != 0 || shift == 0, number <= greatestNumber else { throw .badVarint }
      return number
    }
    throw .badVarint
  }
}
