import PurserCore
import PurserTesting
import Testing

/// How holds end, late and again.
@Suite struct LedgerEndingTests {
  private var ledger = LedgerFixture()

  @Test mutating func `settling again repeats the first answer and changes nothing`() throws {
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    let first = try ledger.apply(ledger.settle(1, 20))
    ledger.advance(seconds: 1_000_000)
    let again = try ledger.apply(ledger.settle(1, 20))
    #expect(again.outcome == first.outcome && again.isReplay)
    #expect(again.event == nil && again.changes.isEmpty)
    #expect(ledger.refusal(of: ledger.settle(1, 21)) == "conflict")
    #expect(ledger.refusal(of: .release(hold: LedgerFixture.hold(1))) == "conflict")
    #expect(ledger.counters(ledger.top) == [20, 0])
  }

  @Test mutating func `releasing again repeats the first answer`() throws {
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    let release = Command.release(hold: LedgerFixture.hold(1))
    let first = try ledger.apply(release)
    let again = try ledger.apply(release)
    #expect(again.outcome == first.outcome && again.isReplay)
    #expect(ledger.refusal(of: ledger.settle(1, 0)) == "conflict")
  }

  @Test mutating func `settling a hold that ran out is a conflict that says what to do`() {
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    ledger.advance(seconds: 60)
    ledger.refusal(of: .expire(hold: LedgerFixture.hold(1)))
    #expect(
      throws: Refusal.conflict("this hold ran out and was given back; charge what was spent")
    ) { try ledger.apply(ledger.settle(1, 20)) }
    #expect(ledger.refusal(of: ledger.charge(2, 20, by: ledger.leaf)) == nil)
  }

  @Test mutating func `settling is for at most what is held, and says how to get more`() {
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    #expect(
      throws: Refusal.invalid(
        "a settlement is at most what was held: 50 msat; extend the hold first")
    ) { try ledger.apply(ledger.settle(1, 51)) }
    #expect(ledger.refusal(of: ledger.extend(1, 51, by: ledger.leaf)) == nil)
    #expect(ledger.refusal(of: ledger.settle(1, 51)) == nil)
  }

  @Test mutating func `a charge is spent at once and leaves nothing open`() throws {
    let answer = try ledger.apply(ledger.charge(1, 30, by: ledger.leaf)).outcome
    #expect(
      answer
        == .ended(hold: LedgerFixture.hold(1), settled: LedgerFixture.msat(30), released: .zero))
    #expect(ledger.counters(ledger.top) == [30, 0] && ledger.state.openHolds.isEmpty)
    #expect(ledger.events.map(\.action) == ["spend.charge"])
    #expect(ledger.refusal(of: .release(hold: LedgerFixture.hold(1))) == "conflict")
  }

  @Test mutating func `an extension makes a hold larger and longer, never smaller or shorter`() {
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    #expect(ledger.refusal(of: ledger.extend(1, 49, by: ledger.leaf)) == "invalid")
    #expect(ledger.refusal(of: ledger.extend(1, nil, until: 59, by: ledger.leaf)) == "invalid")
    #expect(ledger.refusal(of: ledger.extend(1, nil, until: 3601, by: ledger.leaf)) == "invalid")
    #expect(ledger.refusal(of: ledger.extend(1, 70, until: 3600, by: ledger.leaf)) == nil)
    #expect(ledger.counters(ledger.top) == [0, 70])
    ledger.advance(seconds: 60)
    #expect(ledger.state.lapsedHolds(at: ledger.now).isEmpty)
    ledger.advance(seconds: 3540)
    #expect(ledger.state.lapsedHolds(at: ledger.now) == [LedgerFixture.hold(1)])
  }

  @Test mutating func `an extension is admitted against every limit, its own hold left out`() {
    ledger = LedgerFixture(
      top: [.spend(LedgerFixture.msat(100))], middle: [.payment(LedgerFixture.msat(70))])
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    ledger.refusal(of: ledger.reserve(2, 40, by: ledger.other))
    let full = "budget_exceeded spend_msat \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.extend(1, 61, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.extend(1, 60, by: ledger.leaf)) == nil)
    ledger.refusal(of: .release(hold: LedgerFixture.hold(2)))
    let large = "budget_exceeded payment_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.extend(1, 71, by: ledger.leaf)) == large)
    ledger.refusal(of: .mark(NodeMarking(action: .freeze, node: ledger.middle.node)))
    let frozen = "frozen \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.extend(1, 65, by: ledger.leaf)) == frozen)
    #expect(ledger.refusal(of: ledger.extend(1, 65, by: ledger.other)) == "not_found")
  }

  @Test mutating func `a refused mark leaves no trace of a grant that was never met`() {
    let unfreeze = NodeMarking(action: .unfreeze, node: ledger.leaf.node, shown: ledger.leaf)
    #expect(ledger.refusal(of: .mark(unfreeze), by: .operatorUser(peer: nil)) == "conflict")
    #expect(ledger.state.nodes.isEmpty && ledger.events.isEmpty)
  }

  @Test mutating func `what is over is let go, and comes back when it is asked for`() {
    ledger = LedgerFixture(
      middle: [.validUntil(1_800_000_100), .spend(LedgerFixture.msat(60))])
    ledger.refusal(of: ledger.charge(1, 50, by: ledger.middle))
    ledger.refusal(of: ledger.reserve(2, 5, by: ledger.leaf))
    ledger.advance(seconds: 100)
    // Money is still set aside below.
    #expect(ledger.state.letGo(at: ledger.now, atMost: 10).isEmpty)
    ledger.refusal(of: ledger.settle(2, 5))
    let gone = ledger.state.letGo(at: ledger.now, atMost: 10)
    #expect(Set(gone) == [ledger.middle.node, ledger.leaf.node])
    #expect(ledger.state.nodes.keys.map(\.self) == [ledger.top.node])
    // A token that is good for longer finds the counters where they were.
    let longer = ledger.narrowed(middle: [.spend(LedgerFixture.msat(60))])
    let full = "budget_exceeded spend_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(3, 6, by: longer)) == full)
    #expect(ledger.refusal(of: ledger.charge(3, 5, by: longer)) == nil)
    #expect(ledger.counters(ledger.middle) == [60, 0])
  }
}
