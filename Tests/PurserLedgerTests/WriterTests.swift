import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

@Suite struct WriterTests {
  let harness: Harness
  let chain: GrantChain

  init() throws {
    harness = try Harness()
    chain = harness.maker.chain(harness.top())
  }

  private var until: Timestamp { harness.clock.now().adding(milliseconds: 60_000) }

  @Test func `the same key gives the same answer, over a restart too, and is used once`()
    async throws
  {
    var ledger = try harness.open()
    let request = LedgerRequest(
      actor: .agent(chain.node, peer: nil),
      command: .reserve(
        Reservation(hold: holdID(1), chain: chain, amount: msat(5), expiresAt: until)),
      idempotency: IdempotencyClaim(
        node: chain.node, method: "spend.reserve", key: "k", digest: [1, 2]),
      attachment: [9, 9])
    let first = try await ledger.submit(request, from: 1)
    #expect(!first.isReplay)
    ledger.close()
    ledger = try harness.open()
    let second = try await ledger.submit(request, from: 1)
    #expect(second.isReplay && second.outcome == first.outcome && second.attachment == [9, 9])
    let claim = IdempotencyClaim(
      node: chain.node, method: "spend.reserve", key: "k", digest: [3])
    let other = LedgerRequest(
      actor: request.actor, command: request.command, idempotency: claim)
    #expect(await ledger.refusal(of: other) == "conflict")
    #expect(try ledger.idempotencyRecord(for: claim)?.outcome == first.outcome)
    #expect(try ledger.node(chain.node)?.held == msat(5))
    #expect(try ledger.verifyAudit().events == 1)
  }

  @Test(arguments: [
    Outcome.done, .reserved(hold: holdID(1), amount: msat(3), expiresAtMs: 4),
    .ended(hold: holdID(2), settled: msat(0), released: .max), .purchasing(hold: holdID(3)),
    .issued(credential: Purchases.credential(4).id),
  ])
  func `an outcome is stored as it is`(outcome: Outcome) throws {
    let connection = try SQLiteConnection(path: ":memory:")
    let values = StoredOutcome(outcome).values
    let read = try connection.rows("SELECT ?1, ?2, ?3, ?4", values) { row throws(SQLiteError) in
      try StoredOutcome(row, from: 0).outcome()
    }
    #expect(read == [outcome])
  }

  @Test func `old answers go, but for a purchase that is still open`() async throws {
    var ledger = try harness.open()
    func claim(_ key: String) -> IdempotencyClaim {
      IdempotencyClaim(node: chain.node, method: "m", key: key, digest: [1])
    }
    let payment = Purchases.payment(5, by: chain)
    _ = try await ledger.submit(
      LedgerRequest(
        actor: .daemon, command: .beginPayment(payment, by: chain), idempotency: claim("open")),
      from: 1)
    let note = Command.recordRefusals(
      RefusalCount(node: nil, method: "m", reason: "r", count: 1, peer: nil))
    for key in ["old", "new"] {
      if key == "new" { harness.clock.move(milliseconds: 6 * 86_400_000) }
      _ = try await ledger.submit(
        LedgerRequest(actor: .daemon, command: note, idempotency: claim(key)), from: 1)
    }
    harness.clock.move(milliseconds: 2 * 86_400_000)
    ledger.close()
    ledger = try harness.open()
    // A group was answered, so the pruning at the opening was before it or is right after it.
    _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: note), from: 1)
    _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: note), from: 1)
    #expect(try ledger.idempotencyRecord(for: claim("old")) == nil)
    #expect(try ledger.idempotencyRecord(for: claim("new")) != nil)
    #expect(try ledger.idempotencyRecord(for: claim("open")) != nil)
    let failed = Command.finishPayment(hold: payment.hold, .failed(reason: "x"))
    _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: failed), from: 1)
    ledger.close()
    ledger = try harness.open()
    _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: note), from: 1)
    _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: note), from: 1)
    #expect(try ledger.idempotencyRecord(for: claim("open")) == nil)
  }

  @Test func `a hold lapses by itself, while the ledger is idle`() async throws {
    let ledger = try harness.open(LedgerSettings(sweepIntervalMs: 5))
    _ = try await ledger.submit(.reserve(1, 5, by: chain, until: until), from: 1)
    harness.clock.move(milliseconds: 60_000)
    for _ in 0..<2000 where try ledger.hold(holdID(1))?.state == .held {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(try ledger.hold(holdID(1))?.state == .expired)
    #expect(try ledger.node(chain.node)?.held == .zero)
    let last = try #require(try ledger.events(after: 1, limit: 1, under: nil).first)
    #expect(last.text.contains(#""action":"spend.expire","actor":{"kind":"daemon"}"#))
  }

  @Test func `a hold that ran out while the daemon was down lapses at the opening`() async throws {
    var ledger = try harness.open()
    let requests = (0..<1200).map { LedgerRequest.reserve($0, 1, by: chain, until: until) }
    _ = await ledger.submitAll(requests)
    ledger.close()
    harness.clock.move(milliseconds: 60_000)
    // More than fit in one group.
    ledger = try harness.open()
    for _ in 0..<2000 where try ledger.node(chain.node)?.held != .zero {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(try ledger.node(chain.node)?.held == .zero)
    #expect(try ledger.verifyAudit().events == 2400)
    #expect(try ledger.verifyLedger().faults == [])
  }

  @Test func `a payment's hold has no timer`() async throws {
    var ledger = try harness.open()
    for command in Purchases.commands(Purchases.payment(1, by: chain), by: chain, nil) {
      _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: command), from: 1)
    }
    _ = try await ledger.submit(.reserve(2, 5, by: chain, until: until), from: 1)
    ledger.close()
    harness.clock.move(milliseconds: 1_000_000_000)
    ledger = try harness.open(LedgerSettings(sweepIntervalMs: 1))
    // The sweep that takes the spend's hold leaves the payment's.
    for _ in 0..<2000 where try ledger.hold(holdID(2))?.state == .held {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(try ledger.hold(holdID(2))?.state == .expired)
    #expect(try ledger.hold(holdID(1))?.state == .held)
    #expect(try ledger.openPayments().map(\.state) == [.sent])
  }

  @Test func `a clock set back opens nothing, before and after a restart`() async throws {
    let end = harness.clock.now().seconds + 10
    let chain = harness.maker.chain(harness.top(.validUntil(end), id: 4))
    var ledger = try harness.open()
    harness.clock.move(milliseconds: 9000)
    _ = try await ledger.submit(.reserve(1, 1, by: chain, until: until), from: 1)
    harness.clock.move(milliseconds: 2000)
    let expired = "expired \(chain.node)"
    #expect(await ledger.refusal(of: .reserve(2, 1, by: chain, until: until)) == expired)
    // Something that is written down at this time.
    _ = try await ledger.submit(.reserve(3, 1, by: self.chain, until: until), from: 1)
    let latest = ledger.now()
    harness.clock.move(milliseconds: -11_000)
    #expect(ledger.now() == latest)
    #expect(await ledger.refusal(of: .reserve(4, 1, by: chain, until: until)) != nil)
    ledger.close()
    ledger = try harness.open()
    #expect(ledger.now() == latest)
    let later = latest.adding(milliseconds: 5000)
    #expect(await ledger.refusal(of: .reserve(5, 1, by: chain, until: later)) == expired)
  }

  @Test func `the counters of a hot grant are written once for a group`() throws {
    let connection = try SQLiteConnection(path: ":memory:")
    try connection.execute(Schema.migrations[0])
    let rows = try RowWriter(connection)
    let now = harness.clock.now()
    var state = LedgerState(calendar: TestCalendar())
    for number in 0..<50 as Range<UInt64> {
      let request = LedgerRequest.charge(number, 1, by: chain)
      let applied = try state.apply(request, at: now, records: WriterRecords(connection))
      for change in applied.changes { try rows.write(change, of: state, at: now) }
    }
    let before = try connection.integer("SELECT total_changes()") ?? 0
    try rows.finish(state)
    #expect(try connection.integer("SELECT total_changes()") == before + 1)
    #expect(try connection.integer("SELECT settled_msat FROM nodes") == 50)
  }
}
