import L402
import LibCrypto
import Macaroons
import Synchronization
import Testing

@Suite struct SellerTests {
  static let terms = [
    L402Terms(
      service: L402Service(name: "data"), capabilities: ["read", "write"], validUntilSeconds: 100),
    L402Terms(service: L402Service(name: "maps", tier: 1)),
  ]

  static func challenge(_ seller: L402Seller = Sample.seller) throws -> L402Challenge {
    try seller.mint(
      paymentHash: Sample.paymentHash, tokenID: Sample.tokenID, invoice: Sample.invoice,
      terms: terms)
  }

  static func authorization(
    _ macaroon: Macaroon, preimage: [UInt8] = Sample.preimage, scheme: L402Scheme = .l402
  ) throws -> String {
    try L402Credential(scheme: scheme, tokens: [.macaroon(macaroon, .v2)], preimage: preimage)
      .authorizationValue()
  }

  @Test func `a minted challenge names its services, capabilities and times in this order`() throws
  {
    let challenge = try Self.challenge()
    #expect(challenge.identifier == (try Sample.identifier()))
    let macaroon = try #require(challenge.macaroon)
    #expect(macaroon.location == Array("lsat".utf8))
    #expect(
      macaroon.caveats.map { String(decoding: $0.condition, as: UTF8.self) }
        == ["services=data:0,maps:1", "data_capabilities=read,write", "data_valid_until=100"])
  }

  @Test func `what a seller mints and a buyer answers verifies, over HTTP and gRPC`() throws {
    let seller = L402Seller(masterKey: [UInt8](repeating: 3, count: 32))
    for scheme in L402Scheme.allCases {
      let header = try Self.challenge(seller).headerValue(as: scheme)
      let challenge = try #require(
        ChallengeParser.challenges(inHeaders: [header]).first?.challenge)
      let credential = try L402Credential(answering: challenge, preimage: Sample.preimage)
      let verified = try seller.verify(
        authorization: [try credential.authorizationValue()], service: "data", capability: "read",
        nowSeconds: 99)
      #expect(verified.identifier == (try Sample.identifier()))
      #expect(verified.scheme == scheme)
      #expect(verified.restrictions.validUntilSeconds == 100)
      let metadata = try L402Credential(grpcMetadata: try credential.grpcMetadataValue())
      let again = try seller.verify(metadata, service: "maps", nowSeconds: 1_000)
      #expect(again.identifier == verified.identifier)
    }
  }

  @Test func `a copy that the buyer narrowed verifies within its bounds only`() throws {
    let macaroon = try #require(try Self.challenge().macaroon)
    let copy = try macaroon.narrowed(
      to: L402Narrowing(service: "data", capabilities: ["read"], validUntilSeconds: 50))
    let value = try Self.authorization(copy)
    let seller = Sample.seller
    _ = try seller.verify(
      authorization: [value], service: "data", capability: "read", nowSeconds: 49)
    #expect(throws: L402Error.expired(validUntilSeconds: 50)) {
      try seller.verify(authorization: [value], service: "data", nowSeconds: 50)
    }
    #expect(throws: L402Error.capabilityNotAllowed("write")) {
      try seller.verify(
        authorization: [value], service: "data", capability: "write", nowSeconds: 1)
    }
    #expect(throws: L402Error.serviceNotAllowed("maps")) {
      try seller.verify(authorization: [value], service: "maps", nowSeconds: 1)
    }
  }

  @Test func `unknown caveats are skipped`() throws {
    let macaroon = try #require(try Self.challenge().macaroon)
    let copy = try macaroon.attenuated(with: "data_spend_msat=5").attenuated(with: "no equals")
    _ = try Sample.seller.verify(
      authorization: [try Self.authorization(copy)], service: "data", nowSeconds: 1)
  }

  @Test func `forgeries are refused for their reason`() throws {
    let macaroon = try #require(try Self.challenge().macaroon)
    let seller = Sample.seller
    let otherKey = L402Seller { _ in [UInt8](repeating: 6, count: 32) }
    let revoked = L402Seller { _ in nil }
    let value = try Self.authorization(macaroon)
    let wrong = try Self.authorization(macaroon, preimage: [UInt8](repeating: 8, count: 32))
    let widened = try Self.authorization(
      try macaroon.attenuated(with: "services=data:0,free:0"))
    let foreign = try Self.authorization(
      try Macaroon(rootKey: Sample.rootKey, identifier: Array("id".utf8)))
    func refusal(_ seller: L402Seller, _ values: [String]) -> L402Error? {
      do throws(L402Error) {
        _ = try seller.verify(authorization: values, service: "data", nowSeconds: 1)
        return nil
      } catch { return error }
    }
    #expect(refusal(seller, [value]) == nil)
    #expect(refusal(seller, []) == .noCredential)
    #expect(refusal(seller, ["Basic abc", "Bearer x"]) == .noCredential)
    #expect(refusal(seller, ["L402 opaque:\(Hex.encode(Sample.preimage))"]) == .notMacaroon)
    #expect(refusal(seller, [wrong]) == .wrongPreimage)
    #expect(refusal(otherKey, [value]) == .badSignature)
    #expect(refusal(revoked, [value]) == .unknownToken)
    #expect(refusal(seller, [widened]) == .wideningCaveat(condition: "services"))
    #expect(refusal(seller, [foreign]) == .identifierVersion(0x6964))
    #expect(refusal(seller, ["L402 x"]) == .badCredential)
    #expect(refusal(seller, [String](repeating: value, count: 33)) == .tooManyHeaders)
  }

  @Test func `one good credential among several is enough`() throws {
    let macaroon = try #require(try Self.challenge().macaroon)
    let seller = Sample.seller
    let good = try Self.authorization(macaroon, scheme: .lsat)
    let verified = try seller.verify(
      authorization: ["Basic abc", "L402 x", good, "L402 y"], service: "data", nowSeconds: 1)
    #expect(verified.scheme == .lsat)
    let expired = try macaroon.attenuated(with: "data_valid_until=0")
    let both = try L402Credential(
      scheme: .l402, tokens: [.macaroon(expired, .v2), .macaroon(macaroon, .v2)],
      preimage: Sample.preimage)
    _ = try seller.verify(both, service: "data", nowSeconds: 1)
  }

  @Test func `each token has its own derived root key`() throws {
    let seller = L402Seller(masterKey: [UInt8](repeating: 3, count: 32))
    let macaroon = try #require(try Self.challenge(seller).macaroon)
    let key = HKDFSHA256.deriveKey(
      inputKey: [UInt8](repeating: 3, count: 32),
      info: Array("l402/root-key".utf8) + (try Sample.identifier().encoded))
    _ = try macaroon.verifySignature(rootKey: key)
  }

  @Test func `the preimage is judged before a key is looked up`() throws {
    let lookups = Mutex(0)
    let seller = L402Seller { _ in
      lookups.withLock { $0 += 1 }
      return Sample.rootKey
    }
    let macaroon = try Sample.macaroon()
    let wrong = try Self.authorization(macaroon, preimage: [UInt8](repeating: 8, count: 32))
    #expect(throws: L402Error.wrongPreimage) {
      try seller.verify(authorization: [wrong], service: "data", nowSeconds: 1)
    }
    #expect(lookups.withLock { $0 } == 0)
    _ = try seller.verify(
      authorization: [try Self.authorization(macaroon)], service: "data", nowSeconds: 1)
    #expect(lookups.withLock { $0 } == 1)
  }

  @Test func `terms that would make a worthless token are refused`() {
    func mint(_ terms: [L402Terms], seller: L402Seller = Sample.seller) throws {
      _ = try seller.mint(
        paymentHash: Sample.paymentHash, tokenID: Sample.tokenID, invoice: "lnbc1", terms: terms)
    }
    let service = L402Service(name: "a")
    #expect(throws: L402Error.wideningCaveat(condition: "a_valid_until")) {
      try mint([
        L402Terms(service: service, validUntilSeconds: 1),
        L402Terms(service: service, validUntilSeconds: 2),
      ])
    }
    #expect(throws: L402Error.emptyList) {
      try mint([L402Terms(service: service, capabilities: [])])
    }
    #expect(throws: L402Error.badName("a:b")) {
      try mint([L402Terms(service: L402Service(name: "a:b"))])
    }
    #expect(throws: L402Error.unknownToken) { try mint([], seller: L402Seller { _ in nil }) }
    #expect(throws: L402Error.identifierField) {
      try Sample.seller.mint(paymentHash: [1], tokenID: [2], invoice: "lnbc1", terms: [])
    }
    #expect(throws: L402Error.missingInvoice) {
      try Sample.seller.mint(
        paymentHash: Sample.paymentHash, tokenID: Sample.tokenID, invoice: "", terms: [])
    }
  }
}

@Suite struct RoundTripPropertyTests {
  @Test(arguments: UInt64(0)..<60)
  func `what is written reads back the same, and one changed bit is refused`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let preimage = generator.bytes(32)
    let master = generator.bytes(32)
    let seller = L402Seller(masterKey: master)
    let terms = (0..<Int.random(in: 1...3, using: &generator)).map { index in
      L402Terms(
        service: L402Service(name: "s\(index)", tier: Int.random(in: 0...255, using: &generator)),
        capabilities: Bool.random(using: &generator) ? ["x", "y"] : nil,
        validUntilSeconds: Bool.random(using: &generator) ? 1_000 : nil)
    }
    let challenge = try seller.mint(
      paymentHash: SHA256.hash(preimage), tokenID: generator.bytes(32), invoice: "lnbc\(seed)",
      terms: terms)
    #expect(
      ChallengeParser.challenges(inHeaders: [challenge.headerValue()]) == [.l402(challenge)])
    let credential = try L402Credential(answering: challenge, preimage: preimage)
    let value = try credential.authorizationValue()
    let again = try L402Credential(authorization: value)
    #expect(again.tokens == credential.tokens)
    #expect(again.preimage == preimage)
    _ = try seller.verify(again, service: "s0", capability: "x", nowSeconds: 999)

    let macaroon = try #require(challenge.macaroon)
    var bytes = try macaroon.serialized(.v2)
    let index = Int.random(in: 0..<bytes.count, using: &generator)
    bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    let forged = "L402 \(Base64.encode(bytes, .standard)):\(Hex.encode(preimage))"
    // The location is a hint outside the signature; an empty one is not even written.
    #expect(throws: L402Error.self) {
      try seller.verify(authorization: [forged], service: "s0", nowSeconds: 999)
    }
  }
}
