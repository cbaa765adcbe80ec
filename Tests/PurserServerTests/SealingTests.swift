import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct SealingTests {
  private static let ids: [CredentialID] = (1...2).compactMap {
    CredentialID(bytes: [UInt8](repeating: $0, count: 16))
  }

  private static func sealer(_ keys: [UInt64: [UInt8]], current: UInt64) throws -> Sealer {
    Sealer(
      keys: MasterKeys(try #require(Keyring(keys: keys, currentKeyID: current))),
      random: { randomBytes($0) })
  }

  @Test func `what is sealed opens in its own place alone`() throws {
    let sealer = try Self.sealer([1: randomBytes(32)], current: 1)
    let hold = try #require(HoldID(hex: Self.ids[0].hex))
    let claim = { (node: NodeID?, method: String, key: String) in
      IdempotencyClaim(node: node, method: method, key: key, digest: [])
    }
    let places: [Sealer.Place] = [
      .credential(Self.ids[0]), .credential(Self.ids[1]), .payment(hold),
      .answer(claim(nil, "a", "k")), .answer(claim(node(1), "a", "k")),
      .answer(claim(nil, "b", "k")), .answer(claim(nil, "a", "k|1")),
      .answer(claim(nil, "a", "|k")),
    ]
    for (index, place) in places.enumerated() {
      let sealed = try sealer.seal([1, 2, 3], at: place)
      for (other, elsewhere) in places.enumerated() {
        if other == index {
          #expect(try sealer.open(sealed, at: elsewhere) == [1, 2, 3])
        } else {
          #expect(throws: Refusal.self) { try sealer.open(sealed, at: elsewhere) }
        }
      }
    }
  }

  @Test func `no changed bit and no cut opens`() throws {
    let sealer = try Self.sealer([1: randomBytes(32)], current: 1)
    let place = Sealer.Place.credential(Self.ids[0])
    let sealed = try sealer.seal(Array("secret".utf8), at: place)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(throws: Refusal.self) { try sealer.open(changed, at: place) }
      #expect(throws: Refusal.self) { try sealer.open(Array(sealed[..<index]), at: place) }
    }
    #expect(try sealer.seal(Array("secret".utf8), at: place) != sealed)
  }

  @Test func `an old key opens and another key does not`() throws {
    let (old, new) = (randomBytes(32), randomBytes(32))
    let place = Sealer.Place.credential(Self.ids[0])
    let sealed = try Self.sealer([1: old], current: 1).seal([9], at: place)
    #expect(try Self.sealer([1: old, 2: new], current: 2).open(sealed, at: place) == [9])
    #expect(throws: Refusal.self) {
      try Self.sealer([1: new], current: 1).open(sealed, at: place)
    }
    #expect(throws: Refusal.self) {
      try Self.sealer([2: old], current: 2).open(sealed, at: place)
    }
  }

  @Test func `no secret is on the disk in any spelling`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let reply = try await daemon.call(
      CredentialRequest.self, CredentialRequest.Parameters(service: "data"), token: token,
      key: "k")
    let granted = try await daemon.call(
      GrantCreate.self, GrantCreate.Parameters(), token: token, key: "g")
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    _ = try await daemon.error(
      CredentialRequest.self, CredentialRequest.Parameters(service: "pinned"), token: token)
    _ = try await daemon.error(
      SpendReserve.self, .init(amountMsat: .zero), token: token, key: granted.token)
    await daemon.refusals.flush()
    let copy = try #require(Base64.decode(reply.token))
    let preimage = try #require(Hex.decode(reply.preimage))
    let planted = Array("payment_hash".utf8)
    let files = try FileManager.default.contentsOfDirectory(atPath: daemon.scratch.path)
    var all: [UInt8] = []
    for file in files {
      all += [UInt8](try #require(FileManager.default.contents(atPath: daemon.scratch.file(file))))
    }
    // The scan finds what is there.
    #expect(all.contains(run: planted))
    // The tail of a macaroon is its signature.
    let grants = try [token.text, granted.token].map {
      try #require(Base64.decode($0.dropFirst(GrantToken.prefix.count)))
    }
    for secret in [preimage, copy.suffix(32), grants[0].suffix(32), grants[1].suffix(32)] {
      let bytes = Array(secret)
      #expect(!all.contains(run: bytes))
      for spelling in [
        Hex.encode(bytes), Hex.encode(bytes).uppercased(), Base64.encode(bytes, .standard),
        Base64.encode(bytes, .urlUnpadded),
      ] { #expect(!all.contains(run: Array(spelling.utf8))) }
    }
    for spelling in [reply.token, token.text, granted.token, "purser1_"] {
      #expect(!all.contains(run: Array(spelling.utf8)))
    }
  }
}

extension [UInt8] {
  fileprivate func contains(run: [UInt8]) -> Bool { Data(self).range(of: Data(run)) != nil }
}
