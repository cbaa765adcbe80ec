import LibCrypto
import Testing

@testable import L402

@Suite struct BOLT11RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let error: InvoiceError
    let text: String

    init(_ title: String, _ error: InvoiceError, _ invoice: ForgedInvoice) {
      self.init(title, error, (try? invoice.text()) ?? "not written")
    }

    init(_ title: String, _ error: InvoiceError, _ text: String) {
      testDescription = title
      self.error = error
      self.text = text
    }
  }

  private static let valid = (try? ForgedInvoice().text()) ?? "not written"

  static let malformedTexts = [
    Case("nothing", .missingSeparator, ""),
    Case("no separator", .missingSeparator, "lnbcpvjluez"),
    Case("nothing before the separator", .missingSeparator, "1qqqqqqqq"),
    Case("a blank in front", .invalidCharacter, " " + valid),
    Case("a newline at the end", .invalidCharacter, valid + "\n"),
    Case("letters of another script", .invalidCharacter, "lnbc1\u{440}\u{443}\u{431}"),
    Case("a character outside the alphabet", .invalidCharacter, "lnbc1b" + valid.dropFirst(7)),
    Case("mixed case", .mixedCase, "L" + valid.dropFirst()),
    Case(
      "a wrong last character", .badChecksum, valid.dropLast() + (valid.last == "q" ? "p" : "q")),
    Case("a checksum cut short", .tooShort, "lnbc1qqqqq"),
    Case(
      "more than 7,089 characters", .tooLong,
      "lnbc1" + String(repeating: "q", count: 7_085)),
    Case("a URI in place of an invoice", .badChecksum, "lightning:" + valid),
    Case(
      "a Bech32 address", .notLightning,
      Bech32.encode(prefix: Array("bc".utf8), words: [UInt8](repeating: 0, count: 33))),
    Case(
      "no room for a signature", .tooShort,
      Bech32.encode(prefix: Array("lnbc".utf8), words: [UInt8](repeating: 0, count: 110))),
  ]

  static let prefixes: [(String, InvoiceError)] = [
    ("bc", .notLightning), ("lb", .notLightning), ("ln", .unknownNetwork),
    ("lnx", .unknownNetwork), ("lnltc", .unknownNetwork), ("lnbcr", .unknownNetwork),
    ("lnbcm", .unknownNetwork), ("lntbsx1", .unknownNetwork), ("ln1m", .unknownNetwork),
    ("lnbc0", .invalidAmount), ("lnbc0m", .invalidAmount), ("lnbc01m", .invalidAmount),
    ("lnbc1mm", .invalidAmount), ("lnbc1.5m", .invalidAmount), ("lnbc1m1", .invalidAmount),
    ("lnbc1k", .unknownMultiplier), ("lnbc1-", .unknownMultiplier),
    ("lnbc1p", .subMillisatoshi), ("lnbc15p", .subMillisatoshi),
    ("lnbc21000001", .amountTooLarge), ("lnbc21000000001m", .amountTooLarge),
    ("lnbc21000000000000000010p", .amountTooLarge),
    ("lnbc18446744073709551616", .amountTooLarge),
    ("lnbc99999999999999999999999999999999u", .amountTooLarge),
  ]

  static let amounts: [(String, UInt64?)] = [
    ("lnbc", nil), ("lnbc10p", 1), ("lnbc123450p", 12_345), ("lnbc1n", 100), ("lnbc1u", 100_000),
    ("lnbc1m", 100_000_000), ("lnbc1", 100_000_000_000), ("lnbc2500000u", 250_000_000_000),
    ("lnbc21000000", 2_100_000_000_000_000_000),
    ("lnbc21000000000000000000p", 2_100_000_000_000_000_000),
  ]

  private static let hash = ForgedInvoice.hash(9)
  private static let ones = [UInt8](repeating: 31, count: 52)

  static let malformedFields = [
    Case("no p", .missingPaymentHash, .without(.paymentHash)),
    Case("no s", .missingPaymentSecret, .without(.paymentSecret)),
    Case("neither d nor h", .missingDescription, .without(.description)),
    Case("both d and h", .ambiguousDescription, .adding(.descriptionHash, hash)),
    Case("two p", .repeatedField(.paymentHash), .adding(.paymentHash, hash)),
    Case(
      "the same p twice", .repeatedField(.paymentHash), .adding(.paymentHash, ForgedInvoice.hash(1))
    ),
    Case("two s", .repeatedField(.paymentSecret), .adding(.paymentSecret, hash)),
    Case("two d", .repeatedField(.description), .adding(.description, [])),
    Case(
      "two h", .repeatedField(.descriptionHash),
      .with {
        $0.fields[2] = (InvoiceField.descriptionHash.type, hash)
        $0.fields.append($0.fields[2])
      }),
    Case("two n", .repeatedField(.payee), named(twice: true)),
    Case("two x", .repeatedField(.expiry), twice(.expiry, [1])),
    Case("two c", .repeatedField(.minFinalCLTV), twice(.minFinalCLTV, [1])),
    Case("two 9", .repeatedField(.features), twice(.features, [8, 8, 0])),
    Case("two m", .repeatedField(.metadata), twice(.metadata, [])),
    Case(
      "only a p of another length", .missingPaymentHash,
      .with { $0.fields[0].words.append(0) }),
    Case("only an s of another length", .missingPaymentSecret, .with { $0.fields[1].words = [] }),
    Case(
      "only an h of another length", .missingDescription,
      .with { $0.fields[2] = (InvoiceField.descriptionHash.type, Array(hash.dropLast())) }),
    Case(
      "p not filled up with zeros", .nonZeroPadding(.paymentHash),
      .with { $0.fields[0].words = ones }),
    Case(
      "s not filled up with zeros", .nonZeroPadding(.paymentSecret),
      .with { $0.fields[1].words = ones }),
    Case(
      "d not filled up with zeros", .nonZeroPadding(.description),
      .with { $0.fields[2].words = [12, 1] }),
    Case(
      "d with a whole spare word", .nonZeroPadding(.description), .with { $0.fields[2].words = [0] }
    ),
    Case("m not filled up with zeros", .nonZeroPadding(.metadata), .adding(.metadata, [1, 1])),
    Case(
      "d not UTF-8", .descriptionNotUTF8,
      .with { $0.fields[2].words = FiveBitWords.words([0x61, 0xff]) }),
    Case(
      "d with a surrogate", .descriptionNotUTF8,
      .with { $0.fields[2].words = FiveBitWords.words([0xed, 0xa0, 0x80]) }),
    Case("x with a leading zero", .nonMinimal(.expiry), .adding(.expiry, [0, 1])),
    Case("c with a leading zero", .nonMinimal(.minFinalCLTV), .adding(.minFinalCLTV, [0, 18])),
    Case("9 with a leading zero", .nonMinimal(.features), .adding(.features, [0, 8, 8, 0])),
    Case(
      "x above 64 bits", .numberTooLarge(.expiry),
      .adding(.expiry, [16] + [UInt8](repeating: 0, count: 12))),
    Case(
      "c of 1,023 words", .numberTooLarge(.minFinalCLTV),
      .adding(.minFinalCLTV, [UInt8](repeating: 31, count: 1_023))),
    Case(
      "c that overflows with a route", .numberTooLarge(.minFinalCLTV),
      .with {
        $0.fields.append((InvoiceField.minFinalCLTV.type, FiveBitWords.shortestWords(.max)))
        $0.fields.append((InvoiceField.routeHint.type, hop()))
      }),
    Case("the unknown feature 0", .unknownRequiredFeature(0), .adding(.features, [1])),
    Case("the unknown feature 10", .unknownRequiredFeature(10), .adding(.features, [1, 0, 0])),
    Case(
      "an unknown feature beside known ones", .unknownRequiredFeature(50),
      .adding(.features, [1] + [UInt8](repeating: 0, count: 7) + [16, 8, 0])),
    Case("an r of no hops", .malformedField(.routeHint), .adding(.routeHint, [])),
    Case("half a hop", .malformedField(.routeHint), .adding(.routeHint, Array(hop().prefix(40)))),
    Case("an f without a version", .malformedField(.fallback), .adding(.fallback, [])),
    Case("an f of one byte", .malformedField(.fallback), .adding(.fallback, [0, 0, 0])),
    Case(
      "a public key hash of 32 bytes", .malformedField(.fallback), .adding(.fallback, [17] + hash)),
    Case("a header cut short", .truncatedField, .with { $0.trailingWords = [1, 1] }),
    Case("contents cut short", .truncatedField, .with { $0.trailingWords = [2, 0, 2, 0] }),
    Case("a length beyond the end", .truncatedField, .with { $0.trailingWords = [2, 31, 31, 0] }),
  ]

  private static func hop() -> [UInt8] {
    FiveBitWords.words([2] + [UInt8](repeating: 1, count: 50))
  }

  private static func twice(_ field: InvoiceField, _ words: [UInt8]) -> ForgedInvoice {
    .with { $0.fields += [(field.type, words), (field.type, words)] }
  }

  private static func named(twice: Bool) -> ForgedInvoice {
    let key = (try? Secp256k1.publicKey(privateKey: ForgedInvoice.privateKey)) ?? []
    return .with {
      let field = (InvoiceField.payee.type, FiveBitWords.words(key))
      $0.fields += twice ? [field, field] : [field]
    }
  }

  @Test func `the invoice that the cases below spoil is valid`() throws {
    let invoice = try Invoice(decoding: try ForgedInvoice().text())
    #expect(invoice.amountMsat == 100_000_000)
    #expect(invoice.description == "coffee")
    #expect(invoice.expirySeconds == 3_600)
    #expect(invoice.minFinalCLTV == 18)
    #expect(invoice.totalCLTVDelta == 18)
    #expect(invoice.features.isEmpty)
    #expect(!invoice.payeeIsExplicit)
  }

  @Test(arguments: malformedTexts + malformedFields)
  func `a malformed invoice is refused for its reason`(malformed: Case) {
    #expect(throws: malformed.error) { try Invoice(decoding: malformed.text) }
  }

  @Test(arguments: prefixes)
  func `a prefix that is no network and amount is refused`(
    prefix: String, error: InvoiceError
  ) throws {
    let text = try ForgedInvoice.with { $0.prefix = prefix }.text()
    #expect(throws: error) { try Invoice(decoding: text) }
  }

  @Test(arguments: amounts)
  func `an amount is read to the millisatoshi`(prefix: String, msat: UInt64?) throws {
    let text = try ForgedInvoice.with { $0.prefix = prefix }.text()
    #expect(try Invoice(decoding: text).amountMsat == msat)
  }

  @Test func `unknown fields and fields of another length are skipped`() throws {
    let text = try ForgedInvoice.with {
      $0.fields += [
        (2, [1, 2, 3]), (31, []), (InvoiceField.paymentHash.type, []),
        (InvoiceField.paymentSecret.type, Array(Self.hash.dropLast())),
        (InvoiceField.payee.type, Self.hash), (InvoiceField.descriptionHash.type, [1]),
        (InvoiceField.fallback.type, [19, 31, 31]),
      ]
    }.text()
    let invoice = try Invoice(decoding: text)
    #expect(invoice.paymentHash == [UInt8](repeating: 1, count: 32))
    #expect(invoice.paymentSecret == [UInt8](repeating: 2, count: 32))
    #expect(!invoice.payeeIsExplicit)
    #expect(invoice.descriptionHash == nil)
    #expect(invoice.fallbackAddresses.isEmpty)
  }

  @Test func `a named payee is checked, not recovered`() throws {
    let honest = Self.named(twice: false)
    let invoice = try Invoice(decoding: try honest.text())
    #expect(invoice.payeeIsExplicit)
    #expect(invoice.payee == (try Secp256k1.publicKey(privateKey: ForgedInvoice.privateKey)))

    let other = try Secp256k1.publicKey(privateKey: [UInt8](repeating: 3, count: 32))
    let lie = ForgedInvoice.adding(.payee, FiveBitWords.words(other))
    #expect(throws: InvoiceError.signatureMismatch) { try Invoice(decoding: try lie.text()) }
    let noPoint = ForgedInvoice.adding(.payee, [UInt8](repeating: 0, count: 53))
    #expect(throws: InvoiceError.signatureMismatch) { try Invoice(decoding: try noPoint.text()) }
  }

  @Test func `a recovery id above 3 is refused`() throws {
    let forged = ForgedInvoice()
    let digest = InvoiceLayout.digest(prefix: Array(forged.prefix.utf8), words: forged.data)
    let signature = try Secp256k1.sign(digest: digest, privateKey: ForgedInvoice.privateKey)
    let text = try ForgedInvoice.with {
      $0.signatureWords = FiveBitWords.words(signature.compact + [signature.recoveryID + 4])
    }.text()
    #expect(throws: InvoiceError.signatureNotRecoverable) { try Invoice(decoding: text) }
  }

  @Test func `an expiry of 64 bits never overflows`() throws {
    let text = try ForgedInvoice.adding(.expiry, FiveBitWords.shortestWords(.max)).text()
    let invoice = try Invoice(decoding: text)
    #expect(invoice.expirySeconds == .max)
    #expect(invoice.expiresAtSeconds == .max)
    #expect(!invoice.isExpired(atSeconds: .max - 1))
  }

  @Test func `an invoice expires when its seconds are over`() throws {
    let invoice = try Invoice(decoding: try ForgedInvoice.adding(.expiry, [10]).text())
    #expect(!invoice.isExpired(atSeconds: 1_700_000_009))
    #expect(invoice.isExpired(atSeconds: 1_700_000_010))
  }

  @Test func `the largest sum over a route hint counts, with the last hop`() throws {
    func hops(_ deltas: [UInt16]) -> [RouteHop] {
      deltas.map {
        RouteHop(
          publicKey: [UInt8](repeating: 2, count: 33), shortChannelID: 1, feeBaseMsat: 0,
          feeProportionalMillionths: 0, cltvExpiryDelta: $0)
      }
    }
    var draft = InvoiceDraft.sample
    draft.minFinalCLTV = 40
    draft.routeHints = [hops([10, 20]), hops([65_535, 65_535]), hops([144])]
    #expect(
      try draft.signed(privateKey: ForgedInvoice.privateKey).totalCLTVDelta == 131_070 + 40)
  }

  @Test func `every reason has one line that repeats nothing of the invoice`() {
    for malformed in Self.malformedTexts + Self.malformedFields {
      let line = malformed.error.description
      #expect(
        !line.isEmpty && !line.contains("\n") && !line.contains(malformed.text.prefix(20))
          || malformed.text.isEmpty)
    }
  }
}

extension InvoiceDraft {
  static let sample = InvoiceDraft(
    network: .regtest, amountMsat: 1_000, timestampSeconds: 1_700_000_000,
    paymentHash: [UInt8](repeating: 1, count: 32), paymentSecret: [UInt8](repeating: 2, count: 32),
    purpose: .description("coffee"))
}

@Suite struct InvoiceDraftTests {
  private static let changes: [(InvoiceError, @Sendable (inout InvoiceDraft) -> Void)] = [
    (.invalidAmount, { $0.amountMsat = 0 }),
    (.amountTooLarge, { $0.amountMsat = 2_100_000_000_000_000_001 }),
    (.timestampOutOfRange, { $0.timestampSeconds = 1 << 35 }),
    (.malformedField(.paymentHash), { $0.paymentHash = [] }),
    (.malformedField(.paymentSecret), { $0.paymentSecret.append(0) }),
    (.malformedField(.descriptionHash), { $0.purpose = .descriptionHash([1]) }),
    (
      .fieldTooLong(.description), { $0.purpose = .description(String(repeating: "x", count: 640)) }
    ),
    (.fieldTooLong(.metadata), { $0.metadata = [UInt8](repeating: 0, count: 640) }),
    (.unknownRequiredFeature(100), { $0.features = [8, 14, 100] }),
    (.malformedField(.features), { $0.features = [-1] }),
    (.malformedField(.features), { $0.features = [5_115] }),
    (.malformedField(.routeHint), { $0.routeHints = [[]] }),
    (
      .malformedField(.fallback),
      { $0.fallbackAddresses = [FallbackAddress(version: 19, program: [1, 2])] }
    ),
    (
      .malformedField(.fallback),
      { $0.fallbackAddresses = [FallbackAddress(version: 17, program: [1, 2])] }
    ),
  ]

  @Test func `a draft that no reader would take is refused`() {
    for (error, change) in Self.changes {
      var draft = InvoiceDraft.sample
      change(&draft)
      #expect(throws: error) { try draft.signed(privateKey: ForgedInvoice.privateKey) }
    }
  }

  @Test func `a key that is none of the curve is refused`() {
    for key in [[], [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xff, count: 32)] {
      var draft = InvoiceDraft.sample
      #expect(throws: InvoiceError.invalidPrivateKey) { try draft.signed(privateKey: key) }
      draft.namesPayee = true
      #expect(throws: InvoiceError.invalidPrivateKey) { try draft.signed(privateKey: key) }
    }
  }

  @Test func `a draft asks for the features that every wallet needs, unless changed`() throws {
    let invoice = try InvoiceDraft.sample.signed(privateKey: ForgedInvoice.privateKey)
    #expect(invoice.features == [8, 14])
  }

  @Test func `amounts are written with the largest unit that fits`() throws {
    for (msat, prefix): (UInt64, String) in [
      (1, "lnbcrt10p1"), (100, "lnbcrt1n1"), (12_300, "lnbcrt123n1"), (100_000, "lnbcrt1u1"),
      (100_000_000, "lnbcrt1m1"), (100_000_000_000, "lnbcrt11"),
      (2_100_000_000_000_000_000, "lnbcrt210000001"),
    ] {
      var draft = InvoiceDraft.sample
      draft.amountMsat = msat
      let text = try draft.signed(privateKey: ForgedInvoice.privateKey).text
      #expect(text.hasPrefix(prefix), "\(text)")
    }
  }
}
