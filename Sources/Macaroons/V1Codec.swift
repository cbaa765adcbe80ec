/// The V1 format: packets of four hex digits of length, a field name, a space, the value and a
/// newline.
///
/// The fields are `location`, `identifier`, then for each caveat `cid` and, if it is a third
/// party's, `vid` and `cl`, and at the end `signature`.
enum V1Codec {
  private static let newline = UInt8(ascii: "\n")
  private static let space = UInt8(ascii: " ")
  private static let digits = Array("0123456789abcdef".utf8)
  private static let lengthDigits = 4
  private static let greatestPacket = 0xffff

  private enum Field: String {
    case location, identifier, cid, vid, cl, signature
  }

  static func encode(_ macaroon: Macaroon) throws(MacaroonError) -> [UInt8] {
    var output: [UInt8] = []
    try append(.location, macaroon.location[...], to: &output)
    try append(.identifier, macaroon.identifier[...], to: &output)
    for caveat in macaroon.caveats {
      try append(.cid, caveat.condition, to: &output)
      if let verificationID = caveat.verificationID {
        try append(.vid, verificationID, to: &output)
      }
      if let location = caveat.location { try append(.cl, location, to: &output) }
    }
    try append(.signature, macaroon.signature[...], to: &output)
    return output
  }

  static func decode(_ bytes: [UInt8]) throws(MacaroonError) -> Macaroon {
    var packets = try Packets(bytes)
    let location = try packets.take(.location)
    let identifier = try packets.take(.identifier)
    var caveats: [CaveatFields] = []
    while let condition = try packets.takeIfNext(.cid) {
      guard caveats.count < MacaroonLimits.caveats else { throw .tooManyCaveats }
      let verificationID = try packets.takeIfNext(.vid)
      let location = try packets.takeIfNext(.cl)
      caveats.append(
        try CaveatFields(
          condition: condition, verificationID: verificationID, location: location))
    }
    let signature = try packets.take(.signature)
    try packets.expectEnd()
    return try Macaroon(
      location: location, identifier: identifier, caveats: caveats, signature: signature)
  }

  private static func append(
    _ field: Field, _ value: ArraySlice<UInt8>, to output: inout [UInt8]
  ) throws(MacaroonError) {
    let length = lengthDigits + field.rawValue.utf8.count + value.count + 2
    guard length <= greatestPacket else { throw .fieldTooLong }
    for shift in [12, 8, 4, 0] { output.append(digits[length >> shift & 15]) }
    output += field.rawValue.utf8
    output.append(space)
    output += value
    output.append(newline)
  }

  /// The packets of a token, with one read ahead.
  private struct Packets {
    private var cursor: ByteCursor
    private var ahead: (field: Field, value: ArraySlice<UInt8>)?

    init(_ bytes: [UInt8]) throws(MacaroonError) {
      cursor = ByteCursor(bytes)
      ahead = try Self.read(from: &cursor)
    }

    mutating func take(_ field: Field) throws(MacaroonError) -> ArraySlice<UInt8> {
      guard let value = try takeIfNext(field) else {
        throw ahead == nil ? .truncated : .unexpectedField
      }
      return value
    }

    mutating func takeIfNext(_ field: Field) throws(MacaroonError) -> ArraySlice<UInt8>? {
      guard let packet = ahead, packet.field == field else { return nil }
      // What follows a signature is not read, whatever it is.
      ahead = field == .signature ? nil : try Self.read(from: &cursor)
      return packet.value
    }

    func expectEnd() throws(MacaroonError) { try cursor.expectEnd() }

    private static func read(
      from cursor: inout ByteCursor
    ) throws(MacaroonError) -> (field: Field, value: ArraySlice<UInt8>)? {
      guard !cursor.isAtEnd else { return nil }
      var length = 0
      for _ in 0..<lengthDigits {
        guard let digit = digits.firstIndex(of: try cursor.readByte()) else {
          throw .badPacketHeader
        }
        length = length << 4 | digit
      }
      guard length > lengthDigits else { throw .badPacketHeader }
      let body = try cursor.read(length - lengthDigits)
      guard body.last == newline, let end = body.firstIndex(of: space) else {
        throw .badPacketHeader
      }
      let name = String(decoding: body[..<end], as: UTF8.self)
      guard let field = Field(rawValue: name) else { throw .unexpectedField }
      return (field, body[(end + 1)...].dropLast())
    }
  }
}
