import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// What a ledger with a long past has in memory.
@Suite struct GrowthTests {
  private let harness: Harness
  private let top: GrantToken

  init() throws {
    harness = try Harness()
    top = harness.top(.spend(msat(1_000_000)))
  }

  private func open() throws -> SteppedLedger {
    try SteppedLedger(path: harness.path, settings: Harness.quiet, wallClock: harness.clock.now)
  }

  /// Grants below the top that are good for so many seconds.
  private func children(_ numbers: Range<UInt8>, seconds: UInt64) -> [GrantChain] {
    let end = harness.clock.now().seconds + seconds
    return numbers.map { number in
      harness.maker.chain(
        harness.maker.child(
          of: top, nonce: [UInt8](repeating: number, count: 16),
          [.spend(msat(100)), .validUntil(end)]))
    }
  }

  private func charge(
    _ ledger: SteppedLedger, _ chains: [GrantChain], _ amount: UInt64, from number: UInt64
  ) throws -> [String?] {
    let requests = zip(number..., chains).map { LedgerRequest.charge($0, amount, by: $1) }
    return try ledger.commit(requests, sweeping: true).map { answer in
      if case .failure(let refusal) = answer { refusal.kind } else { nil }
    }
  }

  @Test func `grants that are over are let go, stay away at a start, and are still in the books`()
    throws
  {
    let short = children(0..<100, seconds: 10)
    let long = children(100..<110, seconds: 1000)
    var ledger = try open()
    #expect(try charge(ledger, short + long, 60, from: 0).allSatisfy { $0 == nil })
    harness.clock.move(milliseconds: 10_000)
    #expect(ledger.state.nodes.count == 111)
    ledger.letGo()
    #expect(ledger.state.nodes.count == 11)
    ledger = try open()
    #expect(ledger.state.nodes.count == 11)
    #expect(try ledger.node(short[0].node)?.settled == msat(60))
    #expect(try ledger.verifyLedger() == LedgerReport(nodes: 111, holds: 110, faults: []))
    #expect(ledger.state.nodes[top.chain(harness).node]?.settled == msat(6600))
  }

  @Test func `a grant that was let go comes back with its counters when it is used`() throws {
    let short = children(0..<1, seconds: 10)
    // The same node by a token that is good for longer.
    let longer = children(0..<1, seconds: 1000)
    var ledger = try open()
    #expect(try charge(ledger, short, 60, from: 0) == [nil])
    harness.clock.move(milliseconds: 10_000)
    ledger.letGo()
    ledger = try open()
    let expired = "expired \(short[0].node)"
    #expect(try charge(ledger, short, 1, from: 1) == [expired])
    let full = "budget_exceeded spend_msat \(short[0].node)"
    #expect(try charge(ledger, longer, 41, from: 2) == [full])
    #expect(try charge(ledger, longer, 40, from: 3) == [nil])
    ledger = try open()
    #expect(ledger.state.nodes[short[0].node]?.settled == msat(100))
    #expect(try ledger.verifyLedger().faults == [])
  }

  @Test func `what is below a revoked grant stays away at a start, but where money is held`() throws
  {
    let chains = children(0..<5, seconds: 1000)
    var ledger = try open()
    #expect(try charge(ledger, chains, 60, from: 0).allSatisfy { $0 == nil })
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let revoke = LedgerRequest(
      actor: .operatorUser(peer: nil),
      command: .mark(NodeMarking(action: .revoke, node: top.chain(harness).node)))
    _ = try ledger.commit(
      [.reserve(90, 5, by: chains[3], until: until), revoke], sweeping: false)
    ledger = try open()
    #expect(Set(ledger.state.nodes.keys) == [chains[3].node, chains[3].topNode])
    let revoked = "revoked \(chains[0].topNode)"
    #expect(try charge(ledger, chains, 1, from: 10).allSatisfy { $0 == revoked })
    #expect(try ledger.commit([.settle(90, 5, by: chains[3])], sweeping: false).count == 1)
    #expect(try ledger.verifyLedger().faults == [])
  }

  @Test func `what no window reaches back to is not kept`() throws {
    let minute = SpendLimit(msat(100_000), per: .rolling(seconds: 60))
    let chain = harness.maker.chain(harness.top(.spendPer(minute)))
    var ledger = try open()
    // Each in a second of its own, over an hour; windows of seconds reach back for 15 minutes.
    for number in 0..<400 as Range<UInt64> {
      #expect(try charge(ledger, [chain], 1, from: number) == [nil])
      harness.clock.move(milliseconds: 10_000)
    }
    let rows = try #require(try ledger.connection.integer("SELECT count(*) FROM spending"))
    #expect(rows < 250)
    #expect(try ledger.verifyLedger().faults == [])
    ledger = try open()
    #expect(try charge(ledger, [chain], 1, from: 1000) == [nil])
    let key = SeriesKey(node: chain.node, kind: SpendSeries.Kind(.amount, .second))
    #expect(ledger.state.series[key]?.buckets.count ?? 0 < 250)
  }
}

extension GrantToken {
  fileprivate func chain(_ harness: Harness) -> GrantChain { harness.maker.chain(self) }
}
