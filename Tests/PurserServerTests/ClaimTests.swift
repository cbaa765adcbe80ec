import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// Top-level grants that processes claim by what the kernel says of them.
@Suite struct ClaimTests {
  private static let claim: Claim = {
    var limits = GrantLimits()
    limits.spend = [SpendLimit(msat(100))]
    limits.lifetimeSeconds = 800
    return Claim(name: "boss", claimant: Claimant(userID: 1000), limits: limits)
  }()

  private func daemon(
    after previous: TestDaemon? = nil, _ claims: Claim...
  ) throws -> TestDaemon {
    try TestDaemon(after: previous) { policy in
      for claim in claims.isEmpty ? [Self.claim] : claims { policy.claims[claim.name] = claim }
    }
  }

  private func ask(
    _ daemon: TestDaemon, _ name: String? = nil, user: UInt32 = 1000, group: UInt32 = 1000,
    from sender: Sender = .peer, in session: Session? = nil
  ) async throws -> Result<GrantClaim.Reply, RPCError> {
    let session =
      session
      ?? Session(
        peer: PeerProcess(processID: 42, userID: user, groupID: group), isOperatorSocket: false)
    let request = RPCRequest<GrantClaim>(
      id: .number(1), .init(name: name), options: CallOptions())
    let answer = await daemon.handler.answer(
      try WireJSON.encode(request), in: session, from: sender)
    return try WireJSON.decode(RPCResponse<GrantClaim.Reply>.self, from: answer ?? []).outcome
  }

  private func spend(_ amount: UInt64, _ reply: GrantClaim.Reply, _ daemon: TestDaemon)
    async throws -> RPCError?
  {
    try await daemon.error(
      SpendCharge.self, .init(amountMsat: msat(amount)),
      token: try GrantToken(parsing: reply.token))
  }

  @Test func `claiming again gives the same grant with what was spent, whatever happened since`()
    async throws
  {
    let daemon = try daemon()
    let first = try await ask(daemon).get()
    #expect(first.name == "boss" && first.node == Self.claim.grantID)
    #expect(try await spend(60, first, daemon) == nil)
    // After its token's end, and after a restart with another lifetime.
    daemon.clock.move(milliseconds: 900_000)
    #expect(try await spend(1, first, daemon)?.reason == "expired")
    let second = try await ask(daemon).get()
    #expect(second.node == first.node && second.token != first.token)
    #expect(try await spend(41, second, daemon)?.reason == "budget_exceeded")
    var longer = Self.claim
    longer.limits.lifetimeSeconds = 8000
    let restarted = try self.daemon(after: daemon, longer)
    restarted.clock.move(milliseconds: 86_400_000)
    let third = try await ask(restarted).get()
    #expect(third.node == first.node)
    #expect(try await spend(40, third, restarted) == nil)
    #expect(try await spend(1, third, restarted)?.reason == "budget_exceeded")
    #expect(try restarted.ledger.verifyLedger().faults == [])
  }

  @Test func `after a revoke it is refused, and while it is frozen`() async throws {
    let daemon = try daemon()
    let reply = try await ask(daemon).get()
    _ = try await daemon.call(GrantFreeze.self, .init(node: reply.node))
    #expect(try await reason(ask(daemon)) == "frozen")
    _ = try await daemon.call(GrantUnfreeze.self, .init(node: reply.node))
    #expect(try await ask(daemon).get() == reply)
    _ = try await daemon.call(GrantRevoke.self, .init(node: reply.node))
    daemon.clock.move(milliseconds: 86_400_000)
    #expect(try await reason(ask(daemon)) == "revoked")
    let restarted = try self.daemon(after: daemon)
    #expect(try await reason(ask(restarted)) == "revoked")
  }

  private func reason(_ outcome: Result<GrantClaim.Reply, RPCError>) -> String? {
    if case .failure(let error) = outcome { error.reason } else { nil }
  }

  @Test func `whoever does not fit is told what it is, and nothing of what others may claim`()
    async throws
  {
    let daemon = try daemon(
      Self.claim, Claim(name: "nobody", claimant: Claimant()),
      Claim(name: "both", claimant: Claimant(userID: 1000, groupID: 7)))
    for (name, user) in [
      (nil, 1001), ("boss", 1001), ("nobody", 1000), ("both", 1000), ("x", 1000),
    ]
      as [(String?, UInt32)]
    {
      guard case .failure(let error) = try await ask(daemon, name, user: user) else {
        Issue.record("\(name ?? "any") was given to \(user)")
        continue
      }
      #expect(error.data["rule"] == .string("policy:claims"))
      #expect(error.message.contains("uid=\(user)") && !error.message.contains("boss"))
    }
    #expect(try await ask(daemon, user: 1000).get().name == "boss")
    // Two fit, so one must be named.
    #expect(try await reason(ask(daemon, group: 7)) == "invalid_params")
    #expect(try await ask(daemon, "both", group: 7).get().node != Self.claim.grantID)
    await daemon.refusals.flush(isLast: true)
    #expect(try daemon.actions().contains("refused"))
  }

  @Test func `bytes of another process claim nothing`() async throws {
    let daemon = try daemon()
    let thief = PeerProcess(processID: 43, userID: 1000, groupID: 1000)
    let session = daemon.session()
    #expect(try await reason(ask(daemon, from: .other(thief), in: session)) == "forbidden")
    #expect(session.isMisused)
    #expect(try await reason(ask(daemon, from: .unknown)) == "conflict")
    #expect(try daemon.actions().isEmpty)
  }

  @Test func `claiming over and over gives one token for a while, and one event`() async throws {
    let daemon = try daemon()
    var tokens: Set<String> = []
    for _ in 0..<8 {
      for _ in 0..<5 { tokens.insert(try await ask(daemon).get().token) }
      // An eighth of the life is 100 s.
      daemon.clock.move(milliseconds: 25_000)
    }
    #expect((2...3).contains(tokens.count))
    let events = try daemon.ledger.events(after: 0, limit: 99, under: nil).map(\.text)
    #expect(events.count == tokens.count)
    let event = try #require(events.first)
    for part in [
      #""action":"grant.claim""#, #""claim":"boss""#, #""kind":"agent""#, #""uid":1000"#,
      #""name=boss","spend_msat=100""#,
    ] {
      #expect(event.contains(part), "\(event)")
    }
    for token in tokens { #expect(!events.joined().contains(token)) }
  }

  @Test func `no token lives longer than the policy says, and none of a claim that is over`()
    async throws
  {
    for (life, end, expected) in [
      (800, nil, 1_800_000_800), (nil, nil, 1_800_079_200), (nil, 1_800_000_100, 1_800_000_100),
      (999_999, nil, 1_800_079_200), (800, 1_799_999_999, nil),
    ] as [(UInt64?, UInt64?, UInt64?)] {
      var claim = Self.claim
      claim.limits.lifetimeSeconds = life
      claim.limits.validUntilSeconds = end
      let daemon = try TestDaemon { policy in
        policy.grantLifetimeSeconds = 86_400
        policy.claims["boss"] = claim
      }
      let outcome = try await ask(daemon)
      #expect((try? outcome.get().validUntil) == expected)
      if expected == nil { #expect(reason(outcome) == "forbidden") }
    }
  }

  @Test func `after a restore it is given when the payments since the backup are booked`()
    async throws
  {
    let daemon = try daemon()
    let payment = WalletPayment(
      paymentHash: [UInt8](repeating: 5, count: 32), amount: msat(10), fee: .zero,
      time: daemon.clock.now(), state: .settled)
    for command in [
      Command.restore(RestoreNote(digest: "00", events: 0, since: daemon.clock.now())),
      .compareWallet(WalletListing(payments: [payment], check: .wallet)),
    ] {
      _ = try await daemon.ledger.submit(
        LedgerRequest(actor: .operatorUser(peer: nil), command: command), from: 1)
    }
    guard case .failure(let error) = try await ask(daemon) else {
      Issue.record("it was given before anybody compared the ledger with the wallet")
      return
    }
    #expect(error.data["rule"] == .string("restored"))
    var booking = PaymentBook.Parameters(
      paymentHash: String(repeating: "05", count: 32), node: nil)
    booking.isOutside = true
    _ = try await daemon.call(PaymentBook.self, booking)
    let reply = try await ask(daemon).get()
    #expect(try await spend(60, reply, daemon) == nil)
    #expect(try daemon.ledger.verifyLedger().faults == [])
  }

  @Test func `what is claimed is delegated like any grant`() async throws {
    let daemon = try daemon()
    let reply = try await ask(daemon).get()
    let boss = try GrantToken(parsing: reply.token)
    let worker = daemon.child(boss, .spend(msat(10)))
    #expect(
      try await daemon.error(SpendCharge.self, .init(amountMsat: msat(10)), token: worker) == nil)
    var limits = GrantCreate.Parameters()
    limits.spendMsat = msat(5)
    _ = try await daemon.call(GrantCreate.self, limits, token: boss)
    let tree = try await daemon.call(GrantTree.self, .init()).grants
    #expect(tree.map(\.name) == ["boss", nil, nil])
    // A token of a later claim rules over the children of an earlier one.
    daemon.clock.move(milliseconds: 200_000)
    let later = try GrantToken(parsing: try await ask(daemon).get().token)
    #expect(later != boss)
    let node = daemon.maker.chain(worker).node
    _ = try await daemon.call(GrantRevoke.self, .init(node: node), token: later)
    #expect(
      try await daemon.error(SpendCharge.self, .init(amountMsat: msat(1)), token: worker)?.reason
        == "revoked")
  }
}
