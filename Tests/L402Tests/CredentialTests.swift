import L402
import LibCrypto
import Macaroons
import Testing

@Suite struct CredentialTests {
  static let preimageHex = Hex.encode(Sample.preimage)

  @Test(arguments: L402Scheme.allCases)
  func `a credential answers under the challenge's scheme, in the spelling all sellers read`(
    scheme: L402Scheme
  ) throws {
    let bytes = try Sample.macaroon().serialized(.v2)
    for text in [
      Base64.encode(bytes, .standard), Base64.encode(bytes, .urlUnpadded), Hex.encode(bytes),
    ] {
      let header = "\(scheme.rawValue.lowercased()) token=\"\(text)\", invoice=\"lnbc1\""
      let challenge = try #require(
        ChallengeParser.challenges(inHeaders: [header]).first?.challenge)
      let credential = try L402Credential(answering: challenge, preimage: Sample.preimage)
      #expect(
        try credential.authorizationValue()
          == "\(scheme.rawValue) \(Base64.encode(bytes, .standard)):\(Self.preimageHex)")
    }
  }

  @Test(arguments: ["AGIAJEemVQUTEyNCR0exk7ek90Cg==", "a.b.c", "0f0f:", "x:y:z", "a,b", "a|b"])
  func `an opaque token is presented as it came and reads back`(text: String) throws {
    let credential = try L402Credential(
      scheme: .l402, tokens: [.opaque(text)], preimage: Sample.preimage)
    let value = try credential.authorizationValue()
    #expect(value == "L402 \(text):\(Self.preimageHex)")
    let again = try L402Credential(authorization: value)
    #expect(again.tokens == [.opaque(text)])
    #expect(again.macaroons.isEmpty)
    #expect(again.preimage == Sample.preimage)
  }

  @Test func `every spelling of an Authorization value reads the same`() throws {
    let bytes = try Sample.macaroon().serialized(.v2)
    let standard = Base64.encode(bytes, .standard)
    let hex = Self.preimageHex
    for value in [
      "L402 \(standard):\(hex)", "l402 \(standard):\(hex)", "  L402 \t \(standard) : \(hex) ",
      "L402 \(Base64.encode(bytes, .urlUnpadded)):\(hex)",
      "L402 \(Hex.encode(bytes)):\(hex.uppercased())",
    ] {
      let credential = try L402Credential(authorization: value)
      #expect(credential.scheme == .l402)
      #expect(credential.tokens == [try Sample.token()])
      #expect(credential.preimage == Sample.preimage)
    }
  }

  @Test func `several macaroons are written and read in order`() throws {
    let tokens: [L402Token] = [
      .macaroon(try Sample.macaroon(), .v2), .macaroon(try Sample.macaroon(["services=b:1"]), .v2),
      .macaroon(try Sample.macaroon([]), .v2),
    ]
    let value = try L402Credential(scheme: .lsat, tokens: tokens, preimage: Sample.preimage)
      .authorizationValue()
    #expect(value.utf8.filter { $0 == UInt8(ascii: ",") }.count == 2)
    #expect(try L402Credential(authorization: value).tokens == tokens)
    #expect(
      try L402Credential(authorization: value.replacing(",", with: " ,  ")).tokens == tokens)
  }

  @Test(arguments: [MacaroonFormat.v1, .v2, .v2JSON])
  func `a macaroon goes back in the format it came in`(format: MacaroonFormat) throws {
    let bytes = try Sample.macaroon().serialized(format)
    let token = L402Token(text: Base64.encode(bytes, .urlUnpadded))
    #expect(token == .macaroon(try Sample.macaroon(), format))
    #expect(try token.authorizationText() == Base64.encode(bytes, .standard))
  }

  static let malformed: [(value: String, error: L402Error)] = [
    ("", .noCredential),
    ("Basic dXNlcjpwYXNz", .noCredential),
    ("Bearer abc", .noCredential),
    ("L402x abc:00", .noCredential),
    ("L402", .badCredential),
    ("L402 ", .badCredential),
    ("L402 abc", .badCredential),
    ("L402 :\(preimageHex)", .badCredential),
    ("L402 abc:", .badPreimage),
    ("L402 abc:00", .badPreimage),
    ("L402 abc:\(preimageHex)00", .badPreimage),
    ("L402 abc:g\(preimageHex.dropFirst())", .badPreimage),
    ("L402 abc:\(preimageHex) x", .badPreimage),
    ("L402 a c:\(preimageHex)", .unpresentableToken),
    ("L402 \u{e9}:\(preimageHex)", .unpresentableToken),
    ("L402 a,b,c,d,e,f,g,h,i:\(preimageHex)", .badTokenCount),
  ]

  @Test(arguments: malformed)
  func `a malformed Authorization value is refused for its reason`(
    value: String, error: L402Error
  ) {
    #expect(throws: error) { try L402Credential(authorization: value) }
  }

  @Test func `an over-long Authorization value is refused`() {
    let value = "L402 " + String(repeating: "a", count: 1 << 20)
    #expect(throws: L402Error.headerTooLong(length: value.utf8.count)) {
      try L402Credential(authorization: value)
    }
    #expect(throws: L402Error.headerTooLong(length: value.utf8.count)) {
      try L402Credential(grpcMetadata: value)
    }
  }

  @Test func `a credential that no header could carry is not made`() throws {
    let token = try Sample.token()
    let preimage = Sample.preimage
    #expect(throws: L402Error.badPreimage) {
      try L402Credential(scheme: .l402, tokens: [token], preimage: Array(preimage.dropLast()))
    }
    #expect(throws: L402Error.badTokenCount) {
      try L402Credential(scheme: .l402, tokens: [], preimage: preimage)
    }
    let tooMany = [L402Token](repeating: token, count: L402Limits.tokensPerCredential + 1)
    #expect(throws: L402Error.badTokenCount) {
      try L402Credential(scheme: .l402, tokens: tooMany, preimage: preimage)
    }
    #expect(throws: L402Error.notMacaroon) {
      try L402Credential(scheme: .l402, tokens: [token, .opaque("a")], preimage: preimage)
    }
    for text in ["", "a\r\nX-Header: b", "a b", "é"] {
      #expect(throws: L402Error.unpresentableToken) {
        try L402Credential(scheme: .l402, tokens: [.opaque(text)], preimage: preimage)
      }
    }
  }

  @Test func `a description shows no secret`() throws {
    let credential = try L402Credential(
      scheme: .l402, tokens: [.opaque("sesame")], preimage: Sample.preimage)
    for text in ["\(credential)", String(reflecting: credential)] {
      #expect(text == "L402 credential of 1 tokens")
    }
  }
}

@Suite struct GRPCCredentialTests {
  @Test func `metadata is the hex of the macaroon with the preimage as its last caveat`() throws {
    let credential = try L402Credential(
      scheme: .l402, tokens: [try Sample.token()], preimage: Sample.preimage)
    let value = try credential.grpcMetadataValue()
    let caveat = "preimage=\(Hex.encode(Sample.preimage))"
    let paid = try Sample.macaroon().attenuated(with: caveat)
    #expect(value == Hex.encode(try paid.serialized(.v2)))
    for text in [value, value.uppercased()] {
      let again = try L402Credential(grpcMetadata: text)
      #expect(again.macaroons == [paid])
      #expect(again.preimage == Sample.preimage)
    }
  }

  @Test func `of several preimage caveats the last one counts`() throws {
    let first = String(repeating: "11", count: 32)
    let second = String(repeating: "22", count: 32)
    let macaroon = try Sample.macaroon(["preimage=\(first)", "a=b", "preimage=\(second)", "c"])
    let credential = try L402Credential(grpcMetadata: Hex.encode(try macaroon.serialized(.v2)))
    #expect(credential.preimage == [UInt8](repeating: 0x22, count: 32))
  }

  @Test func `malformed metadata is refused for its reason`() throws {
    func metadata(_ caveats: [String]) throws -> String {
      Hex.encode(try Sample.macaroon(caveats).serialized(.v2))
    }
    let plain = try metadata([])
    let short = try metadata(["preimage=00"])
    let notHex = try metadata(["preimage=" + String(repeating: "zz", count: 32)])
    let base64 = try Sample.text()
    let cut = String(plain.dropLast(2))
    for (value, error) in [
      ("", L402Error.notMacaroon), ("00", .notMacaroon), ("xyz", .notMacaroon),
      (base64, .notMacaroon), (cut, .notMacaroon), (plain, .missingPreimageCaveat),
      (short, .badPreimage), (notHex, .badPreimage),
    ] {
      #expect(throws: error) { try L402Credential(grpcMetadata: value) }
    }
  }

  @Test func `only one macaroon fits into metadata`() throws {
    let token = try Sample.token()
    let preimage = Sample.preimage
    let two = try L402Credential(scheme: .l402, tokens: [token, token], preimage: preimage)
    #expect(throws: L402Error.needsOneMacaroon) { try two.grpcMetadataValue() }
    let opaque = try L402Credential(scheme: .l402, tokens: [.opaque("a")], preimage: preimage)
    #expect(throws: L402Error.needsOneMacaroon) { try opaque.grpcMetadataValue() }
  }
}

@Suite struct IdentifierTests {
  @Test func `an identifier is 66 bytes: version, payment hash, token id`() throws {
    let identifier = try Sample.identifier()
    #expect(identifier.encoded == [0, 0] + Sample.paymentHash + Sample.tokenID)
    #expect(try L402Identifier(decoding: identifier.encoded) == identifier)
  }

  @Test func `another version or length is refused`() throws {
    let good = try Sample.identifier().encoded
    #expect(throws: L402Error.identifierVersion(1)) {
      try L402Identifier(decoding: [0, 1] + good.dropFirst(2))
    }
    #expect(throws: L402Error.identifierVersion(0x3030)) {
      try L402Identifier(decoding: Array("00".utf8))
    }
    for length in [0, 1, 2, 34, 65] {
      #expect(throws: L402Error.identifierLength(length)) {
        try L402Identifier(decoding: Array(good.prefix(length)))
      }
    }
    #expect(throws: L402Error.identifierLength(67)) {
      try L402Identifier(decoding: good + [0])
    }
    #expect(throws: L402Error.identifierField) {
      try L402Identifier(paymentHash: [], tokenID: Sample.tokenID)
    }
    #expect(throws: L402Error.identifierField) {
      try L402Identifier(paymentHash: Sample.paymentHash, tokenID: [1])
    }
  }
}
