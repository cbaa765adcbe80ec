import Foundation
import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// A log of which a part was archived, and somebody with the database.
@Suite struct LogArchiveTamperingTests {
  private let log: LogArchiveHarness

  /// Archives of the events to 512 and to 1024; the database has 1025 to 1503, the events 801 and
  /// 1502 tell of the archives, and there are checkpoints at 300, 512, 1024, 1400 and the end.
  init() async throws {
    log = try LogArchiveHarness(trimming: 16_384)
    try await log.fill(300)
    try await log.checkpoint()
    try await log.fill(500)
    log.harness.clock.move(milliseconds: 1000)
    try await log.archive(before: log.now)
    try await log.fill(599)
    try await log.checkpoint()
    log.harness.clock.move(milliseconds: 1000)
    let between = log.now
    try await log.fill(101)
    try await log.archive(before: between)
    try await log.fill(1)
    try await log.checkpoint()
  }

  @Test func `what is as it should be verifies`() throws {
    #expect(try log.ledger.logExtent() == LogExtent(gone: 1024, archived: 1024, end: 1503))
    let report = try log.ledger.verifyAudit(keys: log.keys)
    #expect(report.fault == nil && report.before == 1024 && report.checkpoints == 4, "\(report)")
  }

  /// What the attacker does, and what is named.
  typealias Case = (sql: String, subject: AuditReport.Fault.Subject, sequence: UInt64)

  static let beginnings: [Case] = [
    ("UPDATE meta SET gone_sequence = 0, gone_hash = zeroblob(32)", .start, 0),
    ("UPDATE meta SET gone_sequence = 512", .start, 512),
    ("UPDATE meta SET gone_sequence = 1025", .start, 1025),
    ("UPDATE meta SET gone_sequence = 1280", .start, 1280),
    ("UPDATE meta SET gone_hash = zeroblob(32)", .start, 1024),
    ("UPDATE meta SET gone_hash = head_hash", .start, 1024),
    // More events go without an archive: with the record, and with a made-up archive.
    ("DELETE FROM events WHERE seq <= 1280", .event, 1025),
    (
      """
      UPDATE meta SET gone_sequence = 1280, gone_hash = (SELECT hash FROM events WHERE seq = 1280);
      DELETE FROM events WHERE seq <= 1280
      """, .start, 1280
    ),
    (
      """
      UPDATE meta SET gone_sequence = 1280, gone_hash = (SELECT hash FROM events WHERE seq = 1280);
      INSERT INTO log_archives SELECT 1025, 1280, hash, 'f', (SELECT sha256 FROM log_archives)
        FROM events WHERE seq = 1280;
      DELETE FROM events WHERE seq <= 1280
      """, .start, 1280
    ),
    (
      """
      UPDATE meta SET gone_sequence = 1280, gone_hash = (SELECT hash FROM events WHERE seq = 1280);
      UPDATE log_archives SET last = 1280, head = (SELECT hash FROM events WHERE seq = 1280)
        WHERE first = 513;
      DELETE FROM events WHERE seq <= 1280
      """, .start, 1280
    ),
    // Archives that are not those that the log tells of.
    ("DELETE FROM log_archives", .start, 1024),
    ("DELETE FROM log_archives WHERE first = 1", .start, 1024),
    ("DELETE FROM log_archives WHERE first = 513", .start, 1024),
    ("UPDATE log_archives SET first = 514 WHERE first = 513", .start, 1024),
    ("UPDATE log_archives SET file = 'other' WHERE first = 513", .start, 1024),
    ("UPDATE log_archives SET sha256 = replace(sha256, '0', '1') WHERE first = 513", .start, 1024),
    ("UPDATE log_archives SET head = zeroblob(32) WHERE first = 513", .start, 1024),
    // An event that left comes back, as it was or not.
    (
      "INSERT INTO events SELECT 1024, time_ms, node, text, hash FROM events WHERE seq = 1025",
      .start, 1024
    ),
    ("UPDATE events SET hash = zeroblob(32) WHERE seq = 1025", .event, 1025),
    ("UPDATE events SET text = replace(text, '513', '512') WHERE seq = 1502", .event, 1502),
  ]

  static let trees: [Case] = [
    // Only signed checkpoints know what is right.
    ("UPDATE tree SET hash = zeroblob(32) WHERE number = 0", .checkpoint, 512),
    ("UPDATE tree SET hash = zeroblob(32) WHERE number = 2", .checkpoint, 1024),
    ("UPDATE tree SET hash = zeroblob(32) WHERE number = 4", .tree, 1280),
    ("DELETE FROM tree WHERE number = 1", .tree, 512),
    ("DELETE FROM tree WHERE number = 3", .tree, 1024),
    ("DELETE FROM tree", .tree, 256),
    ("UPDATE tree SET number = 99 WHERE number = 1", .tree, 512),
    ("INSERT INTO tree SELECT 16, 0, hash FROM tree WHERE number = 1", .tree, 1503),
    (
      "UPDATE checkpoints SET note = replace(note, '300', '301') WHERE size = 300", .checkpoint,
      300
    ),
    ("UPDATE checkpoints SET size = 299 WHERE size = 300", .checkpoint, 299),
    (
      """
      UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 512)
      WHERE size = 1024
      """, .checkpoint, 1024
    ),
    ("UPDATE checkpoints SET note = 'nonsense' WHERE size = 512", .checkpoint, 512),
  ]

  @Test(arguments: beginnings + trees)
  func `what was changed is named`(tampering: Case) async throws {
    try log.harness.tamper(tampering.sql)
    let report = try log.ledger.verifyAudit(keys: log.keys)
    #expect(report.fault?.subject == tampering.subject, "\(report)")
    #expect(report.fault?.sequence == tampering.sequence, "\(report)")
    #expect(report.fault?.reason.isEmpty == false)
    // After the archives it is found as well.
    let files = try log.files.map { try LogArchiveHarness.lines(of: $0) }
    let (verifier, fault) = log.check(files)
    #expect(fault == nil)
    #expect(try log.database().verify(verifier).fault != nil)
  }

  @Test func `the tree's larger rows are compared with the smaller ones`() async throws {
    let large = try LogArchiveHarness(trimming: 16_384)
    try await large.fill(65_536 + 300)
    large.harness.clock.move(milliseconds: 1)
    try await large.archive(before: large.now)
    #expect(try large.ledger.logExtent().gone == 65_536)
    #expect(try large.ledger.verifyAudit(keys: large.keys).fault == nil)
    try large.harness.tamper("UPDATE tree SET hash = zeroblob(32) WHERE level = 16")
    let fault = try large.ledger.verifyAudit(keys: large.keys).fault
    #expect(fault?.subject == .tree && fault?.sequence == 65_536)
  }

  /// What is done to the lines of an archive, and what is named.
  typealias Edit = (
    name: String, change: @Sendable (inout [[UInt8]]) -> Void,
    subject: AuditReport.Fault.Subject, sequence: UInt64
  )

  /// The second archive: a first line, the events 513 to 1024, a checkpoint.
  static let edits: [Edit] = [
    ("an event is gone", { $0.remove(at: 5) }, .event, 517),
    ("the first event is gone", { $0.remove(at: 1) }, .event, 513),
    ("two change places", { $0.swapAt(5, 6) }, .event, 517),
    ("an event is edited", { replace("charge", "settle", in: &$0[9]) }, .event, 521),
    ("the checkpoint is gone", { $0.removeLast() }, .checkpoint, 1024),
    ("the end is gone", { $0.removeLast(100) }, .event, 926),
    ("the last event is gone", { $0.remove(at: $0.count - 2) }, .checkpoint, 1024),
    ("it ends early", { replace("1024}", "768}", in: &$0[0]) }, .event, 769),
    ("it ends late", { replace("1024}", "1280}", in: &$0[0]) }, .event, 1025),
    ("it begins later", { replace("\"size\":512", "\"size\":256", in: &$0[0]) }, .event, 257),
    (
      "its start has another tree", { swapDigits(of: "\"peaks\":[\"", in: &$0[0]) }, .checkpoint,
      1024
    ),
    ("its start has another hash", { swapDigits(of: "\"hash\":\"", in: &$0[0]) }, .event, 513),
    ("its start is said twice", { $0.insert($0[0], at: 1) }, .event, 513),
    ("its start is gone", { $0.remove(at: 0) }, .event, 1),
    ("the first line is nonsense", { $0[0] = Array("{}".utf8) }, .event, 1),
    (
      "the checkpoint is another one", { replace("1024\\n", "1025\\n", in: &$0[$0.count - 1]) },
      .checkpoint, 1024
    ),
  ]

  private static func replace(_ old: String, _ new: String, in line: inout [UInt8]) {
    line = Array(String(decoding: line, as: UTF8.self).replacing(old, with: new).utf8)
  }

  /// Changes the first hex digit after `text`.
  private static func swapDigits(of text: String, in line: inout [UInt8]) {
    var whole = String(decoding: line, as: UTF8.self)
    guard let place = whole.range(of: text)?.upperBound else { return }
    let digit = whole[place] == "0" ? "1" : "0"
    whole.replaceSubrange(place...place, with: digit)
    line = Array(whole.utf8)
  }

  @Test(arguments: edits.indices)
  func `an archive that was edited is named`(index: Int) throws {
    let edit = Self.edits[index]
    let whole = try LogArchiveHarness.lines(of: log.files[1])
    let intact = log.check([whole])
    #expect(intact.fault == nil && intact.verifier.before == 512 && whole.count == 514)
    var lines = whole
    edit.change(&lines)
    #expect(lines != whole, "\(edit.name)")
    let fault = log.check([lines]).fault
    #expect(fault?.subject == edit.subject, "\(edit.name): \(String(describing: fault))")
    #expect(fault?.sequence == edit.sequence, "\(edit.name): \(String(describing: fault))")
  }

  @Test func `archives that do not follow one another are named`() throws {
    let files = try log.files.map { try LogArchiveHarness.lines(of: $0) }
    let rest = try log.export()
    #expect(log.check(files + [rest]).fault == nil)
    #expect(log.check(files + [rest]).verifier.events == 1503)
    for (wrong, sequence) in [([1, 0], 0), ([0, 0], 0), ([1, 1], 512)] as [([Int], UInt64)] {
      let fault = log.check(wrong.map { files[$0] }).fault
      #expect(fault?.subject == .start && fault?.sequence == sequence, "\(wrong)")
    }
    #expect(log.check([files[0], rest]).fault?.sequence == 1024)
    // Another log's start, made to look as if it followed.
    var other = files[1]
    Self.swapDigits(of: "\"peaks\":[\"", in: &other[0])
    let fault = log.check([files[0], other]).fault
    #expect(fault?.subject == .start && fault?.sequence == 512)
    // A database does not go on from a part that ends before or after it begins.
    let early = log.check([files[0]]).verifier
    #expect(try log.database().verify(early).fault?.subject == .start)
    let late = log.check(files + [rest]).verifier
    #expect(try log.database().verify(late).fault?.subject == .start)
  }
}
