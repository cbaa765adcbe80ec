import PurserCore
import PurserTesting
import Testing

/// Limits on how many operations are admitted.
@Suite struct LedgerCallTests {
  private static func limit(_ text: String) -> GrantCaveat {
    guard let limit = CallLimit(text) else { preconditionFailure("\(text) is a limit") }
    return .calls(limit)
  }

  private func full(
    _ text: String, at chain: GrantChain, used: UInt64, renewsAt: UInt64?
  ) -> String {
    "calls \(text) \(chain.node) used \(used) renews \(renewsAt.map { "\($0)" } ?? "never")"
  }

  @Test func `what is below counts at every level above, and a refusal says when one more fits`() {
    var ledger = LedgerFixture(top: [Self.limit("3/1m")], leaf: [Self.limit("2/1h")])
    #expect(ledger.refusal(of: ledger.charge(1, 1, by: ledger.leaf)) == nil)
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf)) == nil)
    let renewsAt: UInt64 = (1_800_000_000 + 3600 + 15) * 1000
    #expect(
      ledger.refusal(of: ledger.charge(3, 1, by: ledger.leaf))
        == full("2/1h", at: ledger.leaf, used: 2, renewsAt: renewsAt))
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: ledger.other)) == nil)
    let minute = full("3/1m", at: ledger.top, used: 3, renewsAt: 1_800_000_061_000)
    #expect(ledger.refusal(of: ledger.charge(4, 1, by: ledger.other)) == minute)
    ledger.advance(seconds: 61)
    #expect(ledger.refusal(of: ledger.charge(4, 1, by: ledger.other)) == nil)
  }

  @Test func `an operation counts once, whatever becomes of it`() {
    var ledger = LedgerFixture(leaf: [Self.limit("3/1h")])
    ledger.refusal(of: ledger.reserve(1, 10, by: ledger.leaf))
    ledger.refusal(of: ledger.settle(1, 4))
    ledger.refusal(of: ledger.reserve(2, 10, by: ledger.leaf))
    ledger.refusal(of: .release(hold: LedgerFixture.hold(2)))
    ledger.refusal(of: ledger.reserve(3, 10, by: ledger.leaf))
    // What is extended is admitted anew, in the place of what it was.
    #expect(ledger.refusal(of: ledger.extend(3, 20, by: ledger.leaf)) == nil)
    #expect(ledger.refusal(of: ledger.reserve(4, 1, by: ledger.leaf))?.contains("used 3") == true)
    ledger.restart()
    #expect(ledger.refusal(of: ledger.reserve(4, 1, by: ledger.leaf))?.contains("used 3") == true)
  }

  @Test func `what is refused does not count`() {
    var ledger = LedgerFixture(leaf: [Self.limit("1/1h"), .spend(LedgerFixture.msat(10))])
    for number in UInt8(1)...5 {
      let budget = "budget_exceeded spend_msat \(ledger.leaf.node)"
      #expect(ledger.refusal(of: ledger.charge(number, 11, by: ledger.leaf)) == budget)
    }
    #expect(ledger.refusal(of: ledger.charge(6, 10, by: ledger.leaf)) == nil)
  }

  @Test func `none at all can be allowed, and never renews`() {
    var ledger = LedgerFixture(leaf: [Self.limit("0/1h")])
    #expect(
      ledger.refusal(of: ledger.charge(1, 1, by: ledger.leaf))
        == full("0/1h", at: ledger.leaf, used: 0, renewsAt: nil))
  }

  @Test func `a limit seen for the first time counts what was admitted before it was`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.charge(1, 60, by: ledger.leaf))
    ledger.refusal(of: ledger.reserve(2, 30, by: ledger.other))
    ledger.refusal(of: .release(hold: LedgerFixture.hold(2)))
    ledger.advance(seconds: 30)
    let narrowed = ledger.narrowed(top: [Self.limit("2/1h")])
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: narrowed))?.contains("used 2") == true)
  }

  @Test func `a token without the limit counts for one that has it`() {
    var ledger = LedgerFixture()
    let narrowed = ledger.narrowed(top: [Self.limit("2/1h")])
    #expect(ledger.refusal(of: ledger.charge(1, 1, by: narrowed)) == nil)
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.top)) == nil)
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: narrowed))?.contains("used 2") == true)
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: ledger.top)) == nil)
  }

  @Test func `a copy of a credential counts, but not beside the payment that bought it`() {
    var ledger = LedgerFixture(leaf: [Self.limit("3/1h")])
    let payment = ledger.payment(1, by: ledger.leaf)
    let credential = ledger.credential(payment)
    func issue(_ isCounted: Bool) -> Command {
      .issueCredential(
        CredentialIssue(
          credential: credential.id, chain: ledger.leaf, validUntilSeconds: nil, service: "data",
          isCounted: isCounted))
    }
    #expect(ledger.refusal(of: .beginPayment(payment, by: ledger.leaf)) == nil)
    ledger.refusal(of: .sendPayment(hold: payment.hold, by: ledger.leaf))
    ledger.refusal(of: .finishPayment(hold: payment.hold, ledger.paid(payment, fee: 1)))
    #expect(ledger.refusal(of: issue(false)) == nil)
    #expect(ledger.refusal(of: issue(true)) == nil)
    #expect(ledger.refusal(of: issue(true)) == nil)
    #expect(ledger.refusal(of: issue(true))?.contains("used 3") == true)
    #expect(ledger.refusal(of: issue(false)) == nil)
    ledger.restart()
    #expect(ledger.refusal(of: issue(true))?.contains("used 3") == true)
  }
}
