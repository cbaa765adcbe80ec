import PurserCore
import PurserTesting
import Testing

/// The policy's ceilings at the top of every chain, whatever its tokens state.
@Suite struct LedgerCeilingTests {
  private static func amount(_ value: UInt64) -> Msat { Msat(value) ?? .max }

  private static func fixture(
    _ ceilings: GrantCeilings, top: [GrantCaveat] = [], leaf: [GrantCaveat] = []
  ) -> LedgerFixture {
    var ledger = LedgerFixture(top: top, leaf: leaf)
    ledger.state.bounds.ceilings = ceilings
    return ledger
  }

  private static func charge(
    _ value: UInt64, by chain: GrantChain, _ ledger: inout LedgerFixture
  ) -> Refusal? {
    let number = UInt8(truncatingIfNeeded: ledger.events.count + 1)
    do throws(Refusal) {
      try ledger.apply(ledger.charge(number, value, by: chain))
      return nil
    } catch { return error }
  }

  @Test func `a ceiling binds below a token that states more, and names itself`() {
    var ledger = Self.fixture(
      GrantCeilings(spend: Self.amount(100)), top: [.spend(Self.amount(10_000))])
    #expect(Self.charge(90, by: ledger.leaf, &ledger) == nil)
    let refusal = Self.charge(11, by: ledger.other, &ledger)
    #expect(refusal?.rule == "policy:grant_spend")
    #expect(refusal?.shortfall?.node == ledger.top.node && refusal?.shortfall?.used.value == 90)
    #expect(Self.charge(10, by: ledger.other, &ledger) == nil)
  }

  @Test func `a token's own limit is told before the ceiling`() {
    var ledger = Self.fixture(
      GrantCeilings(spend: Self.amount(100)), top: [.spend(Self.amount(50))])
    #expect(Self.charge(101, by: ledger.leaf, &ledger)?.rule == "caveat:spend_msat")
  }

  @Test func `a ceiling for a window renews, and one for a payment does not`() {
    let window = SpendLimit(Self.amount(100), per: .rolling(seconds: 60))
    var ledger = Self.fixture(GrantCeilings(windows: [window], payment: Self.amount(80)))
    #expect(Self.charge(81, by: ledger.leaf, &ledger)?.rule == "policy:grant_payment")
    #expect(Self.charge(80, by: ledger.leaf, &ledger) == nil)
    let refusal = Self.charge(30, by: ledger.middle, &ledger)
    #expect(refusal?.rule == "policy:grant_spend")
    #expect(refusal?.shortfall?.renewsAt == ledger.now.adding(milliseconds: 61_000))
    ledger.now = ledger.now.adding(milliseconds: 61_000)
    #expect(Self.charge(30, by: ledger.middle, &ledger) == nil)
  }

  @Test func `a ceiling that was lowered binds what an escrow below had taken before`() throws {
    let limits: [GrantCaveat] = [.spend(Self.amount(60)), .validUntil(1_900_000_000)]
    var ledger = Self.fixture(GrantCeilings(), leaf: limits)
    try ledger.apply(.createGrant(GrantRegistration(chain: ledger.leaf, isEscrowed: true)))
    let change = PolicyChange(
      bounds: LedgerState.Bounds(ceilings: GrantCeilings(spend: Self.amount(40))), details: [:])
    try ledger.apply(.changePolicy(change))
    #expect(Self.charge(30, by: ledger.leaf, &ledger) == nil)
    #expect(Self.charge(11, by: ledger.leaf, &ledger)?.rule == "policy:grant_spend")
    #expect(Self.charge(10, by: ledger.leaf, &ledger) == nil)
    #expect(Self.charge(1, by: ledger.other, &ledger)?.rule == "policy:grant_spend")
  }

  @Test func `an escrow takes from the ceiling as well`() {
    var ledger = Self.fixture(
      GrantCeilings(spend: Self.amount(50)),
      leaf: [.spend(Self.amount(60)), .validUntil(1_900_000_000)])
    let refusal = ledger.refusal(
      of: .createGrant(GrantRegistration(chain: ledger.leaf, isEscrowed: true)))
    #expect(refusal?.hasPrefix("budget_exceeded spend_msat") == true)
  }

  @Test func `the policy ends every grant, and one that was made for it after its life`() throws {
    var ledger = LedgerFixture()
    try ledger.apply(.createGrant(GrantRegistration(chain: ledger.top)))
    ledger.state.bounds.grantLifetimeSeconds = 100
    ledger.now = ledger.now.adding(milliseconds: 99_999)
    #expect(Self.charge(1, by: ledger.leaf, &ledger) == nil)
    ledger.now = ledger.now.adding(milliseconds: 1)
    #expect(Self.charge(1, by: ledger.leaf, &ledger)?.rule == "policy:grant_lifetime")
    ledger.state.bounds.grantLifetimeSeconds = 101
    #expect(Self.charge(1, by: ledger.leaf, &ledger) == nil)
    ledger.state.bounds.ceilings.validUntilSeconds = ledger.now.seconds
    #expect(Self.charge(1, by: ledger.leaf, &ledger)?.rule == "policy:valid_until")
  }

  @Test func `a grant that was only ever met lives as long as its token`() {
    var ledger = LedgerFixture()
    ledger.state.bounds.grantLifetimeSeconds = 100
    #expect(Self.charge(1, by: ledger.leaf, &ledger) == nil)
    ledger.now = ledger.now.adding(milliseconds: 1_000_000)
    #expect(Self.charge(1, by: ledger.leaf, &ledger) == nil)
  }

  @Test func `a change of the policy is one event, and admits by the new bounds`() throws {
    var ledger = LedgerFixture()
    let change = PolicyChange(
      bounds: LedgerState.Bounds(ceilings: GrantCeilings(payment: Self.amount(5))),
      details: ["cause": .string("test")])
    try ledger.apply(.changePolicy(change), by: .operatorUser(peer: nil))
    #expect(ledger.events.map(\.action) == ["policy.reload"])
    #expect(ledger.events.first?.actor.isOperator == true)
    #expect(Self.charge(6, by: ledger.leaf, &ledger)?.rule == "policy:grant_payment")
  }
}
