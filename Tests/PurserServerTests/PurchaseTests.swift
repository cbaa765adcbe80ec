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

@Suite struct PurchaseTests {
  @Test func `a root is bought once and serves others for nothing`() async throws {
    let daemon = try TestDaemon()
    let first = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top())
    #expect(first.costMsat == msat(1007))
    let second = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top(id: 2))
    #expect(second.costMsat == .zero)
    #expect(second.credential == first.credential)
    #expect(daemon.wallet.orders.count == 1)
    #expect(try daemon.counters(daemon.top()) == (1007, 0))
    #expect(try daemon.counters(daemon.top(id: 2)) == (0, 0))
  }

  @Test func `a root about to end is replaced`() async throws {
    let daemon = try TestDaemon()
    daemon.seller.offers {
      $0.terms = [
        L402Terms(service: L402Service(name: "data"), validUntilSeconds: 1_800_000_050)
      ]
    }
    _ = try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: daemon.top())
    daemon.clock.move(milliseconds: 45_000)
    daemon.seller.offers { $0.terms = [] }
    _ = try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: daemon.top())
    #expect(daemon.wallet.orders.count == 2)
  }

  @Test func `the hold covers what a wallet without a fee limit may spend`() async throws {
    let daemon = try TestDaemon()
    daemon.wallet.reserves(msat(2000))
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top(.spend(msat(2999))))
    #expect(error?.data["asked_msat"] == .integer(3000))
    #expect(daemon.wallet.orders.isEmpty)
    _ = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top(.spend(msat(3000)), id: 2))
    #expect(daemon.wallet.orders.first?.feeLimit == msat(2000))
  }

  @Test func `fifty callers share one payment, each in its own name`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    let top = daemon.top()
    let replies = try await withThrowingTaskGroup(of: CredentialReply.self) { group in
      for index in 0..<50 {
        let worker = daemon.child(top, nonce: UInt8(index))
        group.addTask {
          try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: worker)
        }
      }
      await gate.waitForArrivals(1)
      gate.open()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(daemon.wallet.orders.count == 1)
    #expect(replies.filter { $0.costMsat == msat(1000) }.count == 1)
    #expect(replies.filter { $0.costMsat == .zero }.count == 49)
    #expect(try daemon.counters(top) == (1000, 0))
    #expect(try daemon.actions().filter { $0 == "credential.issue" }.count == 50)
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
  }

  @Test func `who cannot pay leaves the lead to the next`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.seller.offers { $0.amountMsat = 1000 }
    let poor = daemon.top(.spend(msat(10)))
    let seller = daemon.seller
    // The poor one leads: it is alone until its challenge was fetched.
    let held = HeldSeller(seller, gate)
    let coordinator = daemon.coordinator(sellers: held)
    let handler = RequestHandler(coordinator, refusals: daemon.refusals, log: quietLog)
    async let first = daemon.reason(handler, poor)
    await gate.waitForArrivals(1)
    let others = (2..<12).map { daemon.top(id: UInt8($0)) }
    let reasons = await withTaskGroup(of: String?.self) { group in
      for token in others { group.addTask { await daemon.reason(handler, token) } }
      gate.open()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(await first == "budget_exceeded")
    #expect(reasons.allSatisfy { $0 == nil })
    #expect(daemon.wallet.orders.count == 1)
  }

  @Test func `when all are too poor each hears of its own budget`() async throws {
    let daemon = try TestDaemon()
    let workers = (1..<20).map { daemon.top(.spend(msat(10)), id: UInt8($0)) }
    let errors = try await withThrowingTaskGroup(of: RPCError?.self) { group in
      for worker in workers {
        group.addTask {
          try await daemon.error(CredentialRequest.self, Ask(service: "data"), token: worker)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.allSatisfy { $0?.data["limit_msat"] == .integer(10) })
    #expect(Set(errors.map { $0?.data["node"].map { "\($0)" } }).count == 19)
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `a failed payment gives its money back and can be tried again`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    daemon.wallet.pays { _ in .failed(reason: "no route") }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
    #expect(error?.reason == "payment_failed")
    #expect(error?.data["money_may_have_moved"] == .bool(false))
    #expect(try daemon.counters(token) == (0, 0))
    let seller = daemon.seller
    daemon.wallet.pays { order in
      .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
    #expect(reply.costMsat == msat(1000))
    #expect(
      try await daemon.call(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k") == reply)
  }

  @Test(arguments: ["unknown", "wrong preimage", "empty preimage"])
  func `an outcome that is not certain keeps the hold and blocks a second payment`(
    kind: String
  ) async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    daemon.wallet.pays { _ in
      switch kind {
      case "unknown": .unknown(reason: "timeout")
      case "wrong preimage": .settled(preimage: randomBytes(32), fee: .zero)
      default: .settled(preimage: [], fee: .zero)
      }
    }
    for key in ["k", "k", "other", nil] {
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: "data"), token: token, key: key)
      #expect(error?.reason == "payment_pending")
    }
    // What is pending is that purchase; the seller is not even asked again.
    #expect(daemon.wallet.orders.count == 1)
    #expect(daemon.seller.fetches == 1)
    #expect(try daemon.counters(token) == (0, 1100))
    #expect(try daemon.ledger.openPayments().map(\.state) == [.unknown])
    daemon.wallet.pays { order in .unknown(reason: "x") }
    let elsewhere = try await daemon.error(
      CredentialRequest.self, Ask(service: "pinned"), token: token)
    #expect(elsewhere?.reason == "payment_pending")
    #expect(daemon.wallet.orders.count == 2)
  }

  @Test func `a purchase outlives whoever asked for it`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    let token = daemon.top()
    let request = Task {
      try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: token)
    }
    await gate.waitForArrivals(1)
    request.cancel()
    gate.open()
    await daemon.coordinator.drainPurchases()
    #expect(try daemon.activeCredentials() == 1)
    #expect(try daemon.counters(token) == (1000, 0))
    // After the drain nothing new is bought.
    let late = try await daemon.error(
      CredentialRequest.self, Ask(service: "pinned"), token: token)
    #expect(late?.reason == "overloaded")
  }

  @Test func `a grant frozen while its payment was under way gets no credential`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    let token = daemon.top()
    async let error = daemon.error(
      CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
    await gate.waitForArrivals(1)
    _ = try await daemon.call(GrantFreeze.self, .init(node: node(1)))
    gate.open()
    #expect(try await error?.reason == "frozen")
    // The money moved, and the root is in the vault for others.
    #expect(try daemon.counters(token) == (1000, 0))
    #expect(try daemon.activeCredentials() == 1)
  }

  @Test func `no secret is repeated after a freeze, a revoke or the end`() async throws {
    for action in ["freeze", "revoke", "expire"] {
      let daemon = try TestDaemon()
      let token = daemon.top(.validUntil(1_800_000_100))
      let reply = try await daemon.call(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
      let restarted = try TestDaemon(after: daemon)
      #expect(
        try await restarted.call(
          CredentialRequest.self, Ask(service: "data"), token: token, key: "k") == reply)
      switch action {
      case "freeze": _ = try await restarted.call(GrantFreeze.self, .init(node: node(1)))
      case "revoke": _ = try await restarted.call(GrantRevoke.self, .init(node: node(1)))
      default: restarted.clock.move(milliseconds: 100_000)
      }
      let error = try await restarted.error(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
      #expect(["frozen", "revoked", "expired"].contains(error?.reason))
    }
  }

  @Test func `a narrowed copy of a token that is met first does not narrow the grant itself`()
    async throws
  {
    let daemon = try TestDaemon()
    let wide = daemon.top()
    let narrow = try wide.attenuated(with: [.validUntil(1_800_000_100), .spend(.zero)])
    let refusal = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", ttlSeconds: 10), token: narrow)
    #expect(refusal?.reason == "budget_exceeded")
    _ = try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: wide)
    _ = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", ttlSeconds: 10), token: narrow, key: "k")
    daemon.clock.move(milliseconds: 100_000)
    let over = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", ttlSeconds: 10), token: narrow, key: "k")
    #expect(over?.reason == "expired")
    _ = try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: wide)
  }

  @Test func `who names no capability gets those that the token has, and is told which`()
    async throws
  {
    let daemon = try TestDaemon()
    daemon.seller.offers { $0.furtherCaveats = ["data_capabilities=read"] }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: daemon.top())
    #expect(reply.restrictions.first { $0.condition == "capabilities" }?.value == "read")
    let named = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", capabilities: ["read", "write"]),
      token: daemon.top())
    #expect(named?.reason == "forbidden")
  }

  @Test func `the same key at the same time gets the same answer`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let replies = try await withThrowingTaskGroup(of: CredentialReply.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await daemon.call(
            CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(replies.dropFirst().allSatisfy { $0 == replies[0] })
    #expect(daemon.wallet.orders.count == 1)
    let conflict = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", ttlSeconds: 5), token: token, key: "k")
    #expect(conflict?.reason == "conflict")
  }

  @Test func `who finds the root at the last moment is not told that it paid`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let replies = try await withThrowingTaskGroup(of: CredentialReply.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await daemon.call(CredentialRequest.self, Ask(service: "data"), token: token)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(replies.filter { $0.costMsat > .zero }.count == 1)
  }
}

/// A seller whose answers wait at a gate.
private struct HeldSeller: SellerConnection {
  let seller: ScriptedSeller
  let gate: Gate

  func present(
    _ authorization: String, to service: Service
  ) async throws(SellerError) -> SellerAnswer {
    try await seller.present(authorization, to: service)
  }

  init(_ seller: ScriptedSeller, _ gate: Gate) {
    self.seller = seller
    self.gate = gate
  }

  func challenge(of service: Service) async throws(SellerError) -> SellerAnswer {
    await gate.pass()
    return try await seller.challenge(of: service)
  }
}

extension TestDaemon {
  fileprivate func reason(_ handler: RequestHandler, _ token: GrantToken) async -> String? {
    let request = RPCRequest<CredentialRequest>(
      id: .number(1), Ask(service: "data"), options: CallOptions(token: token.text))
    guard let line = try? WireJSON.encode(request),
      let answer = await handler.answer(line, in: agents),
      let response = try? WireJSON.decode(RPCResponse<CredentialReply>.self, from: answer)
    else { return "no answer" }
    if case .failure(let error) = response.outcome { return error.reason }
    return nil
  }
}
