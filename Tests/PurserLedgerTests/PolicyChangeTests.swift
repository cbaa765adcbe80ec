import LibSQLite
import PurserCore
import PurserTesting
import Synchronization
import Testing

@testable import PurserLedger

/// Another policy's bounds, and what the disk may do to them.
@Suite struct PolicyChangeTests {
  let harness: Harness

  init() throws { harness = try Harness() }

  private static let change = LedgerRequest(
    actor: .operatorUser(peer: nil),
    command: .changePolicy(
      PolicyChange(
        bounds: LedgerState.Bounds(ceilings: GrantCeilings(payment: msat(5))),
        details: ["cause": .string("test")])))

  @Test func `bounds are in force when they are on disk, and outlive a group that fails`()
    async throws
  {
    let isBroken = Mutex(false)
    var settings = Harness.quiet
    settings.beforeGroup = { connection throws(SQLiteError) in
      guard isBroken.withLock({ $0 }) else { return }
      // It goes with the transaction that it makes fail.
      try connection.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'broken'); END")
    }
    let ledger = try harness.open(settings)
    let chain = harness.maker.chain(harness.top())
    isBroken.withLock { $0 = true }
    #expect(await ledger.refusal(of: Self.change) == "storage")
    isBroken.withLock { $0 = false }
    #expect(await ledger.refusal(of: .charge(1, 6, by: chain)) == nil)
    #expect(await ledger.refusal(of: Self.change) == nil)
    #expect(
      await ledger.refusal(of: .charge(2, 6, by: chain))?.hasPrefix("budget_exceeded") == true)
    isBroken.withLock { $0 = true }
    #expect(await ledger.refusal(of: .charge(3, 5, by: chain)) == "storage")
    isBroken.withLock { $0 = false }
    #expect(
      await ledger.refusal(of: .charge(4, 6, by: chain))?.hasPrefix("budget_exceeded") == true)
    #expect(await ledger.refusal(of: .charge(5, 5, by: chain)) == nil)
    #expect(try ledger.verifyAudit().fault == nil)
  }

  @Test func `an examination reads what is committed, and changes nothing`() async throws {
    let ledger = try harness.open()
    let top = harness.top(.spend(msat(100)))
    let chain = harness.maker.chain(
      harness.maker.child(of: top, nonce: [UInt8](repeating: 3, count: 16)))
    #expect(await ledger.refusal(of: .charge(1, 60, by: harness.maker.chain(top))) == nil)
    let bounds = LedgerState.Bounds(
      ceilings: GrantCeilings(windows: [SpendLimit(msat(90), per: .rolling(seconds: 60))]))
    let fits = try ledger.examine(chain, for: .init(amount: msat(30)), bounds: bounds)
    #expect((fits.standing + fits.budget).allSatisfy { $0.refusal == nil })
    let tooMuch = try ledger.examine(chain, for: .init(amount: msat(41)), bounds: bounds)
    #expect(
      tooMuch.budget.filter { $0.refusal != nil }.map(\.rule) == [
        "caveat:spend_msat", "policy:grant_spend",
      ])
    #expect(try ledger.allNodes().count == 1)
    #expect(try ledger.verifyAudit().events == 1)
  }
}
