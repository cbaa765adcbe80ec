import LibCrypto
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

@Suite struct AuditTests {
  let harness: Harness
  let chain: GrantChain
  let below: GrantChain

  /// Ten events: five at the top, five at a node below it.
  init() async throws {
    harness = try Harness()
    let top = harness.top()
    chain = harness.maker.chain(top)
    below = harness.maker.chain(
      harness.maker.child(of: top, nonce: [UInt8](repeating: 2, count: 16)))
    let ledger = try harness.open()
    let until = harness.clock.now().adding(milliseconds: 60_000)
    for number in 0..<10 as Range<UInt64> {
      harness.clock.move(milliseconds: 10)
      let chain = number < 5 ? chain : below
      _ = try await ledger.submit(.reserve(number, 1, by: chain, until: until), from: 1)
    }
    ledger.close()
  }

  @Test func `each event is the canonical text of one change, in order`() throws {
    let ledger = try harness.open()
    let events = try ledger.events(after: 0, limit: 100, under: nil)
    #expect(events.map(\.sequence) == Array(1...10))
    #expect(
      events[0].text == """
        {"action":"spend.reserve","actor":{"kind":"agent","node":"\(chain.node)"},"details":\
        {"amount_msat":1,"expires_at_ms":1800000060000,"hold":"\(holdID(0))"},\
        "node":"\(chain.node)","seq":1,"time_ms":1800000000010}
        """)
    let text = Array(events[0].text.utf8)
    #expect(events[0].hash == AuditChain.hash(after: .zero, text: text[...]).bytes)
  }

  @Test func `events are read in pages, and for a node with those below it`() throws {
    let ledger = try harness.open()
    #expect(try ledger.events(after: 3, limit: 2, under: nil).map(\.sequence) == [4, 5])
    #expect(try ledger.events(after: 0, limit: -1, under: nil).isEmpty)
    #expect(try ledger.events(after: 0, limit: 99, under: below.node).map(\.sequence).first == 6)
    #expect(try ledger.events(after: 4, limit: 3, under: chain.node).map(\.sequence) == [5, 6, 7])
    #expect(try ledger.events(after: 0, limit: 99, under: harness.node(9)).isEmpty)
  }

  static let tampering: [(sql: String, sequence: UInt64)] = [
    ("UPDATE events SET text = replace(text, '\"amount_msat\":1', '\"amount_msat\":2')", 1),
    ("UPDATE events SET text = replace(text, 'reserve', 'release') WHERE seq = 4", 4),
    ("UPDATE events SET hash = zeroblob(32) WHERE seq = 10", 10),
    ("UPDATE events SET time_ms = time_ms + 1 WHERE seq = 3", 3),
    ("UPDATE events SET node = NULL WHERE seq = 6", 6),
    ("UPDATE events SET node = zeroblob(16) WHERE seq = 7", 7),
    ("DELETE FROM events WHERE seq = 1", 1),
    ("DELETE FROM events WHERE seq = 5", 5),
    // The end, cut off; and the end with the record of it.
    ("DELETE FROM events WHERE seq > 7", 8),
    ("DELETE FROM events", 1),
    ("UPDATE meta SET head_sequence = 9", 10),
    ("UPDATE meta SET head_hash = zeroblob(32)", 10),
    // Two events change places.
    (
      """
      UPDATE events SET seq = 99 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3;
      UPDATE events SET seq = 3 WHERE seq = 99
      """, 2
    ),
    ("INSERT INTO events SELECT 11, time_ms, node, text, hash FROM events WHERE seq = 10", 11),
  ]

  @Test(arguments: tampering)
  func `what was changed afterwards is found and named`(sql: String, sequence: UInt64) throws {
    let ledger = try harness.open()
    try harness.tamper(sql)
    let report = try ledger.verifyAudit()
    #expect(report.fault?.sequence == sequence, "\(report)")
    #expect(report.fault?.reason.isEmpty == false)
    #expect(try AuditDatabase(path: harness.path).verify(keys: []) == report)
  }

  @Test func `a log that lacks one of its last events is not written on`() throws {
    try harness.tamper("DELETE FROM events WHERE seq = 9")
    #expect(throws: LedgerOpenError.self) { try harness.open() }
    #expect(try AuditDatabase(path: harness.path).verify(keys: []).fault?.sequence == 9)
  }

  static let ends: [(text: String, end: (UInt64, UInt64, Bool)?)] = [
    ("{\"a\":1,\"seq\":7,\"time_ms\":12}", (7, 12, false)),
    (
      "{\"node\":\"000102030405060708090a0b0c0d0e0f\",\"seq\":7,\"time_ms\":0}", nil
    ),
    (
      "{\"a\":1,\"node\":\"000102030405060708090a0b0c0d0e0f\",\"seq\":7,\"time_ms\":0}",
      (7, 0, true)
    ),
    ("{\"a\":1,\"node\":\"000102030405060708090A0b0c0d0e0f\",\"seq\":7,\"time_ms\":0}", nil),
    ("{\"a\":1,\"seq\":07,\"time_ms\":12}", nil), ("{\"a\":1,\"seq\":7,\"time_ms\":-1}", nil),
    ("{\"a\":1,\"seq\":99999999999999999,\"time_ms\":1}", nil), ("", nil), ("}", nil),
    ("\",\"seq\":7,\"time_ms\":12}", nil),
  ]

  @Test(arguments: ends)
  func `the end of an event is read, or is none`(text: String, end: (UInt64, UInt64, Bool)?) {
    let found = AuditEventEnd(Array(text.utf8))
    #expect(found?.sequence == end?.0 && found?.timeMs == end?.1)
    #expect((found?.node != nil) == (end?.2 ?? false))
  }

  @Test func `the log that nobody changed verifies, after more events and a restart too`()
    async throws
  {
    let ledger = try harness.open()
    let head = try ledger.verifyAudit()
    #expect(head.events == 10 && head.fault == nil)
    _ = try await ledger.submit(.settle(3, 1, by: chain), from: 1)
    let report = try ledger.verifyAudit()
    #expect(report.events == 11 && report.fault == nil && report.head != head.head)
  }
}
