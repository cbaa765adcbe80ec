import Foundation
import LibCrypto
import Testing

@testable import L402

private func snakeCaseDecoder() -> JSONDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return decoder
}

/// The examples of the specification, in the folder that `PURSER_VECTORS` names.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PURSER_VECTORS"] != nil))
struct BOLT11SpecificationTests {
  private struct Examples: Decodable {
    let valid: [ValidExample]
    let invalid: [InvalidExample]
  }

  private struct ValidExample: Decodable {
    let title: String
    let invoice: String
    let network: String
    let amountMsat: UInt64?
    let timestamp: UInt64
    let paymentHash: String
    let paymentSecret: String
    let description: String?
    let descriptionHash: String?
    let expiryS: UInt64
    let payee: String
    let minFinalCltv: UInt64
  }

  private struct InvalidExample: Decodable {
    let title: String
    let invoice: String
  }

  /// What the title of each example that must be refused comes to.
  private static let reasons: [(start: String, error: InvoiceError)] = [
    ("Unknown feature 100", .unknownRequiredFeature(100)),
    ("Bech32 checksum", .badChecksum),
    ("Malformed bech32 string (mixed case)", .mixedCase),
    ("Signature is not recoverable", .signatureNotRecoverable),
    ("String is too short", .tooShort),
    ("Invalid multiplier", .unknownMultiplier),
    ("Invalid sub-millisatoshi", .subMillisatoshi),
    ("Missing required `s` field", .missingPaymentSecret),
    ("Non canonical signature (high-S)", .highSignature),
  ]

  private static func examples() throws -> Examples {
    let folder = try #require(ProcessInfo.processInfo.environment["PURSER_VECTORS"])
    let file = URL(fileURLWithPath: folder).appendingPathComponent("bolt11.json")
    return try snakeCaseDecoder().decode(Examples.self, from: Data(contentsOf: file))
  }

  @Test func `every valid example gives the stated fields`() throws {
    let examples = try Self.examples().valid
    #expect(examples.count == 15)
    for example in examples {
      let invoice = try Invoice(decoding: example.invoice)
      let title = Comment(rawValue: example.title)
      #expect(invoice.text == example.invoice.lowercased(), title)
      #expect(invoice.network.rawValue == example.network, title)
      #expect(invoice.amountMsat == example.amountMsat, title)
      #expect(invoice.timestampSeconds == example.timestamp, title)
      #expect(Hex.encode(invoice.paymentHash) == example.paymentHash, title)
      #expect(Hex.encode(invoice.paymentSecret) == example.paymentSecret, title)
      #expect(invoice.description == example.description, title)
      #expect(invoice.descriptionHash.map { Hex.encode($0) } == example.descriptionHash, title)
      #expect(invoice.expirySeconds == example.expiryS, title)
      #expect(Hex.encode(invoice.payee) == example.payee, title)
      #expect(invoice.minFinalCLTV == example.minFinalCltv, title)
    }
  }

  @Test func `every invalid example is refused for its reason`() throws {
    let examples = try Self.examples().invalid
    #expect(examples.count == Self.reasons.count)
    for example in examples {
      let reason = try #require(
        Self.reasons.first { example.title.hasPrefix($0.start) }, "\(example.title)")
      #expect(throws: reason.error, "\(example.title)") {
        try Invoice(decoding: example.invoice)
      }
    }
  }

  @Test func `the example with features 8, 14 and 99 gives them`() throws {
    let example = try #require(
      try Self.examples().valid.first { $0.title.contains("features 8, 14 and 99") })
    #expect(try Invoice(decoding: example.invoice).features == [8, 14, 99])
  }

  @Test func `the example with metadata gives it`() throws {
    let example = try #require(
      try Self.examples().valid.first { $0.title.contains("payment metadata") })
    let invoice = try Invoice(decoding: example.invoice)
    #expect(invoice.metadata == [0x01, 0xfa, 0xfa, 0xf0])
    #expect(invoice.features.contains(48))
  }

  @Test func `the example with routing information gives both hops and their sum`() throws {
    let example = try #require(
      try Self.examples().valid.first { $0.title.contains("extra routing info") })
    let invoice = try Invoice(decoding: example.invoice)
    let tail = "9e03a901b85534ff1e92c43c74431f7ce72046060fcf7a95c37e148f78c77255"
    #expect(
      invoice.routeHints == [
        [
          RouteHop(
            publicKey: try #require(Hex.decode("02" + tail)),
            shortChannelID: 66_051 << 40 | 263_430 << 16 | 1_800,
            feeBaseMsat: 1, feeProportionalMillionths: 20, cltvExpiryDelta: 3),
          RouteHop(
            publicKey: try #require(Hex.decode("03" + tail)),
            shortChannelID: 197_637 << 40 | 395_016 << 16 | 2_314,
            feeBaseMsat: 2, feeProportionalMillionths: 30, cltvExpiryDelta: 4),
        ]
      ])
    #expect(invoice.totalCLTVDelta == 18 + 7)
    #expect(invoice.fallbackAddresses.map(\.version) == [17])
  }
}

/// Invoices made by the Python library `bolt11`; see Tests/Interop/bolt11.
@Suite struct BOLT11PeerTests {
  private struct Record: Decodable {
    struct Hop: Decodable {
      let publicKey: String
      let shortChannelId: String
      let feeBaseMsat: UInt32
      let feeProportionalMillionths: UInt32
      let cltvExpiryDelta: UInt16
    }

    struct Fallback: Decodable {
      let version: UInt8
      let program: String
    }

    let network: String
    let amountMsat: UInt64?
    let timestamp: UInt64
    let paymentHash: String
    let paymentSecret: String
    let description: String?
    let descriptionHash: String?
    let metadata: String?
    let payeeIsExplicit: Bool
    let expiryS: UInt64
    let minFinalCltv: UInt64
    let fallbacks: [Fallback]
    let routeHints: [[Hop]]
    let features: [Int]
    let privateKey: String
    let payee: String
    let invoice: String

    func draft() throws -> InvoiceDraft {
      let purpose: InvoiceDraft.Purpose =
        if let description {
          .description(description)
        } else {
          .descriptionHash(try bytes(try #require(descriptionHash)))
        }
      var draft = InvoiceDraft(
        network: try #require(BitcoinNetwork(rawValue: network)), amountMsat: amountMsat,
        timestampSeconds: timestamp, paymentHash: try bytes(paymentHash),
        paymentSecret: try bytes(paymentSecret), purpose: purpose)
      draft.metadata = try metadata.map(bytes)
      draft.namesPayee = payeeIsExplicit
      draft.expirySeconds = expiryS
      draft.minFinalCLTV = minFinalCltv
      draft.features = features
      draft.fallbackAddresses = try fallbacks.map {
        FallbackAddress(version: $0.version, program: try bytes($0.program))
      }
      draft.routeHints = try routeHints.map { hops in
        try hops.map { hop in
          RouteHop(
            publicKey: try bytes(hop.publicKey),
            shortChannelID: try #require(UInt64(hop.shortChannelId)),
            feeBaseMsat: hop.feeBaseMsat,
            feeProportionalMillionths: hop.feeProportionalMillionths,
            cltvExpiryDelta: hop.cltvExpiryDelta)
        }
      }
      return draft
    }

    func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
  }

  private static func records() throws -> [Record] {
    let file = try #require(
      Bundle.module.url(
        forResource: "bolt11-python", withExtension: "json", subdirectory: "Vectors"))
    return try snakeCaseDecoder().decode([Record].self, from: Data(contentsOf: file))
  }

  @Test func `what the Python library wrote is read with the same fields`() throws {
    let records = try Self.records()
    #expect(records.count == 64)
    #expect(Set(records.map(\.network)).count == BitcoinNetwork.allCases.count)
    for record in records {
      let invoice = try Invoice(decoding: record.invoice)
      let draft = try record.draft()
      let text = Comment(rawValue: record.invoice)
      #expect(invoice.network == draft.network, text)
      #expect(invoice.amountMsat == draft.amountMsat, text)
      #expect(invoice.timestampSeconds == draft.timestampSeconds, text)
      #expect(invoice.expirySeconds == draft.expirySeconds, text)
      #expect(invoice.paymentHash == draft.paymentHash, text)
      #expect(invoice.paymentSecret == draft.paymentSecret, text)
      #expect(invoice.description == record.description, text)
      #expect(invoice.descriptionHash.map { Hex.encode($0) } == record.descriptionHash, text)
      #expect(Hex.encode(invoice.payee) == record.payee, text)
      #expect(invoice.payeeIsExplicit == draft.namesPayee, text)
      #expect(invoice.minFinalCLTV == draft.minFinalCLTV, text)
      #expect(invoice.features == draft.features, text)
      #expect(invoice.routeHints == draft.routeHints, text)
      #expect(invoice.fallbackAddresses == draft.fallbackAddresses, text)
      #expect(invoice.metadata == draft.metadata, text)
    }
  }

  @Test func `from the same draft and key comes the very text of the Python library`() throws {
    for record in try Self.records() {
      let key = try record.bytes(record.privateKey)
      #expect(try record.draft().signed(privateKey: key).text == record.invoice)
    }
  }
}
