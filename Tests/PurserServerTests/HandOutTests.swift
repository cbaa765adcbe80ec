import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

@Suite struct HandOutTests {
  @Test func `a copy is good for what was asked and nothing else`() async throws {
    let daemon = try TestDaemon()
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", capabilities: ["read"], ttlSeconds: 60),
      token: daemon.top())
    let seller = daemon.seller
    try seller.serve(reply.authorization, service: "data", capability: "read")
    #expect(throws: L402Error.self) { try seller.serve(reply.authorization, service: "other") }
    #expect(throws: L402Error.self) {
      try seller.serve(reply.authorization, service: "data", capability: "write")
    }
    daemon.clock.move(milliseconds: 60_000)
    #expect(throws: L402Error.expired(validUntilSeconds: 1_800_000_060)) {
      try seller.serve(reply.authorization, service: "data")
    }
    #expect(reply.expiresAt == 1_800_000_060)
    #expect(
      SHA256.hash(Hex.decode(reply.preimage) ?? []) == daemon.wallet.orders[0].invoice.paymentHash)
    let labels = Dictionary(
      uniqueKeysWithValues: reply.restrictions.map { ($0.condition, $0.enforcedBy) })
    #expect(labels == ["services": .seller, "valid_until": .seller, "capabilities": .advisory])
  }

  @Test func `whoever stops a grant is told what sellers go on taking`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let (left, right) = (daemon.child(top, nonce: 1), daemon.child(top, nonce: 2))
    let leaf = daemon.child(left, nonce: 3)
    for (token, seconds) in [(left, 60), (leaf, 300), (leaf, 30), (right, 600)]
      as [(GrantToken, UInt64)]
    {
      _ = try await daemon.call(
        CredentialRequest.self, Ask(service: "data", ttlSeconds: seconds), token: token)
    }
    daemon.clock.move(milliseconds: 40_000)
    let target = GrantTarget(target: left.text)
    let frozen = try await daemon.call(GrantFreeze.self, target, token: top)
    #expect(frozen.outstanding.map(\.service) == ["data"])
    // That of 30 s has ended, and what was handed out beside the subtree is not in it.
    #expect(frozen.outstanding.map(\.copies) == [2])
    #expect(frozen.outstanding.map(\.validUntil) == [1_800_000_300])
    #expect(!frozen.truncated)
    daemon.clock.move(milliseconds: 60_000)
    let revoked = try await daemon.call(GrantRevoke.self, target)
    #expect(revoked.outstanding.map(\.copies) == [1])
    let closed = try await daemon.call(GrantClose.self, .init(), token: right)
    #expect(closed.outstanding.map(\.validUntil) == [1_800_000_600])
    daemon.clock.move(milliseconds: 600_000)
    #expect(try await daemon.call(GrantFreeze.self, .init(node: node(1))).outstanding.isEmpty)
  }

  @Test func `labels say what the copy really carries`() async throws {
    let daemon = try TestDaemon { $0.services["data"]?.caveats = [.capabilities] }
    daemon.seller.offers {
      $0.terms = [
        L402Terms(service: L402Service(name: "data"), validUntilSeconds: 1_800_000_030)
      ]
    }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top(.spend(msat(9000))))
    let labels = Dictionary(
      uniqueKeysWithValues: reply.restrictions.map {
        ($0.condition, "\($0.value) \($0.enforcedBy)")
      })
    // The seller's own token said both already.
    #expect(labels["services"] == "data seller")
    #expect(labels["valid_until"] == "1800000030 seller")
    #expect(labels["spend_msat"] == "9000 purser")
    let plain = try TestDaemon { $0.services["data"]?.caveats = [.capabilities] }
    let bare = try await plain.call(
      CredentialRequest.self, Ask(service: "data"), token: plain.top())
    #expect(bare.restrictions.map(\.enforcedBy) == [.advisory, .advisory, .advisory])
  }

  @Test func `a copy outlives neither the grant nor the policy's time`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.validUntil(1_800_000_020))
    let short = try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: token)
    #expect(short.expiresAt == 1_800_000_020)
    for ttl: UInt64 in [0, 601, .max] {
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: "data", ttlSeconds: ttl), token: token)
      #expect(error?.reason == "invalid_params")
    }
  }

  @Test func `capabilities come from request, grant and policy together`() async throws {
    let daemon = try TestDaemon()
    let narrow = daemon.top(.capabilities(service: "data", ["read", "unknown"]))
    func value(_ ask: [String]?, _ token: GrantToken) async throws -> String? {
      let reply = try await daemon.call(
        CredentialRequest.self, Ask(service: "data", capabilities: ask), token: token)
      return reply.restrictions.first { $0.condition == "capabilities" }?.value
    }
    #expect(try await value(nil, narrow) == "read")
    #expect(try await value(["read", "read"], narrow) == "read")
    #expect(try await value(nil, daemon.top(id: 2)) == "read,write")
    for (ask, rule) in [("write", "caveat:data_capabilities"), ("unknown", "policy:capabilities")] {
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: "data", capabilities: [ask]), token: narrow)
      #expect(error?.data["rule"] == .string(rule))
    }
    let none = try await daemon.error(
      CredentialRequest.self, Ask(service: "data"),
      token: daemon.top(.capabilities(service: "data", []), id: 3))
    #expect(none?.data["rule"] == .string("caveat:data_capabilities"))
  }

  @Test func `an empty list of capabilities is refused before money moves`() async throws {
    let daemon = try TestDaemon()
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", capabilities: []), token: daemon.top())
    #expect(error?.reason == "invalid_params")
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `a service outside the grant or the policy is forbidden`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.services(["data", "gone"]))
    for (service, rule) in [("pinned", "caveat:services"), ("gone", "policy:services")] {
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: service), token: token)
      #expect(error?.data["rule"] == .string(rule))
    }
    #expect(daemon.seller.fetches == 0)
  }
}
