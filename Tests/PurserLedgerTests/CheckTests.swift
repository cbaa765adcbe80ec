import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

@Suite struct CheckTests {
  let harness: Harness

  /// A top, two nodes below it, spend holds, and one payment each that is open, settled, failed.
  init() async throws {
    harness = try Harness()
    let top = harness.top(.spendPer(SpendLimit(msat(10_000), per: .rolling(seconds: 60))))
    let ledger = try harness.open()
    let until = harness.clock.now().adding(milliseconds: 60_000)
    for index in 0..<2 as Range<UInt8> {
      let chain = harness.maker.chain(
        harness.maker.child(of: top, nonce: [UInt8](repeating: index, count: 16)))
      let number = UInt64(index) * 10
      _ = try await ledger.submit(.reserve(number, 30, by: chain, until: until), from: 1)
      _ = try await ledger.submit(.settle(number, 20, by: chain), from: 1)
      _ = try await ledger.submit(.reserve(number + 1, 5, by: chain, until: until), from: 1)
    }
    let chain = harness.maker.chain(top)
    for (index, result) in [nil, PaymentResult.failed(reason: "x"), Purchases.paid(52)].enumerated()
    {
      let payment = Purchases.payment(50 + UInt64(index), by: chain, service: "s\(index)")
      for command in Purchases.commands(payment, by: chain, result) {
        _ = try await ledger.submit(LedgerRequest(actor: .daemon, command: command), from: 1)
      }
    }
    #expect(try ledger.verifyLedger() == LedgerReport(nodes: 3, holds: 7, faults: []))
    ledger.close()
  }

  static let tampering = [
    "UPDATE nodes SET settled_msat = settled_msat + 1 WHERE parent IS NULL",
    "UPDATE nodes SET held_msat = 0 WHERE parent IS NOT NULL",
    "UPDATE nodes SET descendants = 3 WHERE parent IS NULL",
    "UPDATE holds SET settled_msat = 21 WHERE settled_msat = 20",
    "UPDATE holds SET amount_msat = amount_msat + 1 WHERE state = 'held'",
    "DELETE FROM holds WHERE kind = 'spend' AND state = 'held'",
    "UPDATE payments SET state = 'failed' WHERE state = 'intent' OR state = 'sent'",
    "UPDATE payments SET state = 'sent' WHERE state = 'settled'",
    "UPDATE payments SET fee_limit_msat = fee_limit_msat + 1",
    "DELETE FROM payments WHERE state = 'failed'",
    "DELETE FROM credentials",
    "UPDATE spending SET amount = amount + 1",
    "DELETE FROM spending",
    "UPDATE nodes SET escrowed_msat = 1 WHERE parent IS NULL",
    "UPDATE nodes SET is_escrowed = 1, registered = '100' WHERE parent IS NOT NULL",
    """
    PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
    UPDATE nodes SET parent = 99 WHERE parent IS NOT NULL
    """,
    "PRAGMA foreign_keys = OFF; DELETE FROM nodes WHERE parent IS NOT NULL",
  ]

  @Test(arguments: tampering)
  func `rows that do not add up are named`(sql: String) throws {
    try harness.tamper(sql)
    let faults = try harness.open().verifyLedger().faults
    #expect(!faults.isEmpty)
    #expect(faults.allSatisfy { $0.hasPrefix("node ") || $0.hasPrefix("hold ") })
  }

  @Test func `a credential that was taken out is no fault`() async throws {
    let ledger = try harness.open()
    let credential = try #require(try ledger.credentials(service: nil).first)
    _ = try await ledger.submit(
      LedgerRequest(actor: .daemon, command: .removeCredential(credential.id)), from: 1)
    #expect(try ledger.credentials(service: nil).isEmpty)
    #expect(try ledger.verifyLedger().faults == [])
  }

  static let refusedByConstraints = [
    "UPDATE holds SET settled_msat = 31 WHERE settled_msat = 20",
    "UPDATE holds SET state = 'expired' WHERE kind = 'payment' AND state = 'held'",
    "UPDATE holds SET expires_at_ms = NULL WHERE kind = 'spend'",
    "UPDATE holds SET amount_msat = 0",
    "UPDATE holds SET amount_msat = 9007199254740992",
    "UPDATE nodes SET held_msat = -1",
    "UPDATE nodes SET parent = number",
    "UPDATE nodes SET parent = 2 WHERE number = 1",
    "UPDATE nodes SET is_escrowed = 1, is_open = 0",
    "UPDATE holds SET admitted_at_ms = created_at_ms - 1",
    "UPDATE spending SET amount_msat = -1",
    "UPDATE nodes SET name = printf('%.65c', 'x')",
    """
    UPDATE payments SET payment_hash =
    (SELECT payment_hash FROM payments WHERE state = 'settled')
    """,
    "UPDATE payments SET state = 'unknown', service = 's0'",
    "UPDATE payments SET state = 'lost'",
    "INSERT INTO meta SELECT 2, head_sequence, head_hash, last_time_ms FROM meta",
  ]

  @Test(arguments: refusedByConstraints)
  func `the tables refuse what the rules never write`(sql: String) {
    #expect(throws: (any Error).self) { try harness.tamper(sql) }
  }
}
