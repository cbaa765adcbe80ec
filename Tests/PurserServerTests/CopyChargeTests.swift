import L402
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

/// What a copy costs by the rule of its service, beside what was paid to the seller.
@Suite struct CopyChargeTests {
  private static let ask = Ask(service: "data")

  private static func daemon(_ charge: Service.Charge) throws -> TestDaemon {
    try TestDaemon { $0.services["data"]?.charge = charge }
  }

  private static func cost(
    _ daemon: TestDaemon, _ token: GrantToken, key: String? = nil
  ) async throws -> UInt64 {
    try await daemon.call(CredentialRequest.self, ask, token: token, key: key).costMsat.value
  }

  @Test func `a later grant pays a share once for each root, and its buyer none`() async throws {
    let daemon = try Self.daemon(.shared(msat(250)))
    let (buyer, other) = (daemon.top(id: 1), daemon.top(id: 2))
    #expect(try await Self.cost(daemon, buyer) == 1007)
    #expect(try await Self.cost(daemon, buyer) == 0)
    #expect(try await Self.cost(daemon, other) == 250)
    #expect(try await Self.cost(daemon, other) == 0)
    // A grant below is one of its own, and what it pays counts above it.
    #expect(try await Self.cost(daemon, daemon.child(other)) == 250)
    #expect(try daemon.counters(buyer) == (1007, 0))
    #expect(try daemon.counters(other) == (500, 0))
    #expect(daemon.wallet.orders.count == 1)
    // Another root is another share.
    let root = try #require(try daemon.ledger.credentials(service: "data").first)
    _ = try await daemon.call(VaultRemove.self, .init(credential: root.id))
    #expect(try await Self.cost(daemon, buyer) == 1007)
    #expect(try await Self.cost(daemon, other) == 250)
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
  }

  @Test func `each copy costs what the policy says, but for the one that was just paid`()
    async throws
  {
    let daemon = try Self.daemon(.perCredential(msat(30)))
    let (buyer, other) = (daemon.top(id: 1), daemon.top(id: 2))
    #expect(try await Self.cost(daemon, buyer, key: "a") == 1007)
    // The same answer costs nothing again.
    #expect(try await Self.cost(daemon, buyer, key: "a") == 1007)
    #expect(try await Self.cost(daemon, buyer) == 30)
    #expect(try await Self.cost(daemon, other, key: "b") == 30)
    #expect(try await Self.cost(daemon, other, key: "b") == 30)
    #expect(try await Self.cost(daemon, other) == 30)
    #expect(try daemon.counters(buyer) == (1037, 0))
    #expect(try daemon.counters(other) == (60, 0))
  }

  @Test func `what was bought before a crash costs its buyer no more afterwards`() async throws {
    let daemon = try Self.daemon(.perCredential(msat(30)))
    let token = daemon.top()
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    let error = try await daemon.error(CredentialRequest.self, Self.ask, token: token, key: "k")
    #expect(error?.reason == "payment_pending")
    daemon.wallet.says(.settled, daemon.seller)
    try await daemon.coordinator.recoverPayments()
    #expect(try await Self.cost(daemon, token, key: "k") == 1003)
    #expect(try daemon.counters(token) == (1003, 0))
  }

  @Test func `whoever cannot pay for a copy gets none`() async throws {
    let daemon = try Self.daemon(.shared(msat(250)))
    _ = try await Self.cost(daemon, daemon.top(id: 1))
    let poor = daemon.top(.spend(msat(249)), id: 2)
    let error = try await daemon.error(CredentialRequest.self, Self.ask, token: poor)
    #expect(error?.reason == "budget_exceeded")
    #expect(try daemon.counters(poor) == (0, 0))
    let outstanding = try daemon.ledger.outstandingCredentials(
      under: node(2), at: daemon.clock.now(), limit: 9)
    #expect(outstanding.credentials.isEmpty)
  }

  @Test func `a charged copy is one operation`() async throws {
    let daemon = try Self.daemon(.perCredential(msat(30)))
    _ = try await Self.cost(daemon, daemon.top(id: 1))
    let token = daemon.top(.calls(CallLimit(2, per: .rolling(seconds: 3600))), id: 2)
    #expect(try await Self.cost(daemon, token) == 30)
    #expect(try await Self.cost(daemon, token) == 30)
    let error = try await daemon.error(CredentialRequest.self, Self.ask, token: token)
    #expect(error?.data["limit"] == .string("calls"))
  }

  @Test func `requests of one grant at the same time pay its share once`() async throws {
    let daemon = try Self.daemon(.shared(msat(250)))
    _ = try await Self.cost(daemon, daemon.top(id: 1))
    let token = daemon.top(id: 2)
    let costs = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for _ in 0..<16 { group.addTask { try await Self.cost(daemon, token) } }
      return try await group.reduce(into: [UInt64]()) { $0.append($1) }
    }
    #expect(costs.sorted() == [UInt64](repeating: 0, count: 15) + [250])
    #expect(try daemon.counters(token) == (250, 0))
  }

  @Test func `where each request is charged nothing is handed out, nor bought for it`()
    async throws
  {
    let daemon = try Self.daemon(.perRequest(msat(5)))
    let error = try await daemon.error(CredentialRequest.self, Self.ask, token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:charge"))
    let brought = try await daemon.error(
      ChallengePay.self, .init(service: "data", wwwAuthenticate: daemon.seller.challenge()),
      token: daemon.top())
    #expect(brought?.data["rule"] == .string("policy:charge"))
    #expect(daemon.wallet.orders.isEmpty)
  }
}
