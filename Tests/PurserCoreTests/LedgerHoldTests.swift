import PurserCore
import Testing

@Suite struct LedgerHoldTests {
  @Test func `a hold weighs on every level, and what is not spent goes back`() throws {
    var ledger = LedgerFixture()
    try ledger.apply(ledger.reserve(1, 50, by: ledger.leaf))
    for chain in [ledger.top, ledger.middle, ledger.leaf] {
      #expect(ledger.counters(chain) == [0, 50])
    }
    #expect(ledger.state.nodes[ledger.top.node]?.descendants == 2)
    let answer = try ledger.apply(ledger.settle(1, 20)).outcome
    #expect(
      answer
        == .ended(
          hold: LedgerFixture.hold(1), settled: LedgerFixture.msat(20),
          released: LedgerFixture.msat(30)))
    for chain in [ledger.top, ledger.middle, ledger.leaf] {
      #expect(ledger.counters(chain) == [20, 0])
    }
    #expect(ledger.events.map(\.action) == ["spend.reserve", "spend.settle"])
  }

  @Test func `the level that has too little is named, with what is left`() {
    var ledger = LedgerFixture(
      top: [.spend(LedgerFixture.msat(100))], middle: [.spend(LedgerFixture.msat(60))])
    #expect(ledger.refusal(of: ledger.reserve(1, 40, by: ledger.leaf)) == nil)
    #expect(
      throws: Refusal.budgetExceeded(
        BudgetShortfall(
          node: ledger.middle.node, limit: .spend, limitAmount: LedgerFixture.msat(60),
          settled: .zero, held: LedgerFixture.msat(40), used: LedgerFixture.msat(40),
          asked: LedgerFixture.msat(21)))
    ) { try ledger.apply(ledger.reserve(2, 21, by: ledger.leaf)) }
    #expect(ledger.refusal(of: ledger.reserve(3, 60, by: ledger.other)) == nil)
    let full = "budget_exceeded spend_msat \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.reserve(4, 1, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: .release(hold: LedgerFixture.hold(3))) == nil)
    #expect(ledger.refusal(of: ledger.reserve(5, 20, by: ledger.leaf)) == nil)
  }

  @Test func `one hold is bounded by itself`() {
    var ledger = LedgerFixture(middle: [.payment(LedgerFixture.msat(10))])
    let tooLarge = "budget_exceeded payment_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.reserve(1, 11, by: ledger.leaf)) == tooLarge)
    #expect(ledger.refusal(of: ledger.reserve(1, 10, by: ledger.leaf)) == nil)
    #expect(ledger.refusal(of: ledger.reserve(2, 10, by: ledger.leaf)) == nil)
  }

  @Test func `a hold ends once, by its own node, for at most its amount`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    let agent = Actor.agent(ledger.leaf.node, peer: nil)
    #expect(ledger.refusal(of: ledger.settle(1, 51), by: agent) == "invalid")
    let stranger = Actor.agent(ledger.other.node, peer: nil)
    #expect(ledger.refusal(of: ledger.settle(1, 1), by: stranger) == "not_found")
    #expect(ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf)) == "conflict")
    #expect(ledger.refusal(of: .release(hold: LedgerFixture.hold(1)), by: agent) == nil)
    #expect(ledger.refusal(of: ledger.settle(1, 1), by: agent) == "conflict")
    #expect(ledger.counters(ledger.top) == [0, 0])
  }

  @Test func `a hold lapses when its time is over and not before`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.reserve(1, 50, by: ledger.leaf))
    let expire = Command.expire(hold: LedgerFixture.hold(1))
    ledger.advance(seconds: 59)
    #expect(ledger.refusal(of: expire) == "conflict")
    #expect(ledger.state.lapsedHolds(at: ledger.now).isEmpty)
    ledger.advance(seconds: 1)
    #expect(ledger.state.lapsedHolds(at: ledger.now) == [LedgerFixture.hold(1)])
    #expect(ledger.refusal(of: expire) == nil)
    #expect(ledger.counters(ledger.leaf) == [0, 0])
  }

  @Test func `nothing, a life that is over and one that is too long are refused`() {
    var ledger = LedgerFixture()
    #expect(ledger.refusal(of: ledger.reserve(1, 0, by: ledger.leaf)) == "invalid")
    for milliseconds in [0, 3_600_001] as [UInt64] {
      let reservation = Reservation(
        hold: LedgerFixture.hold(1), chain: ledger.leaf, amount: LedgerFixture.msat(1),
        expiresAt: ledger.now.adding(milliseconds: milliseconds))
      #expect(ledger.refusal(of: .reserve(reservation)) == "invalid")
    }
    #expect(ledger.state.nodes.isEmpty)
  }

  @Test func `a token that has expired at any level admits nothing, and what it held ends`() {
    let end: UInt64 = 1_800_000_010
    var ledger = LedgerFixture(middle: [.validUntil(end)])
    ledger.refusal(of: ledger.reserve(1, 5, by: ledger.leaf))
    ledger.advance(seconds: 10)
    let expired = "expired \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.reserve(2, 5, by: ledger.leaf)) == expired)
    #expect(ledger.refusal(of: ledger.reserve(2, 5, by: ledger.other)) == nil)
    #expect(ledger.refusal(of: ledger.settle(1, 5)) == nil)
  }

  @Test func `only so many nodes are met below one top`() {
    var ledger = LedgerFixture()
    ledger.state.bounds.descendants = 2
    #expect(ledger.refusal(of: ledger.reserve(1, 1, by: ledger.leaf)) == nil)
    let full = "forbidden policy:descendants"
    #expect(ledger.refusal(of: ledger.reserve(2, 1, by: ledger.other)) == full)
    #expect(ledger.refusal(of: ledger.reserve(3, 1, by: ledger.leaf)) == nil)
  }

  @Test func `no child uses up what its siblings may have below them`() {
    var ledger = LedgerFixture()
    ledger.state.bounds = LedgerState.Bounds(descendants: 40, leastShare: 3)
    // The child of the top may have 10 nodes below it, and its child 3: a quarter would be 2.
    let full = "forbidden policy:descendants"
    for number in 1...3 {
      #expect(
        ledger.refusal(of: ledger.reserve(UInt8(number), 1, by: ledger.fresh(below: .leaf))) == nil)
    }
    #expect(ledger.refusal(of: ledger.reserve(4, 1, by: ledger.fresh(below: .leaf))) == full)
    for number in 5...10 {
      #expect(
        ledger.refusal(of: ledger.reserve(UInt8(number), 1, by: ledger.fresh(below: .middle)))
          == nil)
    }
    #expect(ledger.state.nodes[ledger.middle.node]?.descendants == 10)
    #expect(ledger.refusal(of: ledger.reserve(11, 1, by: ledger.fresh(below: .middle))) == full)
    // What is there goes on, and so does what is beside it.
    #expect(ledger.refusal(of: ledger.reserve(12, 1, by: ledger.leaf)) == nil)
    #expect(ledger.refusal(of: ledger.reserve(13, 1, by: ledger.other)) == nil)
    #expect(ledger.refusal(of: ledger.reserve(14, 1, by: ledger.fresh(below: .top))) == nil)
  }

  @Test func `ten thousand nodes of a millisatoshi leave three quarters of the places free`() {
    var ledger = LedgerFixture()
    var done = 0
    for number in 0..<10_000 as Range<UInt64> {
      let command = ledger.charge(hold: number, 1, by: ledger.fresh(below: .middle))
      if ledger.refusal(of: command) == nil { done += 1 }
    }
    #expect(done == 2500)
    #expect(ledger.state.nodes[ledger.top.node]?.descendants == 2501)
    #expect(ledger.counters(ledger.top) == [2500, 0])
    let next = ledger.charge(hold: 10_000, 1, by: ledger.fresh(below: .top))
    #expect(ledger.refusal(of: next) == nil)
  }

  @Test(arguments: [1, 5, 32, 100, 10_000, 1_000_000] as [UInt64])
  func `every grant may have a token of all levels below it`(descendants: UInt64) {
    let bounds = LedgerState.Bounds(descendants: descendants)
    #expect(bounds.share(under: 0) == descendants)
    for level in 1..<GrantChain.maximumLevels {
      let share = bounds.share(under: level)
      #expect(share <= bounds.share(under: level - 1))
      #expect(share >= min(descendants, UInt64(GrantChain.maximumLevels - level)))
    }
    if descendants >= 128 { #expect(bounds.share(under: 1) * 4 <= descendants) }
  }

  @Test func `a key repeats its answer, and refuses other parameters`() throws {
    var ledger = LedgerFixture()
    func claim(_ digest: UInt8) -> IdempotencyClaim {
      IdempotencyClaim(node: nil, method: "spend.reserve", key: "k", digest: [digest])
    }
    let first = try ledger.apply(ledger.reserve(1, 5, by: ledger.leaf), key: claim(1))
    let second = try ledger.apply(ledger.reserve(2, 5, by: ledger.leaf), key: claim(1))
    #expect(second.isReplay && second.outcome == first.outcome && second.event == nil)
    #expect(throws: Refusal.self) {
      try ledger.apply(ledger.reserve(3, 5, by: ledger.leaf), key: claim(2))
    }
    #expect(ledger.counters(ledger.leaf) == [0, 5])
  }

  @Test func `a refusal is no answer to be repeated`() throws {
    var ledger = LedgerFixture(top: [.spend(LedgerFixture.msat(10))])
    let claim = IdempotencyClaim(node: nil, method: "spend.reserve", key: "k", digest: [1])
    try ledger.apply(ledger.reserve(1, 10, by: ledger.leaf))
    #expect(throws: Refusal.self) {
      try ledger.apply(ledger.reserve(2, 5, by: ledger.leaf), key: claim)
    }
    try ledger.apply(.release(hold: LedgerFixture.hold(1)))
    let answer = try ledger.apply(ledger.reserve(2, 5, by: ledger.leaf), key: claim)
    #expect(!answer.isReplay)
  }
}
