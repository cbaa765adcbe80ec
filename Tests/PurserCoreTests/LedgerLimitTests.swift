import PurserCore
import PurserTesting
import Testing

/// Limits that are raised and lowered by a difference.
@Suite struct LedgerLimitTests {
  private var ledger = LedgerFixture(
    top: [.spend(LedgerFixture.msat(1000))],
    middle: [
      .spend(LedgerFixture.msat(500)),
      .spendPer(SpendLimit(LedgerFixture.msat(100), per: .rolling(seconds: 60))),
    ])

  private mutating func create(start: UInt64? = nil) {
    ledger.refusal(
      of: .createGrant(
        GrantRegistration(chain: ledger.middle, startLimit: start.map(LedgerFixture.msat))))
  }

  private func agent(_ chain: GrantChain) -> Actor { .agent(chain.node, peer: nil) }

  @Test mutating func `the differences of two writers add up`() throws {
    create(start: 200)
    let first = try ledger.apply(ledger.update(ledger.middle, by: 150)).outcome
    let second = try ledger.apply(ledger.update(ledger.middle, by: -50)).outcome
    #expect(first == .limited(node: ledger.middle.node, limit: LedgerFixture.msat(350)))
    #expect(second == .limited(node: ledger.middle.node, limit: LedgerFixture.msat(300)))
    #expect(ledger.events.last?.details["delta_msat"] == .integer(-50))
    #expect(ledger.refusal(of: ledger.charge(1, 90, by: ledger.middle)) == nil)
  }

  @Test mutating func `a limit is raised up to what the token states, and lowered to nothing`() {
    create(start: 200)
    let forbidden = "forbidden caveat:spend_msat"
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: 301)) == forbidden)
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: 300)) == nil)
    for delta in [0, -501, .min, .max, 1 << 53] as [Int64] {
      #expect(ledger.refusal(of: ledger.update(ledger.middle, by: delta)) == "invalid")
    }
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -500)) == nil)
    let full = "budget_exceeded spend_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(1, 1, by: ledger.middle)) == full)
  }

  @Test mutating func `a grant starts with less than its token states`() {
    create(start: 80)
    let full = "budget_exceeded spend_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(1, 81, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.charge(1, 80, by: ledger.leaf)) == nil)
  }

  @Test mutating func `a window's limit is changed like the total, and binds tokens without it`() {
    create()
    let minute = SpendWindow.rolling(seconds: 60)
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -60, minute)) == nil)
    let full = "budget_exceeded spend_msat/1m \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(1, 41, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.charge(1, 40, by: ledger.leaf)) == nil)
    let hour = SpendWindow.rolling(seconds: 3600)
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -1, hour)) == "conflict")
    let wider = ledger.narrowed(middle: [])
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: wider)) == full)
  }

  @Test
  mutating func `a limit that was lowered below its use admits nothing and takes nothing back`() {
    create()
    ledger.refusal(of: ledger.charge(1, 60, by: ledger.leaf))
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -470)) == nil)
    #expect(ledger.counters(ledger.middle) == [60, 0])
    let full = "budget_exceeded spend_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf)) == full)
  }

  @Test mutating func `a holder changes what is below its own, and lowers its own`() {
    create(start: 200)
    func update(by delta: Int64, as chain: GrantChain) -> Command {
      ledger.update(ledger.middle, by: delta, chain: chain)
    }
    #expect(ledger.refusal(of: update(by: 10, as: ledger.top), by: agent(ledger.top)) == nil)
    #expect(ledger.refusal(of: update(by: -10, as: ledger.middle), by: agent(ledger.middle)) == nil)
    let own = ledger.refusal(of: update(by: 10, as: ledger.middle), by: agent(ledger.middle))
    #expect(own == "forbidden grant:update")
    let other = ledger.refusal(of: update(by: -10, as: ledger.other), by: agent(ledger.other))
    #expect(other == "not_found")
    // Another's token does not make it one's own.
    let stolen = ledger.refusal(of: update(by: -10, as: ledger.top), by: agent(ledger.other))
    #expect(stolen == "not_found")
    ledger.refusal(of: .mark(NodeMarking(action: .freeze, node: ledger.top.node)))
    let frozen = ledger.refusal(of: update(by: 10, as: ledger.top), by: agent(ledger.top))
    #expect(frozen == "frozen \(ledger.top.node)")
  }

  @Test mutating func `what was never met has no limit to change, and what is revoked neither`() {
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: 1)) == "conflict")
    create()
    ledger.refusal(of: .mark(NodeMarking(action: .revoke, node: ledger.middle.node)))
    let revoked = "revoked \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -1)) == revoked)
  }
}
