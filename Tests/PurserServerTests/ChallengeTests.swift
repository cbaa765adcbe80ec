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

@Suite struct ChallengeTests {
  private static let tampered: [(String, @Sendable (inout ScriptedSeller.Offer) -> Void, String)] =
    [
      ("not a 402", { $0.status = 200 }, "upstream"),
      ("no header", { $0.headers = [] }, "upstream"),
      ("another scheme", { $0.headers = ["Bearer realm=\"x\""] }, "upstream"),
      ("a body in place of a header", { $0.headers = ["{\"invoice\":\"lnbcrt1\"}"] }, "upstream"),
      ("no token", { $0.headers = ["L402 invoice=\"lnbcrt1\""] }, "upstream"),
      ("no invoice", { $0.headers = ["L402 token=\"AgEA\""] }, "upstream"),
      (
        "a token twice", { $0.headers = ["L402 token=\"a\", token=\"b\", invoice=\"x\""] },
        "upstream"
      ),
      (
        "an invoice that is none", { $0.headers = ["L402 token=\"AgEA\", invoice=\"lnbcrt1xx\""] },
        "payment_failed"
      ),
      (
        "a megabyte", { $0.headers = ["L402 " + String(repeating: "a", count: 1 << 20)] },
        "upstream"
      ),
      ("no amount", { $0.amountMsat = nil }, "payment_failed"),
      ("another network", { $0.network = .bitcoin }, "payment_failed"),
      ("an invoice about to expire", { $0.expirySeconds = 5 }, "payment_failed"),
      ("money locked for weeks", { $0.minFinalCLTV = 2017 }, "payment_failed"),
      ("a price over the ceiling", { $0.amountMsat = 50_001 }, "forbidden"),
      ("another payment's hash", { $0.bindsHash = false }, "upstream"),
      ("a token that is no macaroon", { $0.opaqueToken = "abc" }, "upstream"),
      (
        "a token for another service",
        { $0.terms = [L402Terms(service: L402Service(name: "other"))] }, "upstream"
      ),
      (
        "a token that is over",
        {
          $0.terms = [
            L402Terms(service: L402Service(name: "data"), validUntilSeconds: 1_800_000_005)
          ]
        }, "upstream"
      ),
      (
        "a token that widens itself", { $0.furtherCaveats = ["services=a:0", "services=data:0"] },
        "upstream"
      ),
      (
        "a token with other capabilities", { $0.furtherCaveats = ["data_capabilities=other"] },
        "upstream"
      ),
    ]

  @Test(arguments: tampered.indices)
  func `a challenge that should not be paid is not`(index: Int) async throws {
    let (name, change, reason) = Self.tampered[index]
    let daemon = try TestDaemon()
    let token = daemon.top()
    daemon.seller.offers(change)
    let error = try await daemon.error(CredentialRequest.self, Ask(service: "data"), token: token)
    #expect(error?.reason == reason, "\(name): \(error?.message ?? "bought")")
    #expect(daemon.wallet.orders.isEmpty)
    #expect(try daemon.counters(token) == (0, 0))
  }

  @Test func `only a pinned payee is paid`() async throws {
    let daemon = try TestDaemon { $0.services["pinned"]?.payees = [[2] + randomBytes(32)] }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "pinned"), token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:payees"))
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `a token without a payment hash needs the policy to say so, and comes bare`()
    async throws
  {
    let daemon = try TestDaemon()
    daemon.seller.offers { $0.opaqueToken = "opaque:token" }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(reply.bare)
    #expect(reply.token == "opaque:token")
    #expect(reply.expiresAt == nil)
    #expect(reply.grpcMacaroon == nil)
    #expect(reply.restrictions.allSatisfy { $0.enforcedBy == .advisory })
    let denying = try TestDaemon { $0.services["bare"]?.bare = .deny }
    denying.seller.offers { $0.opaqueToken = "opaque:token" }
    let error = try await denying.error(
      CredentialRequest.self, Ask(service: "bare"), token: denying.top())
    #expect(error?.data["rule"] == .string("policy:bare"))
    #expect(denying.wallet.orders.isEmpty)
  }

  @Test func `a token that names another hash is not paid even where none is needed`() async throws
  {
    let daemon = try TestDaemon()
    daemon.seller.offers { $0.bindsHash = false }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.reason == "upstream")
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test(arguments: [L402Scheme.l402, .lsat])
  func `a seller is answered in its own scheme`(scheme: L402Scheme) async throws {
    let daemon = try TestDaemon()
    daemon.seller.offers { $0.scheme = scheme }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top())
    #expect(reply.scheme == scheme.rawValue)
    #expect(reply.authorization.hasPrefix("\(scheme.rawValue) "))
    try daemon.seller.serve(reply.authorization, service: "data")
  }
}
