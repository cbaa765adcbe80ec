import PurserCore
import PurserTesting
import Testing

@Suite struct LedgerEscrowTests {
  private static let end: UInt64 = 1_800_001_000

  /// `middle` may have 500 of the top's 1,000, `leaf` 200 of that; both end.
  private var ledger = LedgerFixture(
    top: [.spend(LedgerFixture.msat(1000))],
    middle: [.spend(LedgerFixture.msat(500)), .validUntil(LedgerEscrowTests.end)],
    leaf: [.spend(LedgerFixture.msat(200)), .validUntil(LedgerEscrowTests.end - 500)])

  @discardableResult
  private mutating func create(
    _ chain: GrantChain, start: UInt64? = nil, isEscrowed: Bool = true
  ) -> String? {
    ledger.refusal(
      of: .createGrant(
        GrantRegistration(
          chain: chain, startLimit: start.map(LedgerFixture.msat), isEscrowed: isEscrowed)))
  }

  private mutating func close(_ chain: GrantChain) throws -> AuditDetails.Value? {
    try ledger.apply(
      .mark(NodeMarking(action: .close, node: chain.node)),
      by: .agent(chain.node, peer: nil)
    ).event?.details["returned_msat"]
  }

  @Test mutating func `an escrow takes its whole limit from above at once`() {
    ledger.refusal(of: ledger.charge(1, 600, by: ledger.other))
    let full = "budget_exceeded spend_msat \(ledger.top.node)"
    #expect(create(ledger.middle) == full)
    #expect(create(ledger.middle, start: 400) == nil)
    #expect(ledger.escrowed(ledger.top) == 400)
    // Nothing is left for the others, though nothing was spent of it.
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.other)) == full)
  }

  @Test mutating func `what is spent below moves nothing above but from escrowed to spent`() {
    create(ledger.middle)
    #expect(ledger.counters(ledger.top) == [0, 0] && ledger.escrowed(ledger.top) == 500)
    ledger.refusal(of: ledger.reserve(1, 120, by: ledger.leaf))
    #expect(ledger.counters(ledger.top) == [0, 120] && ledger.escrowed(ledger.top) == 380)
    ledger.refusal(of: ledger.settle(1, 100))
    #expect(ledger.counters(ledger.top) == [100, 0] && ledger.escrowed(ledger.top) == 400)
    #expect(ledger.counters(ledger.middle) == [100, 0] && ledger.escrowed(ledger.middle) == 0)
  }

  @Test mutating func `below an escrow the totals above are not asked, their windows are`() {
    ledger = LedgerFixture(
      top: [
        .spend(LedgerFixture.msat(500)),
        .spendPer(SpendLimit(LedgerFixture.msat(300), per: .rolling(seconds: 60))),
      ],
      middle: [.spend(LedgerFixture.msat(500)), .validUntil(Self.end)])
    #expect(create(ledger.middle) == nil)
    #expect(ledger.refusal(of: ledger.charge(1, 300, by: ledger.leaf)) == nil)
    let window = "budget_exceeded spend_msat/1m \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf)) == window)
    ledger.advance(seconds: 61)
    #expect(ledger.refusal(of: ledger.charge(2, 200, by: ledger.leaf)) == nil)
    let own = "budget_exceeded spend_msat \(ledger.middle.node)"
    ledger.advance(seconds: 61)
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: ledger.leaf)) == own)
  }

  @Test mutating func `closing returns what is not held at once, and the rest as holds end`() throws
  {
    create(ledger.middle)
    ledger.refusal(of: ledger.charge(1, 100, by: ledger.leaf))
    ledger.refusal(of: ledger.reserve(2, 80, by: ledger.leaf))
    #expect(try close(ledger.middle) == .integer(320))
    #expect(ledger.escrowed(ledger.top) == 0 && ledger.counters(ledger.top) == [100, 80])
    // In flight, it still settles; what was not spent of it is the top's again.
    #expect(ledger.refusal(of: ledger.settle(2, 30)) == nil)
    #expect(ledger.counters(ledger.top) == [130, 0])
    #expect(ledger.refusal(of: ledger.charge(3, 870, by: ledger.other)) == nil)
  }

  @Test mutating func `an escrow in an escrow is part of that one`() throws {
    create(ledger.middle)
    create(ledger.leaf)
    #expect(ledger.escrowed(ledger.top) == 500 && ledger.escrowed(ledger.middle) == 200)
    let full = "budget_exceeded spend_msat \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.charge(1, 301, by: ledger.middle)) == full)
    ledger.refusal(of: ledger.charge(1, 150, by: ledger.leaf))
    #expect(ledger.escrowed(ledger.middle) == 50 && ledger.escrowed(ledger.top) == 350)
    #expect(try close(ledger.leaf) == .integer(50))
    #expect(ledger.escrowed(ledger.middle) == 0 && ledger.escrowed(ledger.top) == 350)
  }

  @Test mutating func `revoking above ends all escrows below, and says once what comes back`()
    throws
  {
    create(ledger.middle)
    create(ledger.leaf)
    ledger.refusal(of: ledger.charge(1, 150, by: ledger.leaf))
    let revoke = NodeMarking(action: .revoke, node: ledger.middle.node)
    let event = try ledger.apply(.mark(revoke), by: .operatorUser(peer: nil)).event
    #expect(event?.details["returned_msat"] == .integer(350))
    #expect(ledger.escrowed(ledger.top) == 0 && ledger.counters(ledger.top) == [150, 0])
    #expect(ledger.state.nodes[ledger.leaf.node]?.isEscrowed == false)
  }

  @Test mutating func `an escrow comes back when its time is over, the inner ones first`() throws {
    create(ledger.middle)
    create(ledger.leaf)
    ledger.refusal(of: ledger.charge(1, 150, by: ledger.leaf))
    #expect(ledger.refusal(of: .endEscrow(ledger.leaf.node)) == "conflict")
    #expect(ledger.state.lapsedEscrows(at: ledger.now).isEmpty)
    ledger.now = Timestamp(seconds: Self.end)
    #expect(ledger.state.lapsedEscrows(at: ledger.now) == [ledger.leaf.node, ledger.middle.node])
    for (node, returned) in [(ledger.leaf.node, 50), (ledger.middle.node, 350)]
      as [(NodeID, Int64)]
    {
      let event = try ledger.apply(.endEscrow(node)).event
      #expect(event?.action == "grant.expire")
      #expect(event?.details["returned_msat"] == .integer(returned))
    }
    #expect(ledger.escrowed(ledger.top) == 0)
    #expect(ledger.refusal(of: .endEscrow(ledger.leaf.node)) == "conflict")
  }

  @Test mutating func `an escrow needs an end, an amount, and somebody above`() {
    let unbounded = LedgerFixture(middle: [.spend(LedgerFixture.msat(5))])
    #expect(create(unbounded.middle) == "invalid")
    let unlimited = LedgerFixture(middle: [.validUntil(Self.end)])
    #expect(create(unlimited.middle) == "invalid")
    #expect(create(ledger.middle, start: 0) == "invalid")
    #expect(create(ledger.middle, start: 501) == "invalid")
    #expect(create(ledger.top) == "invalid")
    #expect(ledger.state.nodes.isEmpty)
  }

  @Test
  mutating func `an escrow is not lowered below its use, and gives back what it is lowered by`() {
    create(ledger.middle)
    create(ledger.leaf)
    ledger.refusal(of: ledger.charge(1, 100, by: ledger.middle))
    // 100 spent, 200 taken by the one inside.
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -201)) == "conflict")
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: -200)) == nil)
    #expect(ledger.escrowed(ledger.top) == 200 && ledger.counters(ledger.top) == [100, 0])
  }

  @Test mutating func `raising an escrow takes more, if those who fund it have it`() {
    create(ledger.middle, start: 300)
    ledger.refusal(of: ledger.charge(1, 600, by: ledger.other))
    let full = "budget_exceeded spend_msat \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: 101)) == full)
    #expect(ledger.refusal(of: ledger.update(ledger.middle, by: 100)) == nil)
    #expect(ledger.escrowed(ledger.top) == 400)
    // One inside is funded by the escrow above it alone.
    create(ledger.leaf, start: 100)
    #expect(ledger.refusal(of: ledger.update(ledger.leaf, by: 100)) == nil)
    #expect(ledger.escrowed(ledger.top) == 400 && ledger.escrowed(ledger.middle) == 200)
  }

  @Test
  mutating func `more than was held in an escrow is booked, and the escrow is not below nothing`()
    throws
  {
    create(ledger.middle, start: 110)
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(ledger.refusal(of: .beginPayment(payment, by: ledger.leaf)) == nil)
    #expect(ledger.escrowed(ledger.top) == 0)
    try ledger.apply(.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 60)))
    #expect(ledger.counters(ledger.top) == [160, 0] && ledger.escrowed(ledger.top) == 0)
    #expect(try close(ledger.middle) == nil)
  }

  @Test mutating func `a node above an escrow that is spent to the last stays until that ends`() {
    create(ledger.middle, isEscrowed: false)
    create(ledger.leaf)
    #expect(ledger.refusal(of: ledger.charge(1, 200, by: ledger.leaf)) == nil)
    ledger.now = Timestamp(seconds: Self.end)
    #expect(ledger.state.letGo(at: ledger.now, atMost: 10).isEmpty)
    for node in ledger.state.lapsedEscrows(at: ledger.now) {
      #expect(ledger.refusal(of: .endEscrow(node)) == nil)
    }
    let gone = ledger.state.letGo(at: ledger.now, atMost: 10)
    #expect(Set(gone) == [ledger.middle.node, ledger.leaf.node])
  }
}
