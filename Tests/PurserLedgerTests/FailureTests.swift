import Foundation
import LibSQLite
import PurserCore
import PurserTesting
import Synchronization
import Testing

@testable import PurserLedger

@Suite struct FailureTests {
  let harness: Harness

  init() throws { harness = try Harness() }

  @Test func `a full disk refuses whole groups, changes nothing for them, and passes`()
    async throws
  {
    let isFull = Mutex(false)
    var settings = Harness.quiet
    settings.beforeGroup = { connection throws(SQLiteError) in
      let pages = isFull.withLock { $0 } ? 1 : 1_000_000
      try connection.execute("PRAGMA max_page_count = \(pages)")
    }
    let ledger = try harness.open(settings)
    let chain = harness.maker.chain(harness.top(.spend(msat(100_000))))
    let until = harness.clock.now().adding(milliseconds: 60_000)
    isFull.withLock { $0 = true }
    // A few still fit in the pages that there are.
    let all = (0..<600).map { LedgerRequest.reserve($0, 7, by: chain, until: until) }
    var missing: [LedgerRequest] = []
    for (number, answer) in await ledger.submitAll(all).enumerated() {
      let isOnDisk = try ledger.hold(holdID(UInt64(number))) != nil
      #expect(isOnDisk == ((try? answer.get()) != nil))
      guard case .failure(let refusal) = answer else { continue }
      missing.append(all[number])
      guard case .storage(let text) = refusal else {
        Issue.record("\(refusal)")
        continue
      }
      #expect(text.contains("nothing was changed") && text.contains("free some space"))
    }
    #expect(missing.count >= 100)
    #expect(try ledger.verifyLedger().faults == [])
    isFull.withLock { $0 = false }
    let again = await ledger.submitAll(missing)
    #expect(again.allSatisfy { (try? $0.get()) != nil })
    #expect(try ledger.node(chain.node)?.held == msat(600 * 7))
    #expect(try ledger.verifyLedger().faults == [])
    #expect(try ledger.verifyAudit().events == 600)
  }

  @Test func `while the disk cannot be read either, everything is refused, and no longer`()
    async throws
  {
    let harness = harness
    let isBroken = Mutex(false)
    var settings = Harness.quiet
    settings.beforeGroup = { _ throws(SQLiteError) in
      guard isBroken.withLock({ $0 }) else { return }
      throw SQLiteError(code: 10, message: "disk I/O error")
    }
    let ledger = try harness.open(settings)
    let chain = harness.maker.chain(harness.top())
    let until = harness.clock.now().adding(milliseconds: 60_000)
    #expect(await ledger.refusal(of: .reserve(0, 5, by: chain, until: until)) == nil)
    // A row that cannot be read: the group fails, and so does reading memory back.
    try harness.tamper("PRAGMA ignore_check_constraints = ON; UPDATE nodes SET held_msat = -1")
    isBroken.withLock { $0 = true }
    #expect(await ledger.refusal(of: .reserve(1, 5, by: chain, until: until)) == "storage")
    isBroken.withLock { $0 = false }
    #expect(await ledger.refusal(of: .reserve(2, 5, by: chain, until: until)) == "storage")
    try harness.tamper("UPDATE nodes SET held_msat = 5")
    #expect(await ledger.refusal(of: .reserve(3, 5, by: chain, until: until)) == nil)
    #expect(try ledger.node(chain.node)?.held == msat(10))
    #expect(try ledger.verifyAudit().events == 2)
  }

  @Test func `a refused command does not disturb the others of its group`() async throws {
    let ledger = try harness.open()
    let chain = harness.maker.chain(harness.top(.spend(msat(20))))
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let answers = await ledger.submitAll([
      .reserve(1, 10, by: chain, until: until), .reserve(2, 11, by: chain, until: until),
      .settle(9, 1, by: chain), .settle(1, 4, by: chain),
      .reserve(3, 16, by: chain, until: until), .reserve(4, 1, by: chain, until: until),
    ])
    let kinds = answers.map { answer in
      if case .failure(let refusal) = answer { refusal.kind } else { "done" }
    }
    let exceeded = "budget_exceeded spend_msat \(chain.node)"
    #expect(kinds == ["done", exceeded, "not_found", "done", "done", exceeded])
    #expect(try ledger.node(chain.node)?.settled == msat(4))
    #expect(try ledger.node(chain.node)?.held == msat(16))
  }

  /// What a crash leaves: the database and its log as they are on disk at one moment.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `a copy taken while it works holds everything that was acknowledged`(seed: UInt64)
    async throws
  {
    let ledger = try harness.open()
    let chain = harness.maker.chain(
      harness.maker.child(
        of: harness.top(.spend(msat(1_000_000))), nonce: [UInt8](repeating: 3, count: 16)))
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let acknowledged = Mutex<Set<UInt64>>([])
    for number in 0..<2000 as Range<UInt64> {
      ledger.enqueue(.reserve(number, 1, by: chain, until: until), from: number % 5) { answer in
        if case .success = answer { acknowledged.withLock { _ = $0.insert(number) } }
      }
    }
    var generator = SeededGenerator(seed: seed)
    let wanted = Int.random(in: 1...1500, using: &generator)
    while acknowledged.withLock(\.count) < wanted { try await Task.sleep(for: .microseconds(100)) }
    let (before, copy) = try copyAsACrashWould { acknowledged.withLock(\.self) }
    let revived = try SQLiteLedger(path: copy, wallClock: harness.clock.now)
    #expect(before.count >= wanted)
    for number in before { #expect(try revived.hold(holdID(number)) != nil, "seed \(seed)") }
    let held = try revived.node(chain.topNode)?.held.value ?? 0
    #expect(held >= UInt64(before.count), "seed \(seed)")
    #expect(try revived.verifyLedger().faults == [], "seed \(seed)")
    let audit = try revived.verifyAudit()
    #expect(audit.fault == nil && audit.events == held, "seed \(seed)")
    ledger.close()
  }

  /// Copies database and log so that the two belong together: again when a checkpoint has started
  /// the log anew meanwhile.
  private func copyAsACrashWould<Known>(
    _ known: () -> Known
  ) throws -> (before: Known, path: String) {
    let files = FileManager.default
    for attempt in 0..<100 {
      let copy = harness.scratch.file("copy-\(attempt).db")
      let before = known()
      let header = try logHeader()
      try files.copyItem(atPath: harness.path, toPath: copy)
      try files.copyItem(atPath: harness.path + "-wal", toPath: copy + "-wal")
      if try logHeader() == header { return (before, copy) }
    }
    throw CocoaError(.fileReadUnknown)
  }

  private func logHeader() throws -> Data? {
    let file = try #require(FileHandle(forReadingAtPath: harness.path + "-wal"))
    defer { try? file.close() }
    return try file.read(upToCount: 32)
  }
}
