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

@Suite struct ChallengePayTests {
  @Test func `a challenge that an agent brings needs a pin and a hash`() async throws {
    let daemon = try TestDaemon()
    let headers = daemon.seller.challenge()
    for (service, rule) in [("data", "policy:payees"), ("bare", "policy:payees")] {
      let error = try await daemon.error(
        ChallengePay.self, .init(service: service, wwwAuthenticate: headers), token: daemon.top())
      #expect(error?.data["rule"] == .string(rule))
    }
    let unbound = try TestDaemon { $0.services["pinned"]?.hashBinding = .none }
    let error = try await unbound.error(
      ChallengePay.self, .init(service: "pinned", wwwAuthenticate: unbound.seller.challenge()),
      token: unbound.top())
    #expect(error?.data["rule"] == .string("policy:hash_binding"))
    #expect(daemon.wallet.orders.isEmpty && unbound.wallet.orders.isEmpty)
  }

  @Test func `what it buys serves that grant alone`() async throws {
    let daemon = try TestDaemon()
    let (mine, other) = (daemon.top(id: 1), daemon.top(id: 2))
    let pay = ChallengePay.Parameters(
      service: "pinned", wwwAuthenticate: daemon.seller.challenge())
    let reply = try await daemon.call(ChallengePay.self, pay, token: mine)
    try daemon.seller.serve(reply.authorization, service: "pinned")
    #expect(reply.costMsat == msat(1007))
    let again = try await daemon.call(CredentialRequest.self, Ask(service: "pinned"), token: mine)
    #expect(again.credential == reply.credential)
    let bought = try await daemon.call(
      CredentialRequest.self, Ask(service: "pinned"), token: other)
    #expect(bought.credential != reply.credential)
    // The same challenge again, with newer roots beside it, is not paid again.
    let repeated = try await daemon.call(ChallengePay.self, pay, token: mine)
    #expect(repeated.credential == reply.credential)
    #expect(repeated.costMsat == .zero)
    let stranger = try await daemon.error(ChallengePay.self, pay, token: other)
    #expect(stranger?.reason == "conflict")
    #expect(daemon.wallet.orders.count == 2)
  }

  @Test func `its failure blocks nobody`() async throws {
    let daemon = try TestDaemon()
    let seller = daemon.seller
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    let pay = ChallengePay.Parameters(service: "pinned", wwwAuthenticate: seller.challenge())
    let pending = try await daemon.error(ChallengePay.self, pay, token: daemon.top())
    #expect(pending?.reason == "payment_pending")
    daemon.wallet.pays { order in
      .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    _ = try await daemon.call(CredentialRequest.self, Ask(service: "pinned"), token: daemon.top())
    let other = ChallengePay.Parameters(service: "pinned", wwwAuthenticate: seller.challenge())
    _ = try await daemon.call(ChallengePay.self, other, token: daemon.top())
  }
}
