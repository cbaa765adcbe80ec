import PurserCore
import PurserTesting
import Testing

@Suite struct LedgerPaymentTests {
  var ledger = LedgerFixture()

  /// Begins and sends payment `number`; the refusal of either.
  private mutating func send(_ payment: Payment, by chain: GrantChain) -> String? {
    ledger.refusal(of: .beginPayment(payment, by: chain))
      ?? ledger.refusal(of: .sendPayment(hold: payment.hold, by: chain))
  }

  @Test mutating func `a payment holds amount and fee limit, and settles for what left`() throws {
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(send(payment, by: ledger.leaf) == nil)
    #expect(ledger.counters(ledger.top) == [0, 110])
    try ledger.apply(.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 4)))
    #expect(ledger.counters(ledger.top) == [104, 0])
    #expect(ledger.records.credentials.count == 1)
    #expect(ledger.records.payments.map(\.state) == [.settled])
    #expect(ledger.events.map(\.action) == ["payment.intent", "payment.sent", "payment.settled"])
  }

  @Test mutating func `a failed payment gives everything back, and its hash may be tried again`() {
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(send(payment, by: ledger.leaf) == nil)
    #expect(ledger.refusal(of: .finishPayment(hold: payment.hold, .failed(reason: "x"))) == nil)
    #expect(ledger.counters(ledger.top) == [0, 0])
    let late = Command.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 0))
    #expect(ledger.refusal(of: late) == "conflict")
    #expect(send(ledger.payment(2, by: ledger.leaf, hash: 1), by: ledger.leaf) == nil)
  }

  @Test mutating func `an unknown payment keeps its hold and may be sent again`() {
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(send(payment, by: ledger.leaf) == nil)
    let resend = Command.sendPayment(hold: payment.hold, by: ledger.leaf)
    #expect(ledger.refusal(of: resend) == "conflict")
    let unknown = Command.finishPayment(hold: payment.hold, .unknown(reason: "timeout"))
    #expect(ledger.refusal(of: unknown) == nil)
    #expect(ledger.counters(ledger.top) == [0, 110])
    #expect(ledger.state.openPayments[payment.hold]?.state == .unknown)
    #expect(ledger.refusal(of: resend) == nil)
    let paid = Command.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 0))
    #expect(ledger.refusal(of: paid) == nil)
  }

  @Test mutating func `while a payment might settle, nothing is bought twice`() {
    #expect(send(ledger.payment(1, by: ledger.leaf), by: ledger.leaf) == nil)
    let pending = "payment_pending \(LedgerFixture.hold(1))"
    let samePurchase = ledger.payment(2, by: ledger.other)
    #expect(send(samePurchase, by: ledger.other) == pending)
    let sameHash = ledger.payment(3, by: ledger.other, service: "maps", hash: 1)
    #expect(send(sameHash, by: ledger.other) == pending)
    let another = ledger.payment(4, by: ledger.other, service: "news")
    #expect(send(another, by: ledger.other) == nil)
    // A restart changes none of it.
    ledger.state = ledger.records.state(bounds: ledger.state.bounds)
    #expect(send(samePurchase, by: ledger.other) == pending)
    #expect(send(sameHash, by: ledger.other) == pending)
  }

  @Test mutating func `a hash that was paid is never paid again`() throws {
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(send(payment, by: ledger.leaf) == nil)
    try ledger.apply(.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 0)))
    let again = ledger.payment(2, by: ledger.leaf, service: "maps", hash: 1)
    #expect(send(again, by: ledger.leaf) == "conflict")
  }

  @Test mutating func `more than was held is booked in full and freezes the grant`() throws {
    ledger = LedgerFixture(top: [.spend(LedgerFixture.msat(120))])
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(send(payment, by: ledger.leaf) == nil)
    try ledger.apply(.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 60)))
    #expect(ledger.counters(ledger.top) == [160, 0])
    #expect(ledger.state.mark(of: ledger.leaf.node) == NodeMark(state: .frozen, setBy: nil))
    #expect(ledger.events.last?.details["overrun_msat"] == .integer(50))
    #expect(
      ledger.refusal(of: ledger.reserve(2, 1, by: ledger.leaf)) == "frozen \(ledger.leaf.node)")
    let full = "budget_exceeded spend_msat \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.reserve(2, 1, by: ledger.other)) == full)
  }

  @Test mutating func `the last check before the wallet is asked sees a freeze`() {
    let payment = ledger.payment(1, by: ledger.leaf)
    #expect(ledger.refusal(of: .beginPayment(payment, by: ledger.leaf)) == nil)
    let freeze = NodeMarking(action: .freeze, node: ledger.top.node)
    #expect(ledger.refusal(of: .mark(freeze)) == nil)
    let send = Command.sendPayment(hold: payment.hold, by: ledger.leaf)
    #expect(ledger.refusal(of: send) == "frozen \(ledger.top.node)")
    #expect(ledger.refusal(of: .finishPayment(hold: payment.hold, .failed(reason: "x"))) == nil)
    #expect(ledger.counters(ledger.top) == [0, 0])
  }

  @Test mutating func `a payment's hold is not its agent's to end`() {
    #expect(send(ledger.payment(1, by: ledger.leaf), by: ledger.leaf) == nil)
    let agent = Actor.agent(ledger.leaf.node, peer: nil)
    #expect(ledger.refusal(of: ledger.settle(1, 1), by: agent) == "conflict")
    #expect(ledger.refusal(of: .release(hold: LedgerFixture.hold(1)), by: agent) == "conflict")
    ledger.advance(seconds: 1_000_000)
    #expect(ledger.refusal(of: .expire(hold: LedgerFixture.hold(1))) == "conflict")
    #expect(ledger.state.lapsedHolds(at: ledger.now).isEmpty)
  }

  @Test mutating func `a credential is handed out until it is retired or removed`() throws {
    let credential = ledger.credential(ledger.payment(1, by: ledger.leaf))
    let issue = Command.issueCredential(
      CredentialIssue(
        credential: credential.id, chain: ledger.leaf, validUntilSeconds: nil, service: "data"))
    #expect(ledger.refusal(of: issue) == "not_found")
    #expect(ledger.refusal(of: .importCredential(credential)) == nil)
    #expect(ledger.refusal(of: .importCredential(credential)) == "conflict")
    #expect(ledger.refusal(of: issue) == nil)
    let retire = Command.retireCredential(credential.id, reason: "refused")
    #expect(ledger.refusal(of: retire) == nil)
    #expect(ledger.refusal(of: retire) == "conflict")
    #expect(ledger.refusal(of: issue) == "not_found")
    #expect(ledger.refusal(of: .removeCredential(credential.id)) == nil)
    #expect(ledger.refusal(of: .removeCredential(credential.id)) == "not_found")
  }

  @Test mutating func `a key joins the purchase, and then repeats what it handed out`() throws {
    let claim = IdempotencyClaim(
      node: ledger.leaf.node, method: "credential.request", key: "k", digest: [1])
    let payment = ledger.payment(1, by: ledger.leaf)
    let begin = Command.beginPayment(payment, by: ledger.leaf)
    #expect(try ledger.apply(begin, key: claim).outcome == .purchasing(hold: payment.hold))
    let joined = try ledger.apply(
      .beginPayment(ledger.payment(2, by: ledger.leaf), by: ledger.leaf), key: claim)
    #expect(joined.isReplay && joined.outcome == .purchasing(hold: payment.hold))
    try ledger.apply(.sendPayment(hold: payment.hold, by: ledger.leaf))
    try ledger.apply(.finishPayment(hold: payment.hold, ledger.paid(payment, fee: 0)))
    let credential = ledger.credential(payment).id
    let issue = Command.issueCredential(
      CredentialIssue(
        credential: credential, chain: ledger.leaf, validUntilSeconds: nil, service: "data"))
    #expect(try ledger.apply(issue, key: claim).outcome == .issued(credential: credential))
    let repeated = try ledger.apply(begin, key: claim)
    #expect(repeated.isReplay && repeated.outcome == .issued(credential: credential))
  }
}
