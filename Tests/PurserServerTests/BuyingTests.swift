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
        "a token with fewer capabilities", { $0.furtherCaveats = ["data_capabilities=read"] },
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

  @Test func `a secret is not repeated to a token that is wider than its grant`() async throws {
    let daemon = try TestDaemon()
    let wide = daemon.top()
    let narrow = try wide.attenuated(with: [.validUntil(1_800_000_100)])
    let ask = Ask(service: "data", ttlSeconds: 10)
    // The first to be met registers its end for the node.
    _ = try await daemon.call(CredentialRequest.self, ask, token: narrow, key: "k")
    daemon.clock.move(milliseconds: 100_000)
    let error = try await daemon.error(CredentialRequest.self, ask, token: wide, key: "k")
    #expect(error?.reason == "expired")
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

/// A seller whose answers wait at a gate.
private struct HeldSeller: SellerConnection {
  let seller: ScriptedSeller
  let gate: Gate

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
