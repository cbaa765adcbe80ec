import LibCrypto
import Macaroons
import Testing

@Suite struct FormatTests {
  static let signature = String(repeating: "s", count: 32)

  @Test func `each format is told by its first byte`() throws {
    let macaroon = try Samples.macaroon()
    for format in MacaroonFormat.allCases {
      #expect(MacaroonFormat(of: try macaroon.serialized(format)) == format)
    }
    for bytes in [[], [0], [1], [3], Array("g".utf8), Array("A".utf8), Array("[".utf8)] {
      #expect(MacaroonFormat(of: bytes) == nil)
      #expect(throws: MacaroonError.unknownFormat) { try Macaroon(parsing: bytes) }
    }
  }

  @Test func `the formats are written as documented`() throws {
    let macaroon = try Macaroon(rootKey: [1], identifier: [0xff], location: Array("l".utf8))
      .attenuated(with: "a=1")
    let signature = String(repeating: "S", count: 32)
    let v1 = try macaroon.serialized(.v1).dropLast(33) + Array("\(signature)\n".utf8)
    #expect(
      Array(v1)
        == Array("000flocation l\n0011identifier ".utf8) + [0xff]
        + Array("\n000ccid a=1\n002fsignature \(signature)\n".utf8))
    let v2 = try macaroon.serialized(.v2).dropLast(32)
    #expect(
      Array(v2) == [2, 1, 1, 0x6c, 2, 1, 0xff, 0, 2, 3] + Array("a=1".utf8) + [0, 0, 6, 32])
    #expect(
      try macaroon.text(.v2JSON).hasPrefix(
        #"{"v":2,"l":"l","i64":"_w","c":[{"i":"a=1"}],"s64":""#))
  }

  static let malformedV1: [(String, MacaroonError)] = [
    ("0", .truncated),
    ("000", .truncated),
    ("0000", .badPacketHeader),
    ("0004", .badPacketHeader),
    ("0005\n", .badPacketHeader),
    ("000elocation x", .badPacketHeader),
    ("000Elocation \n0010identifier \n", .badPacketHeader),
    ("0x0elocation \n", .badPacketHeader),
    ("000flocation \n", .truncated),
    ("000elocation \n", .truncated),
    ("0010identifier \n", .unexpectedField),
    ("000elocation \n000elocation \n", .unexpectedField),
    ("000elocation \n0010identifier \n", .truncated),
    ("000elocation \n0010identifier \n0010identifier \n", .unexpectedField),
    ("000elocation \n0010identifier \n0009vid \n", .unexpectedField),
    ("000elocation \n0010identifier \n0009cid \n000bother \n", .unexpectedField),
    ("000elocation \n0010identifier \n0009cid \n000avid v\n", .truncated),
    (
      "000elocation \n0010identifier \n0009cid \n0009vid \n002fsignature \(signature)\n",
      .emptyVerificationID
    ),
    (
      "000elocation \n0010identifier \n0009cid \n0008cl \n002fsignature \(signature)\n",
      .locationWithoutThirdParty
    ),
    ("000elocation \n0010identifier \n0009cid \n000avid v\n000avid v\n", .unexpectedField),
    ("000elocation \n0010identifier \n0009cid \n0008cl \n000avid v\n", .locationWithoutThirdParty),
    ("000elocation \n0010identifier \n000fsignature \n", .badSignatureLength),
    (
      "000elocation \n0010identifier \n002esignature \(signature.dropLast())\n",
      .badSignatureLength
    ),
    ("000elocation \n0010identifier \n002fsignature \(signature)\n ", .trailingBytes),
    ("000elocation \n0010identifier \n002fsignature \(signature)\n0009cid \n", .trailingBytes),
  ]

  @Test(arguments: malformedV1)
  func `malformed V1 is refused`(text: String, error: MacaroonError) {
    #expect(throws: error) { try Macaroon(parsing: Array(text.utf8)) }
  }

  static let end: [UInt8] = [6, 32] + Array(signature.utf8)

  static let malformedV2: [([UInt8], MacaroonError)] = [
    ([2], .truncated),
    ([2, 0], .unexpectedField),
    ([2, 1, 0, 0], .unexpectedField),
    ([2, 2], .truncated),
    ([2, 2, 0], .truncated),
    ([2, 2, 1], .truncated),
    ([2, 2, 0, 0], .truncated),
    ([2, 2, 0, 0, 0], .truncated),
    ([2, 2, 0, 1, 0, 0] + [0] + end, .unexpectedField),
    ([2, 2, 0, 2, 0, 0] + [0] + end, .unexpectedField),
    ([2, 1, 0, 1, 0, 2, 0, 0] + [0] + end, .unexpectedField),
    ([2, 2, 0, 4, 1, 9, 0] + [0] + end, .unexpectedField),
    ([2, 2, 0, 3, 0, 0] + [0] + end, .unexpectedField),
    ([2, 2, 0] + end + [0, 0], .unexpectedField),
    ([2, 2, 0, 0, 4, 1, 9, 0, 0] + end, .unexpectedField),
    ([2, 2, 0, 0, 1, 0, 0, 0] + end, .unexpectedField),
    ([2, 2, 0, 0, 1, 0, 2, 0, 0, 0] + end, .locationWithoutThirdParty),
    ([2, 2, 0, 0, 2, 0, 4, 0, 0, 0] + end, .emptyVerificationID),
    ([2, 2, 0, 0, 2, 0, 4, 1, 9, 4, 1, 9, 0, 0] + end, .unexpectedField),
    ([2, 2, 0, 0, 0, 2, 0], .unexpectedField),
    ([2, 2, 0, 0, 0, 6, 0], .badSignatureLength),
    ([2, 2, 0, 0, 0, 6, 31] + end.dropFirst(3), .badSignatureLength),
    ([2, 2, 0, 0, 0] + end.dropLast(), .truncated),
    ([2, 2, 0, 0, 0] + end + [0], .trailingBytes),
    ([2, 2, 0, 0, 0, 0] + end, .unexpectedField),
    // Numbers: not the shortest form, more than 31 bits, more than five bytes, cut.
    ([2, 2, 0x80, 0, 0, 0] + end, .badVarint),
    ([2, 0x82, 0, 0, 0, 0] + end, .badVarint),
    ([2, 2, 0xff, 0xff, 0xff, 0xff, 0x08], .badVarint),
    ([2, 2, 0xff, 0xff, 0xff, 0xff, 0x07], .truncated),
    ([2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], .badVarint),
    ([2, 2, 0x80], .truncated),
    ([2, 0x80, 0x02, 0], .unexpectedField),
  ]

  @Test(arguments: malformedV2)
  func `malformed V2 is refused`(bytes: [UInt8], error: MacaroonError) {
    #expect(throws: error) { try Macaroon(parsing: bytes) }
  }

  @Test func `an empty location in V2, which pymacaroons writes, is none`() throws {
    let bytes: [UInt8] = [2, 1, 0, 2, 1, 9, 0, 0] + Self.end
    let macaroon = try Macaroon(parsing: bytes)
    #expect(macaroon.location.isEmpty)
    #expect(try macaroon.serialized(.v2) == [2, 2, 1, 9, 0, 0] + Self.end)
  }

  @Test func `a macaroon read with an empty location is the same as one without`() throws {
    let plain = try Macaroon(rootKey: Samples.rootKey, identifier: Array("id".utf8))
      .attenuated(with: "a = 1")
    let bytes = try plain.serialized(.v2)
    var macaroon = try Macaroon(parsing: [2, 1, 0] + bytes.dropFirst())
    #expect(macaroon == plain)
    #expect(macaroon.identifier == Array("id".utf8))
    try macaroon.attenuate(with: Array("b = 2".utf8))
    try macaroon.verify(rootKey: Samples.rootKey) { _ in true }
    let conditions = macaroon.caveats.map { String(decoding: $0.condition, as: UTF8.self) }
    #expect(conditions == ["a = 1", "b = 2"])
  }

  @Test func `a third party's caveat keeps its bytes, with a location, an empty one and none`()
    throws
  {
    for location: [UInt8] in [[1, 1, 0x6c], [1, 0], []] {
      let bytes: [UInt8] =
        [2, 2, 1, 9, 0] + location + [2, 2, 0x69, 0x64, 4, 2, 0, 0xff, 0, 0] + Self.end
      let macaroon = try Macaroon(parsing: bytes)
      #expect(macaroon.caveats.first?.verificationID == [0, 0xff])
      #expect(
        macaroon.caveats.first?.location == (location.isEmpty ? nil : location[2...]))
      #expect(try macaroon.serialized(.v2) == bytes)
      for format in MacaroonFormat.allCases {
        #expect(try Macaroon(parsing: macaroon.serialized(format)) == macaroon)
      }
    }
  }

  @Test func `the same macaroon reads back from every format, with any bytes in it`() throws {
    for seed in UInt64(1)...200 {
      var source = SeededGenerator(seed: seed)
      let rootKey = source.bytes(1..<70)
      let macaroon = try source.macaroon(rootKey: rootKey)
      for format in MacaroonFormat.allCases {
        let bytes = try macaroon.serialized(format)
        let read = try Macaroon(parsing: bytes)
        #expect(read == macaroon, "seed \(seed), \(format)")
        #expect(try read.serialized(format) == bytes, "seed \(seed), \(format)")
        try read.verify(rootKey: rootKey) { _ in true }
      }
    }
  }

  @Test func `a token cut anywhere is refused`() throws {
    let macaroon = try Samples.macaroon()
    for format in MacaroonFormat.allCases {
      let bytes = try macaroon.serialized(format)
      for count in bytes.indices {
        #expect(throws: MacaroonError.self) { try Macaroon(parsing: Array(bytes[..<count])) }
      }
    }
  }

  @Test func `a changed bit gives a token that is refused, or differs in its location alone`()
    throws
  {
    let macaroon = try Samples.macaroon()
    for format in MacaroonFormat.allCases {
      let bytes = try macaroon.serialized(format)
      for index in bytes.indices {
        for bit in 0..<8 {
          var changed = bytes
          changed[index] ^= 1 << bit
          do throws(MacaroonError) {
            let read = try Macaroon(parsing: changed)
            try read.verify(rootKey: Samples.rootKey) { _ in true }
            #expect(read.identifier == macaroon.identifier && read.caveats == macaroon.caveats)
          } catch {
            #expect(!error.description.isEmpty)
          }
        }
      }
    }
  }

  @Test func `random bytes after a right beginning never trap`() {
    for seed in UInt64(1)...3_000 {
      var source = SeededGenerator(seed: seed)
      let starts: [[UInt8]] = [
        [2], [2, 2, 1, 9, 0], [2, 2], Array("000elocation \n".utf8), Array("00".utf8),
        Array(#"{"i":""#.utf8), Array(#"{"c":[{"#.utf8), Array(#"{"s":"\u"#.utf8),
      ]
      for start in starts {
        #expect(throws: MacaroonError.self) {
          try Macaroon(parsing: start + source.bytes(0..<80))
        }
      }
    }
  }
}
