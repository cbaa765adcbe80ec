import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

/// Payments that wait for an operator.
@Suite struct ApprovalTests {
  private func above(_ amount: UInt64) -> GrantCaveat { .approveAbove(SpendLimit(msat(amount))) }

  /// The approval that a refusal names.
  private func approval(_ error: RPCError?) throws -> ApprovalID {
    let error = try #require(error)
    #expect(error.reason == "approval_required" && error.code == -32006)
    guard case .string(let hex) = error.data["approval"] else {
      Issue.record("no approval is named")
      throw CancellationError()
    }
    return try #require(ApprovalID(hex: hex))
  }

  private func request(
    _ daemon: TestDaemon, _ token: GrantToken, key: String? = nil, wait: UInt64? = nil
  ) async throws -> RPCError? {
    try await daemon.error(
      CredentialRequest.self, Ask(service: "data", waitSeconds: wait), token: token, key: key)
  }

  @Test func `what is above the threshold waits, is approved, and goes once`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), .name("a\u{1b}[31mb"), above(1000))
    let waits = try approval(try await request(daemon, token, key: "k"))
    #expect(daemon.wallet.orders.isEmpty)
    #expect(try daemon.counters(daemon.top()).held == 0)
    // Asked again it is the same question.
    #expect(try approval(try await request(daemon, token, key: "k")) == waits)
    let list = try await daemon.call(ApprovalList.self, .init()).approvals
    #expect(list.map(\.approval) == [waits])
    #expect(list.first?.totalMsat == msat(1100) && list.first?.service == "data")
    #expect(list.first?.node == daemon.maker.chain(token).node && list.first?.state == "pending")
    let decided = try await daemon.call(ApprovalApprove.self, .init(approval: waits))
    #expect(decided.state == "approved")
    #expect(try await request(daemon, token, key: "k") == nil)
    #expect(daemon.wallet.orders.count == 1)
    #expect(try await daemon.call(ApprovalList.self, .init(all: true)).approvals.isEmpty)
    let again = try await daemon.error(ApprovalApprove.self, .init(approval: waits))
    #expect(again?.reason == "not_found")
    let actions = try daemon.actions()
    #expect(actions.filter { $0.hasPrefix("approval") } == ["approval.ask", "approval.approve"])
  }

  @Test func `an approval binds node, payee and total, and nobody else's payment`() async throws {
    let daemon = try TestDaemon()
    let first = daemon.child(daemon.top(), above(1000), nonce: 1)
    let second = daemon.child(daemon.top(), above(1000), nonce: 2)
    let waits = try approval(try await request(daemon, first))
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: waits))
    #expect(try approval(try await request(daemon, second)) != waits)
    // The seller asks for more than was approved.
    daemon.seller.offers { $0.amountMsat = 1001 }
    #expect(try approval(try await request(daemon, first)) != waits)
    daemon.seller.offers { $0.amountMsat = 999 }
    #expect(try await request(daemon, first) == nil)
    #expect(daemon.wallet.orders.count == 1)
  }

  @Test func `what was denied stays so until its time is over`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    let waits = try approval(try await request(daemon, token))
    #expect(try await daemon.call(ApprovalDeny.self, .init(approval: waits)).state == "denied")
    let error = try await request(daemon, token)
    #expect(error?.reason == "forbidden" && error?.data["rule"] == .string("approval"))
    #expect(
      try await daemon.error(ApprovalApprove.self, .init(approval: waits))?.reason == "conflict")
    daemon.clock.move(milliseconds: 3_600_000)
    #expect(try approval(try await request(daemon, token)) != waits)
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `an approval that nobody used in time is good for nothing`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    let waits = try approval(try await request(daemon, token))
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: waits))
    daemon.clock.move(milliseconds: 3_600_000)
    #expect(try approval(try await request(daemon, token)) != waits)
    let late = try await daemon.error(ApprovalDeny.self, .init(approval: waits))
    #expect(late?.reason == "not_found")
  }

  @Test func `one that asks to wait goes on when the operator says yes`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(1000))
    async let waiting = request(daemon, token, wait: 600)
    let asked = try await firstApproval(daemon)
    // A second caller without a threshold buys meanwhile: what waits leads nothing.
    #expect(try await request(daemon, daemon.top(id: 2)) == nil)
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: asked))
    #expect(try await waiting == nil)
    #expect(daemon.wallet.orders.count == 1)
  }

  @Test func `a challenge whose invoice expired while it waited is not paid`() async throws {
    let daemon = try TestDaemon()
    daemon.seller.offers { $0.expirySeconds = 60 }
    let token = daemon.child(daemon.top(), above(0))
    let pay = ChallengePay.Parameters(
      service: "pinned", wwwAuthenticate: daemon.seller.challenge(), waitSeconds: 600)
    async let waiting = daemon.error(ChallengePay.self, pay, token: token)
    let asked = try await firstApproval(daemon)
    daemon.clock.move(milliseconds: 61_000)
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: asked))
    #expect(try await waiting?.reason == "payment_failed")
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `a copy that waited is good for its whole time`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    async let waiting = daemon.call(
      CredentialRequest.self, Ask(service: "data", ttlSeconds: 100, waitSeconds: 600), token: token)
    let asked = try await firstApproval(daemon)
    daemon.clock.move(milliseconds: 99_000)
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: asked))
    #expect(try await waiting.expiresAt == daemon.clock.now().seconds + 100)
  }

  @Test func `whoever waits is told at the end of the daemon`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(1000))
    async let waiting = request(daemon, token, wait: 600)
    let asked = try await firstApproval(daemon)
    daemon.coordinator.stopWaitingForOperators()
    #expect(try approval(try await waiting) == asked)
    #expect(try approval(try await request(daemon, token, wait: 600)) == asked)
  }

  private func firstApproval(_ daemon: TestDaemon) async throws -> ApprovalID {
    for _ in 0..<20_000 {
      if let first = try await daemon.call(ApprovalList.self, .init()).approvals.first {
        return first.approval
      }
      await Task.yield()
    }
    Issue.record("nobody was asked")
    throw CancellationError()
  }

  @Test func `what waits survives a restart`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    let waits = try approval(try await request(daemon, token))
    let restarted = try TestDaemon(after: daemon)
    #expect(try await restarted.call(ApprovalList.self, .init()).approvals.first?.approval == waits)
    _ = try await restarted.call(ApprovalApprove.self, .init(approval: waits))
    let again = try TestDaemon(after: restarted)
    #expect(try await request(again, token) == nil)
  }

  @Test func `agents cannot approve, list or deny`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    let waits = try approval(try await request(daemon, token))
    for session in [daemon.agents, nil] {
      let error = try await daemon.error(
        ApprovalApprove.self, .init(approval: waits), token: token, in: session)
      #expect(error != nil)
    }
    #expect(try await daemon.call(ApprovalList.self, .init()).approvals.first?.state == "pending")
  }

  @Test func `a grant has a few questions at a time`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    for _ in 0..<16 {
      let pay = ChallengePay.Parameters(
        service: "pinned", wwwAuthenticate: daemon.seller.challenge())
      _ = try approval(try await daemon.error(ChallengePay.self, pay, token: token))
    }
    let pay = ChallengePay.Parameters(
      service: "pinned", wwwAuthenticate: daemon.seller.challenge())
    let error = try await daemon.error(ChallengePay.self, pay, token: token)
    #expect(error?.data["rule"] == .string("approval:pending"))
  }

  @Test func `many small payments do not slip under a threshold for a window`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(
      daemon.top(), .approveAbove(SpendLimit(msat(2500), per: .rolling(seconds: 3600))))
    for _ in 0..<2 {
      let pay = ChallengePay.Parameters(
        service: "pinned", wwwAuthenticate: daemon.seller.challenge())
      _ = try await daemon.call(ChallengePay.self, pay, token: token)
    }
    let pay = ChallengePay.Parameters(
      service: "pinned", wwwAuthenticate: daemon.seller.challenge())
    _ = try approval(try await daemon.error(ChallengePay.self, pay, token: token))
    daemon.clock.move(milliseconds: 3_700_000)
    let later = ChallengePay.Parameters(
      service: "pinned", wwwAuthenticate: daemon.seller.challenge())
    _ = try await daemon.call(ChallengePay.self, later, token: token)
  }

  @Test func `a frozen grant does not pay what was approved before`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.child(daemon.top(), above(0))
    let waits = try approval(try await request(daemon, token))
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: waits))
    _ = try await daemon.call(GrantFreeze.self, .init(node: daemon.maker.chain(token).node))
    #expect(try await request(daemon, token)?.reason == "frozen")
    #expect(daemon.wallet.orders.isEmpty)
  }
}
