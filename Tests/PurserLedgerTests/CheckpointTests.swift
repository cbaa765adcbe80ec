import LibCrypto
import LibSQLite
import PurserCore
import PurserTesting
import Synchronization
import Testing

@testable import PurserLedger

@Suite struct CheckpointTests {
  let harness: Harness
  let chain: GrantChain
  let signer: NoteSigner

  init() throws {
    harness = try Harness()
    chain = harness.maker.chain(harness.top())
    signer = try AuditKeys.signer(privateKey: [UInt8](repeating: 5, count: 32))
  }

  /// Reserves `numbers`, one event each.
  private func fill(_ ledger: SQLiteLedger, _ numbers: Range<UInt64>) async {
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let requests = numbers.map { LedgerRequest.reserve($0, 1, by: chain, until: until) }
    let answers = await ledger.submitAll(requests)
    #expect(answers.allSatisfy { (try? $0.get()) != nil })
  }

  @discardableResult
  private func checkpoint(_ ledger: SQLiteLedger) async throws -> StoredCheckpoint {
    let head = try ledger.logHead()
    let note = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
      .note(signedBy: signer)
    let stored = StoredCheckpoint(size: head.size, note: note)
    let applied = try await ledger.submit(
      LedgerRequest(actor: .daemon, command: .storeCheckpoint(stored)), from: 0)
    #expect(applied.event == nil)
    return stored
  }

  /// A log of 700 events with checkpoints at 0, 300 and 700.
  private func filled() async throws -> SQLiteLedger {
    let ledger = try harness.open()
    try await checkpoint(ledger)
    await fill(ledger, 0..<300)
    try await checkpoint(ledger)
    await fill(ledger, 300..<700)
    try await checkpoint(ledger)
    return ledger
  }

  @Test func `the tree is the same after any restart as over the events themselves`() async throws {
    var leaves = MerkleRange()
    var completed: [MerkleRange.Completed] = []
    var size: UInt64 = 0
    for next in [1, 255, 256, 257, 511, 513, 700] as [UInt64] {
      let ledger = try harness.open()
      await fill(ledger, size..<next)
      for event in try ledger.events(after: size, limit: 1000, under: nil) {
        leaves.append(MerkleHash.leaf(Array(event.text.utf8)[...]), completed: &completed)
      }
      size = next
      #expect(try ledger.logHead() == LogHead(size: size, root: leaves.root))
      ledger.close()
    }
    let ledger = try harness.open()
    #expect(try ledger.logHead().root == leaves.root && completed.count == 2)
    #expect(try ledger.verifyAudit().root == leaves.root.bytes)
  }

  @Test func `a group that fails leaves no hash behind, and the next is right`() async throws {
    let isFailing = Mutex(false)
    var settings = Harness.quiet
    settings.beforeGroup = { connection throws(SQLiteError) in
      let pages = isFailing.withLock { $0 } ? 1 : 1_000_000
      try connection.execute("PRAGMA max_page_count = \(pages)")
    }
    let ledger = try harness.open(settings)
    await fill(ledger, 0..<250)
    isFailing.withLock { $0 = true }
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let more = (250..<900).map { LedgerRequest.reserve($0, 1, by: chain, until: until) }
    let refused = await ledger.submitAll(more).filter { (try? $0.get()) == nil }.count
    #expect(refused > 0)
    isFailing.withLock { $0 = false }
    await fill(ledger, 1000..<1600)
    try await checkpoint(ledger)
    let report = try ledger.verifyAudit(keys: [signer.key])
    #expect(report.fault == nil && report.events == UInt64(250 + 650 - refused + 600))
  }

  @Test func `checkpoints are kept without an event, and verify`() async throws {
    let ledger = try await filled()
    let report = try ledger.verifyAudit(keys: [signer.key])
    #expect(report.fault == nil && report.events == 700 && report.checkpoints == 3)
    #expect(try ledger.latestCheckpoint()?.size == 700)
    let again = try await checkpoint(ledger)
    #expect(try ledger.latestCheckpoint() == again)
    let other = try AuditKeys.signer(privateKey: [UInt8](repeating: 6, count: 32)).key
    let foreign = try ledger.verifyAudit(keys: [other])
    #expect(foreign.fault?.subject == .checkpoint && foreign.fault?.sequence == 0)
  }

  static let tampering: [(sql: String, subject: AuditReport.Fault.Subject, sequence: UInt64)] = [
    ("UPDATE tree SET hash = zeroblob(32) WHERE number = 0", .tree, 256),
    ("DELETE FROM tree WHERE number = 1", .tree, 512),
    ("INSERT INTO tree VALUES (8, 2, zeroblob(32))", .tree, 700),
    ("INSERT INTO tree VALUES (16, 0, zeroblob(32))", .tree, 700),
    ("UPDATE checkpoints SET size = 301 WHERE size = 300", .checkpoint, 301),
    ("UPDATE checkpoints SET size = 701 WHERE size = 700", .checkpoint, 701),
    (
      "UPDATE checkpoints SET note = replace(note, '300', '299') WHERE size = 300", .checkpoint, 300
    ),
    ("UPDATE checkpoints SET note = 'nonsense' WHERE size = 700", .checkpoint, 700),
    (
      """
      UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 0) WHERE size = 700
      """, .checkpoint, 700
    ),
    ("DELETE FROM events WHERE seq = 301", .event, 301),
    ("UPDATE events SET text = replace(text, 'reserve', 'release') WHERE seq = 600", .event, 600),
  ]

  @Test(arguments: tampering)
  func `a hash or checkpoint that was changed is found and named`(
    sql: String, subject: AuditReport.Fault.Subject, sequence: UInt64
  ) async throws {
    let ledger = try await filled()
    try harness.tamper(sql)
    let report = try ledger.verifyAudit(keys: [signer.key])
    #expect(report.fault?.subject == subject && report.fault?.sequence == sequence, "\(report)")
  }

  /// Makes the whole log anew with another first event, as somebody with the database could.
  private func forge() throws {
    let connection = try SQLiteConnection(path: harness.path)
    try connection.execute(
      "UPDATE events SET text = replace(text, '\"amount_msat\":1,', '\"amount_msat\":2,')")
    let texts = try connection.rows("SELECT text FROM events ORDER BY seq") { row in row.blob(0) }
    var head = AuditChain.start
    var tree = MerkleRange()
    var completed: [MerkleRange.Completed] = []
    for (index, text) in texts.enumerated() {
      head = AuditChain.hash(after: head, text: text[...])
      tree.append(MerkleHash.leaf(text[...]), completed: &completed)
      try connection.run(
        "UPDATE events SET hash = ?2 WHERE seq = ?1",
        [.integer(Int64(index + 1)), .blob(head.bytes)])
    }
    for item in completed {
      try connection.run(
        "UPDATE tree SET hash = ?2 WHERE number = ?1",
        [.integer(Int64(item.subtree.number)), .blob(item.hash.bytes)])
    }
    try connection.run("UPDATE meta SET head_hash = ?1", [.blob(head.bytes)])
  }

  @Test func `a log made anew shows against its checkpoints, or against one kept elsewhere`()
    async throws
  {
    let ledger = try await filled()
    let kept = try #require(try ledger.latestCheckpoint())
    let checkpoint = try Checkpoint(note: kept.note, keys: [signer.key])
    ledger.close()
    try forge()
    let database = try AuditDatabase(path: harness.path)
    #expect(try database.verify(keys: [signer.key]).fault?.subject == .checkpoint)
    try harness.tamper("DELETE FROM checkpoints")
    #expect(try database.verify(keys: [signer.key]).fault == nil)
    let report = try database.verify(keys: [signer.key], kept: [checkpoint])
    #expect(report.fault?.subject == .checkpoint && report.fault?.sequence == 700)
  }

  @Test func `a log put back to an earlier state shows against a checkpoint kept elsewhere`()
    async throws
  {
    let ledger = try harness.open()
    await fill(ledger, 0..<300)
    let early = try await checkpoint(ledger)
    let earlyHead = try Checkpoint(note: early.note, keys: [signer.key])
    let later = Checkpoint(origin: signer.key.name, size: 301, root: .zero)
    let database = try AuditDatabase(path: harness.path)
    #expect(try database.verify(keys: [signer.key], kept: [earlyHead]).fault == nil)
    let report = try database.verify(keys: [signer.key], kept: [later, earlyHead])
    #expect(report.fault?.subject == .checkpoint && report.fault?.sequence == 301)
    #expect(report.fault?.reason.contains("ends at 300") == true)
  }

  @Test func `every event is proved, and growth between any two checkpoints`() async throws {
    let ledger = try await filled()
    let database = try AuditDatabase(path: harness.path)
    let latest = try #require(try ledger.latestCheckpoint())
    for sequence in [1, 2, 255, 256, 257, 300, 512, 513, 699, 700] as [UInt64] {
      let proof = try LogProof(parsing: database.prove(event: sequence).text)
      let head = try proof.verify(keys: [signer.key])
      #expect(head.size == 700 && proof.checkpoint == latest.note)
      let event = try ledger.events(after: sequence - 1, limit: 1, under: nil).first
      #expect(proof.event == event.map { Array($0.text.utf8) })
    }
    for earlier in [1, 256, 300, 511, 700] as [UInt64] {
      let root = try ledger.readers.read { connection throws(SQLiteError) in
        try StoredTree(connection).root(of: 0..<earlier)
      }
      let note = Checkpoint(origin: signer.key.name, size: earlier, root: root)
        .note(signedBy: signer)
      let proof = try GrowthProof(parsing: database.prove(growthFrom: earlier).text)
      #expect(try proof.verify(from: note, keys: [signer.key]).size == 700)
      let wrong = Checkpoint(origin: signer.key.name, size: earlier, root: .zero)
        .note(signedBy: signer)
      #expect(throws: LogProofError.otherRoot) {
        try proof.verify(from: wrong, keys: [signer.key])
      }
    }
    #expect(throws: AuditDatabaseError.noEvent(701)) { try database.prove(event: 701) }
    #expect(throws: AuditDatabaseError.noEvent(0)) { try database.prove(event: 0) }
    await fill(ledger, 700..<701)
    #expect(throws: AuditDatabaseError.noCheckpoint(after: 701)) { try database.prove(event: 701) }
    #expect(throws: AuditDatabaseError.noCheckpoint(after: 701)) {
      try database.prove(growthFrom: 701)
    }
  }

  @Test func `an exported log verifies without the database, and shows what was changed`()
    async throws
  {
    let ledger = try await filled()
    var lines: [[UInt8]] = []
    let database = try AuditDatabase(path: harness.path)
    try database.export {
      lines.append($0)
      return true
    }
    #expect(lines.count == 703)
    let report = verify(lines)
    #expect(report == (try ledger.verifyAudit(keys: [signer.key])))
    let place = try #require(lines.firstIndex { $0.starts(with: "{\"event\"".utf8) })
    func fault(_ change: (inout [[UInt8]]) -> Void) -> AuditReport.Fault? {
      var changed = lines
      change(&changed)
      return verify(changed).fault
    }
    #expect(fault { $0.remove(at: place + 3) }?.sequence == 4)
    #expect(fault { $0.swapAt(place, place + 1) }?.sequence == 1)
    #expect(fault { $0[place + 9] = Array("nonsense".utf8) }?.sequence == 10)
    #expect(fault { $0[place + 9][20] ^= 1 }?.sequence == 10)
    #expect(fault { $0.removeLast(200) } == nil)
    #expect(fault { $0.insert($0.removeLast(), at: 0) }?.subject == .checkpoint)
    var once: [[UInt8]] = []
    try database.export {
      once.append($0)
      return once.count < 5
    }
    #expect(once.count == 5)
  }

  private func verify(_ lines: [[UInt8]]) -> AuditReport {
    var check = AuditExportCheck(AuditVerifier(keys: [signer.key]))
    for line in lines {
      if let fault = check.read(line) { return check.verifier.report(fault) }
    }
    var verifier = check.verifier
    return verifier.report(check.endFile() ?? verifier.checkEnd())
  }

  @Test func `what is no ledger is named`() throws {
    let path = harness.scratch.file("other.db")
    try SQLiteConnection(path: path).execute("CREATE TABLE t (x)")
    #expect(throws: AuditDatabaseError.notALedger(path: path)) { try AuditDatabase(path: path) }
    #expect(throws: AuditDatabaseError.self) { try AuditDatabase(path: path + "x") }
    #expect("\(AuditDatabaseError.notALedger(path: path))".contains("ledger.db"))
  }
}
