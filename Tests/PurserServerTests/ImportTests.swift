import L402
import LibCrypto
import Macaroons
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct ImportTests {
  private static let preimage = [UInt8](repeating: 7, count: 32)

  /// A paid token as another client stores it.
  private static func stored(
    identifierOf hash: [UInt8] = SHA256.hash(preimage), preimage: [UInt8]? = preimage,
    format: MacaroonFormat = .v2, amountMsat: UInt64 = 900
  ) throws -> [UInt8] {
    let identifier = try L402Identifier(
      paymentHash: hash, tokenID: [UInt8](repeating: 9, count: 32))
    let macaroon = try Macaroon(
      rootKey: [UInt8](repeating: 5, count: 32), identifier: identifier.encoded,
      location: Array("shop".utf8)
    ).attenuated(with: "services=data:0")
    return try StoredToken(
      macaroon: macaroon, format: format, paymentHash: SHA256.hash(Self.preimage),
      preimage: preimage, amountMsat: amountMsat, feeMsat: 7,
      createdAtNanoseconds: 1_700_000_000_123_456_789
    ).encoded()
  }

  private static func parameters(
    _ file: [UInt8], service: String? = "data", domain: String? = nil
  ) -> VaultImport.Parameters {
    VaultImport.Parameters(
      service: service, domain: domain, storedToken: Base64.encode(file, .standard))
  }

  @Test(arguments: [MacaroonFormat.v1, .v2])
  func `a stored token that is imported comes out byte for byte`(format: MacaroonFormat)
    async throws
  {
    let daemon = try TestDaemon()
    let file = try Self.stored(format: format)
    let entry = try await daemon.call(VaultImport.self, Self.parameters(file))
    #expect(entry.costMsat == msat(907))
    #expect(entry.boughtBy == nil)
    #expect(entry.service == "data")
    let export = try await daemon.call(VaultExport.self, .init(credential: entry.credential))
    #expect(export.storedToken == Base64.encode(file, .standard))
    #expect(export.domain == "data")
    #expect(export.authorization.hasPrefix("L402 "))
    #expect(export.authorization.hasSuffix(":" + Hex.encode(Self.preimage)))
  }

  @Test func `an imported root is used before anything is bought, and costs no grant anything`()
    async throws
  {
    let daemon = try TestDaemon()
    _ = try await daemon.call(VaultImport.self, Self.parameters(Self.stored()))
    for id in [UInt8(1), 2, 3] {
      let token = daemon.top(id: id)
      let reply = try await daemon.call(
        CredentialRequest.self, .init(service: "data"), token: token)
      #expect(reply.costMsat == .zero)
      #expect(reply.preimage == Hex.encode(Self.preimage))
      #expect(try daemon.counters(token) == (0, 0))
    }
    #expect(daemon.wallet.orders.isEmpty)
    #expect(daemon.seller.fetches == 0)
  }

  @Test(arguments: [
    ("shop.example", "https://Shop.example"), ("shop.example:8080", "https://shop.example:8080"),
    ("shop.example", "https://shop.example:443"), ("127.0.0.1:80", nil),
    ("::1:8080", "http://[::1]:8080"),
  ])
  func `a domain is that of a service's origin`(domain: String, origin: String?) async throws {
    let daemon = try TestDaemon {
      if let origin { $0.services["data"]?.origins.append(origin) }
    }
    let parameters = Self.parameters(try Self.stored(), service: nil, domain: domain)
    guard origin != nil else {
      let error = try await daemon.error(VaultImport.self, parameters)
      #expect(error?.message.contains("no service") == true)
      return
    }
    #expect(try await daemon.call(VaultImport.self, parameters).service == "data")
  }

  @Test func `a domain of several services is not guessed at`() async throws {
    let daemon = try TestDaemon {
      for id in ["data", "bare"] { $0.services[id]?.origins = ["https://shop.example"] }
    }
    let error = try await daemon.error(
      VaultImport.self,
      Self.parameters(try Self.stored(), service: nil, domain: "shop.example"))
    #expect(error?.message.contains("bare, data") == true)
  }

  @Test func `a stored token that proves nothing is refused, and nothing comes in`() async throws {
    let daemon = try TestDaemon()
    let good = try Self.stored()
    var wrong = good
    wrong[wrong.count - 40] ^= 1
    let cases: [(String, VaultImport.Parameters)] = [
      ("not paid", Self.parameters(try Self.stored(preimage: nil))),
      ("another preimage", Self.parameters(wrong)),
      (
        "a token for another payment",
        Self.parameters(try Self.stored(identifierOf: [UInt8](repeating: 1, count: 32)))
      ),
      ("cut off", Self.parameters(Array(good.dropLast()))),
      ("too much", Self.parameters(good + [0])),
      ("more than there is money", Self.parameters(try Self.stored(amountMsat: .max))),
      ("no service", Self.parameters(good, service: "none")),
      ("neither service nor domain", Self.parameters(good, service: nil)),
      ("no base64", VaultImport.Parameters(service: "data", domain: nil, storedToken: "%")),
    ]
    for (name, parameters) in cases {
      let error = try await daemon.error(VaultImport.self, parameters)
      #expect(error?.code == -32602, "\(name)")
      #expect(error?.message.contains(Hex.encode(Self.preimage)) != true, "\(name)")
    }
    var both = Self.parameters(good)
    both.authorization = "L402 x:" + Hex.encode(Self.preimage)
    #expect(try await daemon.error(VaultImport.self, both)?.code == -32602)
    #expect(try await daemon.call(VaultList.self, .init()).credentials.isEmpty)
  }

  @Test func `what was bought here is exported with what it cost`() async throws {
    let daemon = try TestDaemon()
    let copy = try await daemon.call(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    let export = try await daemon.call(VaultExport.self, .init(credential: copy.credential))
    let file = try #require(export.storedToken.flatMap { Base64.decode($0) })
    let token = try StoredToken(decoding: file)
    #expect(token.amountMsat == 1000)
    #expect(token.feeMsat == 7)
    #expect(token.preimage.map { Hex.encode($0) } == copy.preimage)
    // The root, and not the narrowed copy.
    #expect(
      token.macaroon.caveats.count < (L402Token(text: copy.token).macaroon?.caveats.count ?? 0))
  }

  @Test func `a token that is no macaroon fits no file and has its header`() async throws {
    let daemon = try TestDaemon()
    let authorization = "LSAT opaque.token:" + Hex.encode(Self.preimage)
    let entry = try await daemon.call(
      VaultImport.self, .init(service: "bare", authorization: authorization))
    let export = try await daemon.call(VaultExport.self, .init(credential: entry.credential))
    #expect(export.storedToken == nil)
    #expect(export.authorization == authorization)
    let copy = try await daemon.call(
      CredentialRequest.self, .init(service: "bare"), token: daemon.top())
    #expect(copy.authorization == authorization)
    #expect(copy.bare)
    let narrow = try await daemon.error(
      CredentialRequest.self, .init(service: "pinned"), token: daemon.top())
    #expect(narrow == nil)
  }

  @Test func `an opaque token is not handed out where it would have to be narrowed`() async throws {
    let daemon = try TestDaemon()
    _ = try await daemon.call(
      VaultImport.self,
      .init(service: "data", authorization: "L402 opaque:" + Hex.encode(Self.preimage)))
    let error = try await daemon.error(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:bare"))
    #expect(error?.message.contains("cannot be attenuated") == true)
    #expect(error?.message.contains("held mode") == true)
  }

  @Test func `the audit log names each export, and no secret`() async throws {
    let daemon = try TestDaemon()
    let entry = try await daemon.call(VaultImport.self, Self.parameters(Self.stored()))
    for _ in 0..<2 {
      _ = try await daemon.call(VaultExport.self, .init(credential: entry.credential))
    }
    let events = try daemon.ledger.events(after: 0, limit: 1000, under: nil).map(\.text)
    let exports = events.filter { $0.contains("\"vault.export\"") }
    #expect(exports.count == 2)
    #expect(exports.allSatisfy { $0.contains(entry.credential.hex) })
    #expect(!events.contains { $0.contains(Hex.encode(Self.preimage)) })
    let unknown = try await daemon.error(
      VaultExport.self,
      .init(
        credential: CredentialID(bytes: [UInt8](repeating: 1, count: 16))
          ?? entry.credential))
    #expect(unknown?.reason == "not_found")
  }
}
