import L402
import LibCrypto
import Macaroons
import Testing

@Suite struct ChallengeTests {
  /// How servers found in the wild spell the header.
  ///
  /// `T` stands for the token, `I` for the invoice.
  static let spellings: [(name: String, header: String)] = [
    ("the specification's own", #"L402 version="0", token="T", invoice="I""#),
    ("the reference proxy's", #"L402 macaroon="T", invoice="I""#),
    ("invoice first", #"L402 invoice="I", macaroon="T""#),
    ("bare values", "L402 macaroon=T, invoice=I"),
    ("no commas at all", "L402 macaroon=T invoice=I"),
    ("no commas, quoted", #"L402 macaroon="T" invoice="I""#),
    ("no space after the comma", #"L402 macaroon="T",invoice="I""#),
    ("single quotes", "L402 token='T', invoice='I'"),
    ("scheme in lower case", #"l402 macaroon="T" invoice="I""#),
    ("names in capitals", #"L402 Macaroon="T", INVOICE="I""#),
    ("spaces around the equals signs", #"L402 macaroon = "T" , invoice ="I""#),
    ("tabs and empty list elements", "\t, ,L402\tmacaroon=\"T\",\t, invoice=\"I\" ,"),
    ("a bare number besides", #"L402 token="T", invoice="I", amount=100"#),
    ("both names for the token", #"L402 macaroon="T", invoice="I", version="0", token="T""#),
    ("an empty old name", #"L402 token="T", macaroon="", invoice="I""#),
    (
      "unknown parameters, twice even",
      #"L402 challenge_id="c-7", x="1", token="T", x="2", realm="a, \"b\" = c", invoice="I""#
    ),
    ("a needless escape", #"L402 token="T", invoice="\I""#),
  ]

  @Test(arguments: spellings)
  func `every spelling gives the same token and invoice`(
    spelling: (name: String, header: String)
  ) throws {
    for scheme in L402Scheme.allCases {
      let header = spelling.header
        .replacing("L402", with: scheme.rawValue).replacing("l402", with: scheme.rawValue)
        .replacing("T\"", with: "\(try Sample.text())\"")
        .replacing("T'", with: "\(try Sample.text())'")
        .replacing("=T", with: "=\(try Sample.text())")
        .replacing("I\"", with: "\(Sample.invoice)\"").replacing("I'", with: "\(Sample.invoice)'")
        .replacing("=I", with: "=\(Sample.invoice)")
      let offers = ChallengeParser.challenges(inHeaders: [header])
      try #require(offers.count == 1)
      let challenge = try #require(offers[0].challenge, "\(offers[0])")
      #expect(challenge.scheme == scheme)
      #expect(challenge.tokenText == (try Sample.text()))
      #expect(challenge.macaroon == (try Sample.macaroon()))
      #expect(challenge.identifier == (try Sample.identifier()))
      #expect(challenge.invoice == Sample.invoice)
    }
  }

  @Test func `a token is read in any spelling of base64 and in hex`() throws {
    let bytes = try Sample.macaroon().serialized(.v2)
    for text in [
      Base64.encode(bytes, .standard), Base64.encode(bytes, .urlUnpadded), Hex.encode(bytes),
    ] {
      let header = "L402 token=\"\(text)\", invoice=\"lnbc1\""
      let challenge = ChallengeParser.challenges(inHeaders: [header]).first?.challenge
      #expect(challenge?.macaroon == (try Sample.macaroon()))
      #expect(challenge?.tokenText == text)
    }
  }

  @Test func `a scheme in any case is known`() {
    for name in ["L402", "l402", "LSAT", "Lsat", "lsat"] {
      #expect(L402Scheme(named: name) != nil)
    }
    for name in ["L402x", "L40", "", "Payment", "ls\u{e1}t"] {
      #expect(L402Scheme(named: name) == nil)
    }
  }

  @Test func `a token that is no macaroon stays as it came`() throws {
    for text in [
      "AGIAJEemVQUTEyNCR0exk7ek90Cg==", "eyJh.eyJi.c2ln", "0f0f:", "abc|123", "02",
    ] {
      let header = "LSAT macaroon=\"\(text)\" invoice=\"lnbc1\""
      let challenge = try #require(
        ChallengeParser.challenges(inHeaders: [header]).first?.challenge)
      #expect(challenge.token == .opaque(text))
      #expect(challenge.macaroon == nil)
      #expect(challenge.identifier == nil)
    }
  }

  @Test func `a macaroon with another identifier has no payment hash`() throws {
    let header = "L402 token=\"AgEBYQIBYgAABiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
    let offers = ChallengeParser.challenges(inHeaders: [header + " invoice=\"lnbc1\""])
    let challenge = try #require(offers.first?.challenge)
    #expect(challenge.macaroon?.identifier == Array("b".utf8))
    #expect(challenge.identifier == nil)
  }

  @Test func `several challenges in one header and in several are all told apart`() throws {
    let token = try Sample.text()
    let offers = ChallengeParser.challenges(inHeaders: [
      #"Basic realm="a, L402 macaroon=x", charset="UTF-8", LSAT macaroon="\#(token)", "#
        + #"invoice="lnbc1", L402 macaroon="\#(token)", invoice="lnbc2", Negotiate"#,
      #"Negotiate oYG/abc+==, Bearer"#,
      #"Payment id="x", realm="r", method="lightning", request="eyJh""#,
      #"L402 token="\#(token)", invoice="lnbc3", Digest qop=auth, Custom"#,
    ])
    #expect(
      offers.map { $0.challenge?.invoice ?? "-" }
        == ["-", "lnbc1", "lnbc2", "-", "-", "-", "-", "lnbc3", "-", "-"])
    #expect(offers[1].challenge?.scheme == .lsat)
    #expect(offers[2].challenge?.scheme == .l402)
    let others = offers.compactMap { if case .other(let name) = $0 { name } else { nil } }
    #expect(others == ["Basic", "Negotiate", "Negotiate", "Bearer", "Digest", "Custom"])
    #expect(offers[6] == .malformedPayment(.missing("intent")))
  }

  @Test func `a version is told and judges nothing`() {
    for version in ["0", "1", "2.5-beta"] {
      let header = "L402 version=\"\(version)\", token=\"abc\", invoice=\"lnbc1\""
      let offers = ChallengeParser.challenges(inHeaders: [header])
      #expect(offers.first?.challenge?.version == version)
    }
    let offers = ChallengeParser.challenges(inHeaders: ["L402 token=a, invoice=b"])
    #expect(offers.first?.challenge?.version == nil)
  }

  @Test func `a written challenge is what the reference client matches, and reads back`() throws {
    let challenge = try L402Challenge(macaroon: try Sample.macaroon(), invoice: Sample.invoice)
    let text = try Sample.text()
    let start = "macaroon=\"\(text)\", invoice=\"\(Sample.invoice)\""
    #expect(challenge.headerValue() == "L402 \(start), version=\"0\", token=\"\(text)\"")
    #expect(challenge.headerValue(as: .lsat) == "LSAT \(start)")
    #expect(
      ChallengeParser.challenges(inHeaders: [challenge.headerValue()]) == [.l402(challenge)])
    let old = ChallengeParser.challenges(inHeaders: [challenge.headerValue(as: .lsat)])
    #expect(old.first?.challenge?.scheme == .lsat)
    #expect(old.first?.challenge?.token == challenge.token)
  }

  @Test func `an opaque token with quotes and backslashes survives writing`() throws {
    let header = #"L402 token="a\"b\\c,d=e", invoice="lnbc1", version="0""#
    let challenge = try #require(
      ChallengeParser.challenges(inHeaders: [header]).first?.challenge)
    #expect(challenge.tokenText == #"a"b\c,d=e"#)
    #expect(
      ChallengeParser.challenges(inHeaders: [challenge.headerValue()]) == [.l402(challenge)])
  }
}

@Suite struct MalformedChallengeTests {
  static let cases: [(header: String, error: L402Error)] = [
    ("L402", .missingToken),
    ("L402 ", .missingToken),
    ("L402 abcdef==", .missingToken),
    (#"L402 invoice="lnbc1""#, .missingToken),
    (#"L402 token="", invoice="lnbc1""#, .missingToken),
    (#"L402 token=, invoice="lnbc1""#, .missingToken),
    (#"L402 token="abc""#, .missingInvoice),
    (#"L402 macaroon="abc", pow="20""#, .missingInvoice),
    (#"L402 token="abc", invoice="""#, .missingInvoice),
    (#"L402 token="abc", macaroon="def", invoice="lnbc1""#, .conflictingTokens),
    (#"L402 token="abc", token="abc", invoice="lnbc1""#, .repeatedParameter("token")),
    (#"L402 token="abc", invoice="a", Invoice="b""#, .repeatedParameter("invoice")),
    (#"L402 token="abc", invoice="lnbc1"#, .unterminatedQuote),
    (#"L402 token="abc\"#, .unterminatedQuote),
    (#"L402 token="abc, invoice=lnbc1"#, .unterminatedQuote),
    (#"L402 token="abc"def, invoice="lnbc1""#, .badSyntax(offset: 16)),
    (#"L402 token="abc"def, invoice="lnbc1"#, .badSyntax(offset: 16)),
    (#"L402 token=ab"c", invoice="lnbc1""#, .badSyntax(offset: 11)),
    ("L402 token=\"a\u{1}c\", invoice=\"lnbc1\"", .badSyntax(offset: 11)),
    ("L402 token=\"ac\"\r\n, invoice=\"lnbc1\"", .badSyntax(offset: 15)),
    (#"L402 {"token": 1}"#, .badSyntax(offset: 5)),
    (#"L402 "abc", token="abc", invoice="lnbc1""#, .badSyntax(offset: 5)),
    (#"L402 token="a b", invoice="lnbc1""#, .unpresentableToken),
    (#"L402 token="é", invoice="lnbc1""#, .unpresentableToken),
    (#"L402 token="abc", invoice="lnbc1 x""#, .badInvoiceText),
    (#"L402 token="abc", invoice="lnbc1", version="0 1""#, .badVersion),
  ]

  @Test(arguments: cases)
  func `a malformed challenge is refused for its reason and spoils no header`(
    header: String, error: L402Error
  ) throws {
    let good = #"LSAT macaroon="x", invoice="lnbc9""#
    let offers = ChallengeParser.challenges(inHeaders: [good, header, good])
    #expect(offers.count == 3)
    #expect(offers[1] == .malformed(.l402, error))
    #expect(offers[0].challenge?.invoice == "lnbc9")
    #expect(offers.last?.challenge?.invoice == "lnbc9")
  }

  @Test(arguments: [
    #"L402 token="a"b, L402 token="x", invoice="lnbc9""#,
    #"L402 ;;; "quoted, comma" ;, L402 token="x", invoice="lnbc9""#,
    #"L402 token="a b", invoice="i", L402 token="x", invoice="lnbc9""#,
    #"token="a", L402 token="x", invoice="lnbc9""#,
  ])
  func `a malformed challenge does not spoil the next one in its header`(header: String) {
    let offers = ChallengeParser.challenges(inHeaders: [header])
    #expect(offers.count == 2)
    #expect(offers.first?.challenge == nil)
    #expect(offers.last?.challenge?.invoice == "lnbc9")
  }

  @Test(arguments: ["token=\"a\", invoice=\"b\"", "\"", "=", "(", "\u{0}", "\"abc", "é x=1"])
  func `text without a scheme is told as unreadable`(header: String) throws {
    let offers = ChallengeParser.challenges(inHeaders: [header])
    #expect(offers.count == 1)
    guard case .unreadable = offers.first else {
      Issue.record("\(offers)")
      return
    }
  }

  @Test func `an empty header offers nothing`() {
    #expect(ChallengeParser.challenges(inHeaders: []).isEmpty)
    #expect(ChallengeParser.challenges(inHeaders: ["", " ", ",, ,\t"]).isEmpty)
  }

  @Test func `values over the limits are refused`() {
    let long = String(repeating: "a", count: L402Limits.tokenLength + 1)
    let many = (0...L402Limits.parametersPerChallenge).map { "p\($0)=1" }.joined(separator: ", ")
    #expect(
      ChallengeParser.challenges(inHeaders: [
        "L402 token=\"\(long)\", invoice=\"lnbc1\"",
        "L402 token=\"abc\", invoice=\"\(long)\"",
        "L402 token=\"abc\", invoice=\"lnbc1\", version=\"\(long)\"",
        "L402 \(many), token=a, invoice=b",
      ]) == [
        .malformed(.l402, .unpresentableToken), .malformed(.l402, .badInvoiceText),
        .malformed(.l402, .badVersion), .malformed(.l402, .tooManyParameters),
      ])
  }

  @Test func `a scheme followed by an equals sign is no scheme`() {
    let offers = ChallengeParser.challenges(inHeaders: ["L402 =abc, token=a, invoice=b"])
    #expect(offers == [.unreadable(.badSyntax(offset: 6))])
  }

  @Test func `numbers over the limits are refused and the rest is read`() {
    let good = #"L402 token="x", invoice="lnbc9""#
    let longest = good + String(repeating: " ", count: L402Limits.headerLength - good.utf8.count)
    #expect(ChallengeParser.challenges(inHeaders: [longest]).first?.challenge != nil)
    #expect(
      ChallengeParser.challenges(inHeaders: [longest + " ", good]).first
        == .unreadable(.headerTooLong(length: L402Limits.headerLength + 1)))
    let many = [String](repeating: good, count: L402Limits.headerCount + 1)
    let offers = ChallengeParser.challenges(inHeaders: many)
    #expect(offers.count == L402Limits.headerCount + 1)
    #expect(offers.last == .unreadable(.tooManyHeaders))
    let crowd = ChallengeParser.challenges(inHeaders: [
      [String](repeating: good, count: L402Limits.challengesPerHeader + 1).joined(separator: ",")
    ])
    #expect(crowd.count == L402Limits.challengesPerHeader + 1)
    #expect(crowd.last == .unreadable(.tooManyChallenges))
  }
}
