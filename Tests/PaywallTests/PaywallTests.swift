import FoundationEssentials
import L402
import LibCrypto
import Macaroons
import PurserCore
import PurserWallet
import Testing

@testable import paywall

@Suite struct PaywallTests {
  @Test(arguments: Resource.catalog.map(\.path))
  func `whoever pays gets the content, and the price is what was paid`(path: String) async throws {
    let shop = try Shop()
    let resource = try #require(Resource.catalog.first { $0.path == path })
    let credential = try await shop.buy(path)
    let answer = try await shop.get(path, authorization: try credential.authorizationValue())
    #expect(answer.status == 200)
    #expect(answer.body == resource.content + "\n")
    #expect(try JSONDecoder().decode(Anything.self, from: Data(answer.body.utf8)) == Anything())
    #expect(try shop.network.payments().map(\.amount) == [resource.price])
  }

  @Test func `the log tells challenges, refusals and sales apart, and holds no secret`()
    async throws
  {
    let shop = try Shop()
    let credential = try await shop.buy("/market-data/prices")
    let value = try credential.authorizationValue()
    _ = try await shop.get("/market-data/prices", authorization: value)
    _ = try await shop.get("/market-data/depth", authorization: value)
    _ = try await shop.get("/elsewhere")

    let macaroon = try #require(credential.macaroons.first)
    let identifier = try L402Identifier(decoding: macaroon.identifier)
    let token = Hex.encode(identifier.tokenID)
    let hash = Hex.encode(identifier.paymentHash)
    func line(_ path: String, _ status: Int, _ reason: String) -> Shop.LogLine {
      Shop.LogLine(path: path, status: status, reason: reason, tokenID: token, paymentHash: hash)
    }
    #expect(
      try shop.log == [
        line("/market-data/prices", 402, "no_credential"),
        line("/market-data/prices", 200, "ok"),
        line("/market-data/depth", 402, "capability_not_allowed"),
        Shop.LogLine(
          path: "/elsewhere", status: 404, reason: "no_such_resource", tokenID: nil,
          paymentHash: nil),
      ])
    let text = try shop.logText
    #expect(!text.contains(Hex.encode(credential.preimage)))
    #expect(!text.contains(value.dropFirst(5).prefix(40)))
    #expect(!text.contains(Hex.encode(macaroon.signature)))
  }

  @Test(arguments: [
    ("/market-data/prices", nil, "/market-data/prices", "ok"),
    ("/market-data/prices", nil, "/market-data/depth", "capability_not_allowed"),
    ("/market-data/prices", nil, "/news/latest", "service_not_allowed"),
    ("/market-data/depth", nil, "/market-data/prices", "ok"),
    ("/market-data/depth", "market-data_capabilities=prices", "/market-data/prices", "ok"),
    (
      "/market-data/depth", "market-data_capabilities=prices", "/market-data/depth",
      "capability_not_allowed"
    ),
    (
      "/market-data/prices", "market-data_capabilities=prices,depth", "/market-data/prices",
      "widening_caveat"
    ),
    ("/news/latest", "services=news:0,market-data:0", "/news/latest", "widening_caveat"),
    ("/news/latest", "services=nonsense", "/news/latest", "malformed_caveat"),
    ("/news/latest", "news_valid_until=1700000000", "/news/latest", "expired"),
    ("/news/latest", "news_valid_until=1700000001", "/news/latest", "ok"),
    ("/news/latest", "news_valid_until=1700000601", "/news/latest", "widening_caveat"),
    ("/news/latest", "somebody_elses=caveat", "/news/latest", "ok"),
  ])
  func `a token is good for what it was sold and narrowed to`(
    bought: String, caveat: String?, asked: String, reason: String
  ) async throws {
    let shop = try Shop()
    let credential = try await shop.buy(bought)
    let answer = try await shop.get(asked, authorization: try credential.narrowed(caveat))
    #expect(try shop.log.last?.reason == reason)
    #expect(answer.status == (reason == "ok" ? 200 : 402))
    #expect((answer.challenge == nil) == (reason == "ok"))
  }

  @Test func `a token ends when its time is over`() async throws {
    let shop = try Shop()
    let value = try await shop.buy("/news/latest").authorizationValue()
    shop.clock.advance(seconds: 599)
    #expect(try await shop.get("/news/latest", authorization: value).status == 200)
    shop.clock.advance(seconds: 1)
    #expect(try await shop.get("/news/latest", authorization: value).status == 402)
    #expect(try shop.log.last?.reason == "expired")
  }

  @Test func `a token that was not paid, not minted here or is nonsense is refused`()
    async throws
  {
    let shop = try Shop()
    let credential = try await shop.buy("/news/latest")
    let unpaid = try L402Credential(
      scheme: .l402, tokens: credential.tokens, preimage: randomBytes(32))
    let foreign = try await Shop().buy("/news/latest")
    for (value, reason) in [
      (try unpaid.authorizationValue(), "wrong_preimage"),
      (try foreign.authorizationValue(), "bad_signature"),
      ("L402 nonsense:\(Hex.encode(credential.preimage))", "bad_credential"),
      ("Bearer something", "no_credential"),
    ] {
      #expect(try await shop.get("/news/latest", authorization: value).status == 402)
      #expect(try shop.log.last?.reason == reason)
    }
  }

  @Test func `one that offers L402 takes LSAT too, and one that offers LSAT takes that alone`()
    async throws
  {
    let modern = try Shop()
    let credential = try await modern.buy("/news/latest")
    let old = try credential.narrowed(as: .lsat)
    #expect(try await modern.get("/news/latest", authorization: old).status == 200)

    let shop = try Shop(scheme: .lsat)
    let lsat = try await shop.buy("/news/latest")
    #expect(lsat.scheme == .lsat)
    let right = try lsat.narrowed()
    let wrong = try lsat.narrowed(as: .l402)
    #expect(try await shop.get("/news/latest", authorization: right).status == 200)
    let answer = try await shop.get("/news/latest", authorization: wrong)
    #expect(answer.status == 402)
    #expect(answer.challenge?.hasPrefix("LSAT macaroon=") == true)
    #expect(try shop.log.last?.reason == "wrong_scheme")
  }

  @Test func `a wallet that does not answer gives 503, and tokens that are paid still work`()
    async throws
  {
    let shop = try Shop()
    let value = try await shop.buy("/news/latest").authorizationValue()
    try shop.network.configure("seller", SimulatedBehavior(isReachable: false))
    #expect(try await shop.get("/news/latest").status == 503)
    #expect(try shop.log.last?.reason == "no_invoice")
    #expect(try await shop.get("/news/latest", authorization: value).status == 200)
  }

  @Test func `a price on the command line is a path and a positive amount`() throws {
    #expect(PriceOption(argument: "/news/latest=7sat")?.amount == Msat(7000))
    for text in ["/news/latest", "/news/latest=", "/news/latest=0sat", "/news/latest=7"] {
      #expect(PriceOption(argument: text) == nil)
    }
  }
}

@Suite struct RootKeyTests {
  @Test func `the key is made once, for its owner alone`() throws {
    let path = "/tmp/purser-root-key-\(Hex.encode(randomBytes(8)))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let key = try RootKey.load(path: path)
    #expect(key.count == 32)
    #expect(try RootKey.load(path: path) == key)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)

    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: PaywallError.self) { try RootKey.load(path: path) }
  }

  @Test func `a file that holds no key, or cannot be, is refused`() throws {
    let path = "/tmp/purser-root-key-\(Hex.encode(randomBytes(8)))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("abc\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(throws: PaywallError.self) { try RootKey.load(path: path) }
    #expect(throws: PaywallError.self) { try RootKey.load(path: "/nonexistent/root.key") }
  }
}

/// Decodes from any JSON, and from nothing else.
private struct Anything: Decodable, Equatable {}
