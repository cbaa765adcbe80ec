import LibCrypto
import Testing

@testable import L402

@Suite struct PaymentSchemeTests {
  private static func request(
    amount: String = #""2""#, currency: String = "sat", details: String? = nil
  ) -> String {
    let details = details ?? #"{"invoice":"\#(Sample.invoice)"}"#
    let json = #"{"amount":\#(amount),"currency":"\#(currency)","methodDetails":\#(details)}"#
    return PaymentBase64.encode(Array(json.utf8))
  }

  private static func challenge(
    _ request: String = request(), method: String = "lightning", intent: String = "charge",
    expires: String? = nil
  ) throws -> PaymentChallenge {
    try PaymentChallenge(
      id: "id", realm: "shop", method: method, intent: intent, request: request, expires: expires)
  }

  @Test func `a charge says its price, invoice, hash and network`() throws {
    let details = #"{"invoice":"lnbc1x","paymentHash":"AB","network":"mainnet","more":[1]}"#
    let charge = try LightningCharge(of: Self.challenge(Self.request(details: details)))
    #expect(charge.amountSat == 2)
    #expect(charge.invoice == "lnbc1x")
    #expect(charge.paymentHash == "AB")
    #expect(charge.network == "mainnet")
  }

  private static let badCharges: [(String, String, PaymentSchemeError)] = [
    ("standard base64", "ab+/", .badEncoding),
    ("no JSON", PaymentBase64.encode(Array("lnbc1".utf8)), .badJSON),
    ("a list", PaymentBase64.encode(Array("[]".utf8)), .malformed("request")),
    ("no members", PaymentBase64.encode(Array("{}".utf8)), .missing("currency")),
    ("dollars", request(currency: "usd"), .otherCurrency),
    ("an amount as a number", request(amount: "2"), .malformed("amount")),
    ("nothing", request(amount: #""0""#), .malformed("amount")),
    ("a leading zero", request(amount: #""02""#), .malformed("amount")),
    ("a sign", request(amount: #""+2""#), .malformed("amount")),
    ("a fraction", request(amount: #""2.5""#), .malformed("amount")),
    ("beyond 64 bits", request(amount: #""18446744073709551616""#), .malformed("amount")),
    ("details that are a text", request(details: #""x""#), .missing("methodDetails")),
    ("no invoice", request(details: "{}"), .missing("invoice")),
    ("an invoice that is a number", request(details: #"{"invoice":1}"#), .missing("invoice")),
    ("a space in the invoice", request(details: #"{"invoice":"a b"}"#), .malformed("invoice")),
    (
      "a network that is a number", request(details: #"{"invoice":"a","network":1}"#),
      .malformed("network")
    ),
  ]

  @Test(arguments: badCharges.indices)
  func `a request that is no charge is refused`(index: Int) throws {
    let (name, request, error) = Self.badCharges[index]
    #expect(throws: error, "\(name)") { try LightningCharge(of: Self.challenge(request)) }
  }

  @Test func `another method and another intent are told apart`() throws {
    #expect(throws: PaymentSchemeError.otherMethod) {
      try LightningCharge(of: Self.challenge(method: "card"))
    }
    #expect(throws: PaymentSchemeError.otherIntent) {
      try LightningCharge(of: Self.challenge(intent: "session"))
    }
  }

  @Test func `a challenge for another header field is not answered`() throws {
    let header = try Self.challenge().headerValue() + ", header=\"Payment-Authorization\""
    #expect(
      ChallengeParser.challenges(inHeaders: [header]) == [.malformedPayment(.otherField)])
  }

  @Test func `L402 and Payment are read out of one header and out of two`() throws {
    let l402 = "L402 macaroon=\"\(try Sample.text())\", invoice=\"\(Sample.invoice)\""
    let payment = try Self.challenge().headerValue()
    for headers in [
      [l402, payment], ["\(l402), \(payment)"], ["Basic realm=\"x\", \(payment), \(l402)"],
    ] {
      let offers = ChallengeParser.challenges(inHeaders: headers)
      #expect(offers.compactMap(\.challenge).count == 1)
      #expect(offers.contains(.payment(try Self.challenge())))
    }
  }

  private static let times: [(String, UInt64?)] = [
    ("1970-01-01T00:00:00Z", 0), ("2026-03-15T12:05:00Z", 1_773_576_300),
    ("2026-03-15t12:05:00.999z", 1_773_576_300), ("2026-03-15T14:05:00+02:00", 1_773_576_300),
    ("2026-03-15T06:35:00-05:30", 1_773_576_300), ("2024-02-29T00:00:00Z", 1_709_164_800),
    ("2000-02-29T00:00:00Z", 951_782_400), ("2023-02-29T00:00:00Z", nil),
    ("1900-02-29T00:00:00Z", nil), ("1969-12-31T23:59:59Z", nil), ("2026-13-01T00:00:00Z", nil),
    ("2026-00-01T00:00:00Z", nil), ("2026-01-32T00:00:00Z", nil), ("2026-01-01T24:00:00Z", nil),
    ("2026-01-01T00:00:00", nil), ("2026-01-01T00:00:00.Z", nil), ("2026-01-01T00:00:00.5", nil),
    ("2026-01-01T00:00:00+1:00", nil), ("2026-01-01T00:00:00+25:00", nil),
    ("2026-01-01T00:00:00Zz", nil), ("+026-01-01T00:00:00Z", nil), ("", nil), ("tomorrow", nil),
    (String(repeating: "9", count: 64), nil),
  ]

  @Test(arguments: times.indices)
  func `times are those of RFC 3339`(index: Int) {
    let (text, seconds) = Self.times[index]
    #expect(RFC3339.seconds(text) == seconds, "\(text)")
  }

  @Test func `a challenge whose end cannot be read is not answered`() throws {
    #expect(throws: PaymentSchemeError.malformed("expires")) {
      try Self.challenge(expires: "soon")
    }
    #expect(try Self.challenge(expires: "2026-03-15T12:05:00Z").expiresAtSeconds == 1_773_576_300)
  }

  private static let badJSON = [
    "", " ", "{", "[", "\"", "{\"a\"}", "{\"a\":1,}", "[1,]", "[1 2]", "{a:1}", "01", "-", "+1",
    "1.", ".5", "1e", "1e400", "NaN", "nul", "truex", "\"\\x\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\u+123\"", "\"\n\"", "{} {}", "{\"a\":1,\"a\":2}",
    String(repeating: "[", count: 100_000),
    String(repeating: "[", count: 17) + "1"
      + String(repeating: "]", count: 17),
  ]

  @Test(arguments: badJSON.indices)
  func `JSON that is none, or that goes too deep, is refused`(index: Int) {
    #expect(throws: PaymentSchemeError.badJSON) {
      try PaymentJSON(parsing: Array(Self.badJSON[index].utf8))
    }
  }

  @Test func `bytes that are no text are refused`() {
    #expect(throws: PaymentSchemeError.badJSON) { try PaymentJSON(parsing: [0x22, 0xff, 0x22]) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a number's spelling is read as the same number`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      let text = PaymentJSON.number(value).canonical
      #expect(Double(text) == value, "seed \(seed): \(text)")
      #expect(try PaymentJSON(parsing: Array(text.utf8)) == .number(value), "seed \(seed)")
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `a credential comes back as it went`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func text() -> String {
      let alphabet = Array("a\"\\, =|é😀\t\u{2028}Payment id")
      return String(
        (1...8).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
    let challenge = try PaymentChallenge(
      id: text(), realm: text(), method: text(), intent: text(), request: text(),
      digest: Bool.random(using: &generator) ? text() : nil, description: text(), opaque: text())
    #expect(
      ChallengeParser.challenges(inHeaders: [challenge.headerValue()]) == [.payment(challenge)],
      "seed \(seed)")
    let credential = try PaymentCredential(
      answering: challenge, preimage: generator.bytes(32))
    #expect(
      try PaymentCredential(authorization: credential.authorizationValue()) == credential,
      "seed \(seed)")
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `a damaged header is refused or read, and never traps`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let credential = try PaymentCredential(
      answering: Self.challenge(expires: "2026-03-15T12:05:00Z"), preimage: Sample.preimage)
    var header = Array(try Self.challenge().headerValue().utf8)
    var answer = Array(credential.authorizationValue().utf8)
    for _ in 0..<3 {
      header[Int.random(in: 0..<header.count, using: &generator)] = generator.bytes(1)[0]
      answer[Int.random(in: 0..<answer.count, using: &generator)] = generator.bytes(1)[0]
    }
    for offer in ChallengeParser.challenges(inHeaders: [String(decoding: header, as: UTF8.self)]) {
      guard case .payment(let challenge) = offer else { continue }
      #expect((try? LightningCharge(of: challenge))?.amountSat != 0, "seed \(seed)")
    }
    let read = try? PaymentCredential(authorization: String(decoding: answer, as: UTF8.self))
    #expect(read?.preimage.count ?? 32 == 32, "seed \(seed)")
  }

  @Test func `a preimage is 32 bytes, and is not shown`() throws {
    #expect(throws: PaymentSchemeError.badPreimage) {
      try PaymentCredential(answering: Self.challenge(), preimage: [1, 2])
    }
    let credential = try PaymentCredential(
      answering: Self.challenge(), preimage: Sample.preimage)
    #expect(!"\(credential)".contains(Hex.encode(Sample.preimage)))
  }
}
