import Foundation
import Glibc
import LibCrypto
import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// Taking old events out of the database, into files that verify.
@Suite struct LogArchiveTests {
  private let log: LogArchiveHarness

  init() throws { log = try LogArchiveHarness() }

  /// 600 old events, 500 new ones, and the time between.
  private func filled() async throws -> Timestamp {
    try await log.fill(600)
    try await log.checkpoint()
    log.harness.clock.move(milliseconds: 5000)
    let between = log.now
    try await log.fill(500)
    return between
  }

  @Test func `old events go into a file that verifies, and the log goes on without them`()
    async throws
  {
    let archive = try #require(try await log.archive(before: try await filled()))
    #expect(archive.first == 1 && archive.last == 512)
    let path = try #require(log.files.first)
    var info = stat()
    #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o600)
    let data = try Data(contentsOf: URL(filePath: path))
    #expect(Hex.encode(SHA256.hash(Array(data))) == archive.digest)
    let (verifier, fault) = log.check([try LogArchiveHarness.lines(of: path)])
    #expect(fault == nil && verifier.events == 512 && verifier.head == archive.head)
    #expect(verifier.checkpoints == 1)
    #expect(try log.ledger.logExtent() == LogExtent(gone: 512, archived: 512, end: 1101))
    #expect(try log.ledger.events(after: 0, limit: 1, under: nil).first?.sequence == 513)
    let event = try #require(try log.ledger.events(after: 1100, limit: 1, under: nil).first)
    #expect(event.text.hasPrefix("{\"action\":\"audit.archive\","))
    #expect(event.text.contains("\"first\":1,") && event.text.contains("\"last\":512,"))
    #expect(event.text.contains(archive.digest) && event.text.contains(archive.file))
    let report = try log.ledger.verifyAudit(keys: log.keys)
    #expect(report.fault == nil && report.before == 512 && report.events == 1101, "\(report)")
    #expect(report.checkpoints == 2)
    #expect(try log.database().verify(keys: log.keys) == report)
    #expect(try log.ledger.verifyLedger().faults.isEmpty)
    // The log is taken up and grows as before.
    try log.reopen()
    #expect(try log.ledger.logHead().root.bytes == report.root)
    try await log.fill(300)
    try await log.checkpoint()
    let grown = try log.ledger.verifyAudit(keys: log.keys)
    #expect(grown.fault == nil && grown.events == 1401, "\(grown)")
  }

  @Test func `the last 256 events and those that are too new stay`() async throws {
    try await log.fill(511)
    #expect(try await log.archive(before: log.now.adding(milliseconds: 1)) == nil)
    try await log.fill(1)
    #expect(try await log.archive(before: log.now) != nil)
    #expect(try log.ledger.logExtent() == LogExtent(gone: 256, archived: 256, end: 513))
    // The cut lies between two events of which one is too new.
    log.harness.clock.move(milliseconds: 5000)
    let between = log.now
    try await log.fill(1000)
    #expect(try await log.archive(before: between)?.last == 512)
  }

  @Test func `what left once, or does not begin where the log does, cannot leave again`()
    async throws
  {
    let between = try await filled()
    let archive = try #require(try await log.archive(before: between, trimming: false))
    // The rest of the first archive has not left yet.
    #expect(try log.ledger.logExtent().gone == 256)
    for (first, last) in [(1, 512), (257, 512), (513, 768)] as [(UInt64, UInt64)] {
      let other = LogArchive(
        first: first, last: last, head: archive.head, file: "f", digest: archive.digest)
      #expect(await refusal(of: other) == "conflict")
    }
    try await log.trim()
    for (first, last) in [(1, 512), (513, 512), (513, 700), (513, 1024), (769, 768), (512, 768)]
      as [(UInt64, UInt64)]
    {
      let other = LogArchive(
        first: first, last: last, head: archive.head, file: "f", digest: archive.digest)
      #expect(await refusal(of: other) == "conflict", "\(first) to \(last)")
    }
    #expect(try log.ledger.verifyAudit(keys: log.keys).fault == nil)
    // There is nothing to trim, which is no error and no event.
    try await log.submit(.trimLog)
    #expect(try log.ledger.logExtent() == LogExtent(gone: 512, archived: 512, end: 1101))
  }

  private func refusal(of archive: LogArchive) async -> String? {
    do throws(Refusal) {
      try await log.submit(.archiveLog(archive))
      return nil
    } catch { return error.kind }
  }

  @Test func `at no point of archiving is there a log that does not verify`() async throws {
    let between = try await filled()
    func verifies(_ gone: UInt64) throws {
      try log.reopen()
      let report = try log.ledger.verifyAudit(keys: log.keys)
      #expect(report.fault == nil && report.before == gone, "\(report)")
      #expect(log.check([try log.export()]).fault == nil)
      let archives = try log.files.suffix(1).map { try LogArchiveHarness.lines(of: $0) }
      let (verifier, fault) = log.check(archives)
      #expect(fault == nil)
      // The database follows on the file even while some of that is still in it.
      if gone > 0 { #expect(try log.database().verify(verifier).fault == nil) }
    }
    // The file is there, and the daemon ends: the next one makes another.
    let lost = try #require(try await log.write(before: between))
    try verifies(0)
    log.harness.clock.move(milliseconds: 1)
    let archive = try #require(try await log.archive(before: between, trimming: false))
    #expect(archive.file != lost.file && archive.digest == lost.digest)
    try verifies(256)
    try await log.submit(.trimLog)
    try verifies(512)
  }

  @Test func `a group that fails takes no event out`() async throws {
    let archive = try #require(try await log.write(before: try await filled()))
    // The command cannot be written: an event that is to leave is missing.
    try log.harness.tamper("DELETE FROM events WHERE seq = 3")
    #expect(await refusal(of: archive) == "storage")
    #expect(try log.ledger.logExtent() == LogExtent(gone: 0, archived: 0, end: 1100))
    #expect(try log.ledger.verifyAudit(keys: log.keys).fault?.sequence == 3)
  }

  static let faults: [(sql: String, sequence: UInt64)] = [
    ("UPDATE events SET text = replace(text, 'charge', 'settle') WHERE seq = 7", 7),
    ("UPDATE events SET hash = zeroblob(32) WHERE seq = 512", 512),
    ("DELETE FROM events WHERE seq = 20", 20),
    ("UPDATE tree SET hash = zeroblob(32) WHERE number = 1", 512),
  ]

  @Test(arguments: faults)
  func `a log that does not verify is not archived`(sql: String, sequence: UInt64) async throws {
    let between = try await filled()
    try log.harness.tamper(sql)
    let error = await #expect(throws: Refusal.self) { try await log.write(before: between) }
    #expect("\(String(describing: error))".contains(" \(sequence)"), "\(String(describing: error))")
    let left = try FileManager.default.contentsOfDirectory(
      atPath: log.harness.scratch.file("archives"))
    #expect(left.isEmpty)
  }

  @Test func `archived events are proved by their file, and the others by the database`()
    async throws
  {
    _ = try await log.archive(before: try await filled())
    try await log.checkpoint()
    let database = try log.database()
    let name = try #require(log.files.first?.split(separator: "/").last.map(String.init))
    #expect(throws: AuditDatabaseError.archived(512, file: name)) {
      try database.prove(event: 512)
    }
    #expect("\(AuditDatabaseError.archived(5, file: name))".contains(name))
    #expect(throws: AuditDatabaseError.noEvent(1102)) { try database.prove(event: 1102) }
    for sequence in [513, 768, 769, 1100, 1101] as [UInt64] {
      #expect(try database.prove(event: sequence).verify(keys: log.keys).size == 1101)
    }
    for size in [256, 512, 513, 1000] as [UInt64] {
      #expect(try database.prove(growthFrom: size).earlier == size)
    }
    #expect(throws: AuditDatabaseError.growthArchived(from: 300, file: name)) {
      try database.prove(growthFrom: 300)
    }
  }

  @Test func `a checkpoint of archived events is compared where the archives are checked as well`()
    async throws
  {
    try await log.fill(400)
    let early = try log.ledger.logHead()
    _ = try await log.archive(before: try await filled())
    #expect(try log.ledger.logExtent().gone == 768)
    let kept = Checkpoint(origin: log.signer.key.name, size: 400, root: early.root)
    let alone = try log.database().verify(keys: log.keys, kept: [kept])
    #expect(alone.fault?.subject == .checkpoint && alone.fault?.sequence == 400)
    #expect(alone.fault?.reason.contains("archived") == true)
    let files = try log.files.map { try LogArchiveHarness.lines(of: $0) }
    for (root, isRight) in [(early.root, true), (SHA256Digest.zero, false)] {
      let kept = Checkpoint(origin: log.signer.key.name, size: 400, root: root)
      let (verifier, fault) = log.check(files, kept: [kept])
      #expect((fault == nil) == isRight)
      guard isRight else { continue }
      let report = try log.database().verify(verifier)
      #expect(report.fault == nil && report.before == 0, "\(report)")
    }
  }

  /// An archive of the events to 768, of which 256 have left, with a checkpoint at 300; and what
  /// takes out the next.
  private func leaving() async throws -> () -> Void {
    try await log.fill(300)
    try await log.checkpoint()
    try await log.archive(before: try await filled(), trimming: false)
    let writer = try SQLiteConnection(path: log.path)
    return {
      try? writer.transaction { () throws(SQLiteError) in try writer.trimLog(atMost: 256) }
    }
  }

  @Test func `events that leave while they are checked are no fault`() async throws {
    let trim = try await leaving()
    var steps: [UInt64] = []
    let report = try log.database().verify(AuditVerifier(keys: log.keys)) { done, _ in
      steps.append(done)
      trim()
    }
    // It began anew where the log began by then.
    #expect(steps == [300, 768, 900, 1401])
    #expect(report.fault == nil && report.before == 512 && report.events == 1401, "\(report)")
  }

  @Test func `events that leave while they are exported are not left out without a word`()
    async throws
  {
    let trim = try await leaving()
    var lines = 0
    let error = #expect(throws: AuditDatabaseError.self) {
      try log.database().export { _ in
        lines += 1
        if lines == 2 { trim() }
        return true
      }
    }
    #expect("\(String(describing: error))".contains("archived meanwhile"))
  }

  @Test func `a ledger of the version before is taken up`() async throws {
    let path = log.harness.scratch.file("old.db")
    let connection = try SQLiteConnection(path: path)
    try connection.execute(Schema.migrations[0])
    try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
    try connection.execute("PRAGMA user_version = 1")
    let ledger = try SQLiteLedger(path: path, wallClock: log.harness.clock.now)
    #expect(try ledger.logExtent() == LogExtent(gone: 0, archived: 0, end: 0))
    #expect(try ledger.verifyAudit().fault == nil)
  }
}
