import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct InvoicePayTests {
  /// A daemon whose policy has the seller's node as somebody who may be paid.
  private static func daemon() throws -> TestDaemon {
    let daemon = try TestDaemon { policy in
      var friend = Service(
        id: "friend", origins: [], challengePath: "/", priceCeiling: msat(50_000),
        feeLimit: msat(100))
      friend.invoices = .allow
      policy.services["friend"] = friend
    }
    var policy = daemon.coordinator.policy
    policy.services["friend"]?.payees = [daemon.seller.node]
    return try TestDaemon(after: daemon) { $0 = policy }
  }

  private static func invoice(_ daemon: TestDaemon) throws -> String {
    let offers = ChallengeParser.challenges(inHeaders: daemon.seller.challenge())
    return try #require(offers.compactMap(\.challenge).first).invoice
  }

  private static func order(_ daemon: TestDaemon) throws -> InvoicePay.Parameters {
    InvoicePay.Parameters(service: "friend", invoice: try invoice(daemon))
  }

  @Test func `an invoice of a pinned payee is paid, and proved`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    let order = try Self.order(daemon)
    let reply = try await daemon.call(InvoicePay.self, order, token: token, key: "k")
    #expect(Hex.encode(SHA256.hash(try #require(Hex.decode(reply.preimage)))) == reply.paymentHash)
    #expect(reply.amountMsat == msat(1000) && reply.feeMsat == msat(7))
    #expect(try daemon.counters(token) == (1007, 0))
    // The same key has the same answer, and nothing is paid twice.
    #expect(try await daemon.call(InvoicePay.self, order, token: token, key: "k") == reply)
    let again = try await daemon.error(InvoicePay.self, order, token: token)
    #expect(again?.reason == "conflict")
    #expect(daemon.wallet.orders.count == 1)
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
  }

  @Test func `nothing of a paid invoice is handed out as a credential`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    _ = try await daemon.call(InvoicePay.self, try Self.order(daemon), token: token)
    #expect(try daemon.activeCredentials() == 0)
    for error in [
      try await daemon.error(CredentialRequest.self, .init(service: "friend"), token: token),
      try await daemon.error(
        ChallengePay.self,
        .init(service: "friend", wwwAuthenticate: daemon.seller.challenge()), token: token),
      try await daemon.error(ChallengeQuote.self, .init(service: "friend"), token: token),
    ] {
      #expect(error?.data["rule"] == .string("policy:origins"))
    }
    #expect(daemon.wallet.orders.count == 1)
  }

  @Test func `without the policy's word no invoice is paid`() async throws {
    let daemon = try Self.daemon()
    let invoice = try Self.invoice(daemon)
    // 'pinned' lists the payee, and 'data' lists nobody.
    for service in ["pinned", "data"] {
      let error = try await daemon.error(
        InvoicePay.self, .init(service: service, invoice: invoice), token: daemon.top())
      #expect(error?.data["rule"] == .string("policy:invoices"))
    }
    let narrow = daemon.top(.services(["data"]), id: 2)
    let error = try await daemon.error(
      InvoicePay.self, .init(service: "friend", invoice: invoice), token: narrow)
    #expect(error?.data["rule"] == .string("caveat:services"))
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `what is no invoice, dear, or of another payee is refused`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    for text in ["", "lnbc1", "hello", String(repeating: "l", count: 9000)] {
      let error = try await daemon.error(
        InvoicePay.self, .init(service: "friend", invoice: text), token: token)
      #expect(error?.reason == "payment_failed", "\(text.prefix(9))")
    }
    daemon.seller.offers { $0.amountMsat = 50_001 }
    let dear = try await daemon.error(
      InvoicePay.self, try Self.order(daemon), token: token)
    #expect(dear?.data["rule"] == .string("policy:price_ceiling"))
    let stranger = ScriptedSeller(name: "stranger", clock: daemon.clock)
    let offers = ChallengeParser.challenges(inHeaders: stranger.challenge())
    let invoice = try #require(offers.compactMap(\.challenge).first).invoice
    let other = try await daemon.error(
      InvoicePay.self, .init(service: "friend", invoice: invoice), token: token)
    #expect(other?.data["rule"] == .string("policy:payees"))
    #expect(daemon.wallet.orders.isEmpty)
    #expect(try daemon.counters(token) == (0, 0))
  }

  @Test func `an order whose end nobody knows is answered when it is known`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    let order = try Self.order(daemon)
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    for _ in 0..<2 {
      let error = try await daemon.error(InvoicePay.self, order, token: token, key: "k")
      #expect(error?.reason == "payment_pending")
    }
    #expect(daemon.wallet.orders.count == 1)
    daemon.wallet.says(.settled, daemon.seller)
    try await daemon.coordinator.recoverPayments()
    let reply = try await daemon.call(InvoicePay.self, order, token: token, key: "k")
    #expect(reply.feeMsat == msat(3))
    #expect(try daemon.counters(token) == (1003, 0))
  }

  @Test func `one that failed can be ordered again under the same key`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    let order = try Self.order(daemon)
    let seller = daemon.seller
    daemon.wallet.pays { _ in .failed(reason: "no route") }
    let error = try await daemon.error(InvoicePay.self, order, token: token, key: "k")
    #expect(error?.reason == "payment_failed")
    #expect(try daemon.counters(token) == (0, 0))
    daemon.wallet.pays { order in
      .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: msat(1))
    }
    _ = try await daemon.call(InvoicePay.self, order, token: token, key: "k")
    #expect(try daemon.counters(token) == (1001, 0))
  }

  @Test func `above the threshold an operator is asked, and the order waits`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top(.approveAbove(SpendLimit(msat(100))))
    let order = try Self.order(daemon)
    let error = try await daemon.error(InvoicePay.self, order, token: token)
    #expect(error?.reason == "approval_required")
    let waiting = try await daemon.call(ApprovalList.self, .init())
    let approval = try #require(waiting.approvals.first)
    #expect(approval.service == "friend" && daemon.wallet.orders.isEmpty)
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: approval.approval))
    _ = try await daemon.call(InvoicePay.self, order, token: token)
    #expect(try daemon.counters(token) == (1007, 0))
  }
}
