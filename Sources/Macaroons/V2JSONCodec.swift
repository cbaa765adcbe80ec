internal import LibCrypto

/// The V2 fields as a JSON object.
///
/// `v` is the version, `l` the location, `i` the identifier, `c` the caveats (`i` the condition,
/// `l` the location, `v` the verification id) and `s` the signature; a name with `64` at its end
/// holds base64. It is written in the form that the Go, C and Python libraries all read: text that
/// JSON would have to escape goes as base64, because libmacaroons knows hardly any escape, and `c`
/// is there even when it is empty.
enum V2JSONCodec {
  static func encode(_ macaroon: Macaroon) -> [UInt8] {
    var members = [#""v":2"#]
    let location = macaroon.location[...]
    if !location.isEmpty { members.append(locationMember(location)) }
    members.append(member("i", macaroon.identifier[...]))
    let caveats = macaroon.caveats.map(object(of:))
    members.append(#""c":[\#(caveats.joined(separator: ","))]"#)
    members.append(base64Member("s", macaroon.signature[...]))
    return Array("{\(members.joined(separator: ","))}".utf8)
  }

  static func decode(_ bytes: [UInt8]) throws(MacaroonError) -> Macaroon {
    var reader = JSONReader(bytes)
    var fields = Fields()
    var caveats: [CaveatFields]?
    var hasVersion = false
    try reader.readObject { (name, reader) throws(MacaroonError) in
      switch name {
      case "v":
        guard !hasVersion, try reader.readVersion() == "2" else { throw .unexpectedField }
        hasVersion = true
      case "c":
        guard caveats == nil else { throw .unexpectedField }
        caveats = try readCaveats(from: &reader)
      case "i", "i64", "l", "l64", "s", "s64":
        try fields.set(name, from: &reader)
      default: throw .unexpectedField
      }
    }
    try reader.expectEnd()
    return try Macaroon(
      location: fields["l"] ?? [], identifier: fields["i"] ?? [], caveats: caveats ?? [],
      signature: fields["s"] ?? [])
  }

  private static func readCaveats(
    from reader: inout JSONReader
  ) throws(MacaroonError) -> [CaveatFields] {
    var caveats: [CaveatFields] = []
    try reader.readArray { (reader) throws(MacaroonError) in
      guard caveats.count < MacaroonLimits.caveats else { throw .tooManyCaveats }
      var fields = Fields()
      try reader.readObject { (name, reader) throws(MacaroonError) in
        guard ["i", "i64", "l", "l64", "v", "v64"].contains(name) else { throw .unexpectedField }
        try fields.set(name, from: &reader)
      }
      caveats.append(
        try CaveatFields(
          condition: fields["i"] ?? [], verificationID: fields["v"], location: fields["l"]))
    }
    return caveats
  }

  /// The values of one object by the letter of their name, whichever way they were spelled.
  private struct Fields {
    private var values: [Character: ArraySlice<UInt8>] = [:]

    subscript(_ letter: Character) -> ArraySlice<UInt8>? { values[letter] }

    mutating func set(
      _ name: String, from reader: inout JSONReader
    ) throws(MacaroonError) {
      guard let letter = name.first, values[letter] == nil else { throw .unexpectedField }
      let text = try reader.readString()
      if name.hasSuffix("64") {
        guard let bytes = Base64.decode(text) else { throw .badJSON }
        values[letter] = bytes[...]
      } else {
        values[letter] = Array(text.utf8)[...]
      }
    }
  }

  private static func object(of caveat: Macaroon.Caveat) -> String {
    var members = [member("i", caveat.condition)]
    if let location = caveat.location { members.append(locationMember(location)) }
    if let verificationID = caveat.verificationID {
      members.append(base64Member("v", verificationID))
    }
    return "{\(members.joined(separator: ","))}"
  }

  private static func member(_ letter: Character, _ bytes: ArraySlice<UInt8>) -> String {
    guard !bytes.contains(where: isEscaped), let text = String(validating: bytes, as: UTF8.self)
    else { return base64Member(letter, bytes) }
    return #""\#(letter)":"\#(text)""#
  }

  private static func base64Member(_ letter: Character, _ bytes: ArraySlice<UInt8>) -> String {
    #""\#(letter)64":"\#(Base64.encode([UInt8](bytes), .urlUnpadded))""#
  }

  /// A location is a string for every library, so it is escaped rather than turned into base64,
  /// unless it is not text at all.
  private static func locationMember(_ bytes: ArraySlice<UInt8>) -> String {
    guard String(validating: bytes, as: UTF8.self) != nil else { return base64Member("l", bytes) }
    var escaped: [UInt8] = []
    for byte in bytes {
      if isEscaped(byte) {
        escaped += "\\u00\(Hex.encode([byte]))".utf8
      } else {
        escaped.append(byte)
      }
    }
    return #""l":"\#(String(decoding: escaped, as: UTF8.self))""#
  }

  /// Whether JSON (RFC 8259 §7) wants an escape for `byte`.
  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }
}
