import PurserCore
import Testing

@Suite struct LedgerMarkTests {
  private func mark(
    _ action: NodeMarking.Action, _ chain: GrantChain, isShown: Bool = true
  ) -> Command {
    .mark(
      NodeMarking(
        action: action, node: chain.node, shown: isShown ? chain : nil))
  }

  @Test func `a freeze stops the subtree at once, and what was in flight still settles`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.reserve(1, 5, by: ledger.leaf))
    #expect(ledger.refusal(of: mark(.freeze, ledger.middle)) == nil)
    let frozen = "frozen \(ledger.middle.node)"
    #expect(ledger.refusal(of: ledger.reserve(2, 5, by: ledger.leaf)) == frozen)
    #expect(ledger.refusal(of: ledger.reserve(2, 5, by: ledger.middle)) == frozen)
    #expect(ledger.refusal(of: ledger.reserve(2, 5, by: ledger.other)) == nil)
    #expect(ledger.refusal(of: ledger.settle(1, 5)) == nil)
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.middle)) == nil)
    #expect(ledger.refusal(of: ledger.reserve(3, 5, by: ledger.leaf)) == nil)
  }

  @Test func `a revoke is for good, also of a node that was never met`() {
    var ledger = LedgerFixture()
    #expect(ledger.refusal(of: mark(.revoke, ledger.leaf, isShown: false)) == nil)
    let revoked = "revoked \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.reserve(1, 5, by: ledger.leaf)) == revoked)
    #expect(ledger.refusal(of: .createGrant(GrantRegistration(chain: ledger.leaf))) == revoked)
    for action in [NodeMarking.Action.freeze, .unfreeze, .revoke] {
      #expect(ledger.refusal(of: mark(action, ledger.leaf)) == revoked)
    }
  }

  @Test func `a holder acts on what is strictly below its own node`() {
    var ledger = LedgerFixture()
    let middle = Actor.agent(ledger.middle.node, peer: nil)
    #expect(ledger.refusal(of: mark(.freeze, ledger.middle), by: middle) == "not_found")
    #expect(ledger.refusal(of: mark(.freeze, ledger.top), by: middle) == "not_found")
    #expect(ledger.refusal(of: mark(.freeze, ledger.other), by: middle) == "not_found")
    // Not met, and its token not shown.
    let unshown = mark(.freeze, ledger.leaf, isShown: false)
    #expect(ledger.refusal(of: unshown, by: middle) == "not_found")
    ledger.refusal(of: .createGrant(GrantRegistration(chain: ledger.leaf)))
    #expect(ledger.refusal(of: unshown, by: middle) == nil)
    let operatorUser = Actor.operatorUser(peer: nil)
    #expect(ledger.refusal(of: mark(.freeze, ledger.top), by: operatorUser) == nil)
  }

  @Test func `a stopped holder stops nobody`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: mark(.freeze, ledger.top))
    let middle = Actor.agent(ledger.middle.node, peer: nil)
    let frozen = "frozen \(ledger.top.node)"
    #expect(ledger.refusal(of: mark(.freeze, ledger.leaf), by: middle) == frozen)
  }

  @Test func `a freeze is lifted by the level that set it or above`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: .createGrant(GrantRegistration(chain: ledger.leaf)))
    let top = Actor.agent(ledger.top.node, peer: nil)
    let middle = Actor.agent(ledger.middle.node, peer: nil)
    #expect(ledger.refusal(of: mark(.freeze, ledger.leaf), by: top) == nil)
    #expect(ledger.refusal(of: mark(.freeze, ledger.leaf), by: top) == "frozen \(ledger.leaf.node)")
    let forbidden = "forbidden grant:freeze"
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.leaf), by: middle) == forbidden)
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.leaf), by: top) == nil)
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.leaf), by: top) == "conflict")
    // Set below, lifted above; set by an operator, lifted by no holder.
    #expect(ledger.refusal(of: mark(.freeze, ledger.leaf), by: middle) == nil)
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.leaf), by: top) == nil)
    #expect(ledger.refusal(of: mark(.freeze, ledger.leaf), by: .operatorUser(peer: nil)) == nil)
    #expect(ledger.refusal(of: mark(.unfreeze, ledger.leaf), by: top) == forbidden)
  }

  @Test func `a grant is registered once, with the levels above it`() throws {
    var ledger = LedgerFixture(leaf: [.name("worker"), .spend(LedgerFixture.msat(9))])
    #expect(
      try ledger.apply(.createGrant(GrantRegistration(chain: ledger.leaf))).outcome
        == .created(node: ledger.leaf.node))
    #expect(ledger.state.path(to: ledger.leaf.node) == ledger.leaf.levels.map(\.node))
    #expect(ledger.state.nodes[ledger.leaf.node]?.name == "worker")
    #expect(ledger.refusal(of: .createGrant(GrantRegistration(chain: ledger.leaf))) == "conflict")
    #expect(ledger.events.count == 1)
  }
}
