import Foundation
import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// A ledger whose log is archived, and what its log would be if it never were.
final class LogArchiveHarness {
  let harness: Harness
  let signer: NoteSigner
  private let chain: GrantChain
  private let settings: LedgerSettings
  private(set) var ledger: SQLiteLedger
  private var holds: UInt64 = 0
  /// The files that were made, in order.
  private(set) var files: [String] = []
  /// The lines of all events that there ever were.
  private var events: [UInt64: [UInt8]] = [:]

  /// Trims so many events with a command.
  init(trimming count: UInt64 = 256) throws {
    harness = try Harness()
    chain = harness.maker.chain(harness.top())
    signer = try AuditKeys.signer(privateKey: [UInt8](repeating: 5, count: 32))
    var settings = Harness.quiet
    settings.trimmedAtOnce = count
    self.settings = settings
    ledger = try harness.open(settings)
  }

  var path: String { harness.path }
  var keys: [NoteKey] { [signer.key] }

  func reopen() throws {
    ledger.close()
    ledger = try harness.open(settings)
  }

  /// Adds `count` events, a second apart from those before.
  func fill(_ count: UInt64) async throws {
    harness.clock.move(milliseconds: 1000)
    let end = holds + count
    while holds < end {
      let some = min(end - holds, 4096)
      let requests = (0..<some).map { LedgerRequest.charge(holds + $0, 1, by: chain) }
      for answer in await ledger.submitAll(requests) { _ = try answer.get() }
      holds += some
    }
  }

  func submit(_ command: Command) async throws(Refusal) {
    _ = try await ledger.submit(
      LedgerRequest(actor: .operatorUser(peer: nil), command: command), from: 1)
  }

  /// Signs `head`, or the log as it is.
  func checkpoint(_ head: LogHead? = nil) async throws {
    let head = try head ?? ledger.logHead()
    let note = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
      .note(signedBy: signer)
    try await submit(.storeCheckpoint(StoredCheckpoint(size: head.size, note: note)))
  }

  /// Writes what is older than `end` to a file, as the daemon does; nil when there is nothing.
  func write(before end: Timestamp) async throws -> LogArchive? {
    try keepEvents()
    guard let head = try ledger.archivableLog(before: end) else { return nil }
    try await checkpoint(head)
    let (path, archive) = try ledger.writeLogArchive(upTo: head.size, keys: keys)
    files.append(path)
    return archive
  }

  /// Archives what is older than `end`; the events leave as far as `isTrimming` says.
  @discardableResult
  func archive(before end: Timestamp, trimming isTrimming: Bool = true) async throws -> LogArchive?
  {
    let archive = try await write(before: end)
    if let archive { try await submit(.archiveLog(archive)) }
    if isTrimming { try await trim() }
    return archive
  }

  func trim() async throws {
    while case let log = try ledger.logExtent(), log.gone < log.archived {
      try await submit(.trimLog)
    }
  }

  var now: Timestamp { harness.clock.now() }

  func database() throws -> AuditDatabase { try AuditDatabase(path: path) }

  /// The lines of an export of the database.
  func export() throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    try database().export {
      lines.append($0)
      return true
    }
    return lines
  }

  /// The lines of the file at `path`.
  static func lines(of path: String) throws -> [[UInt8]] {
    try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  /// Checks files one after another with the public key alone.
  func check(
    _ files: [[[UInt8]]], kept: [Checkpoint] = []
  ) -> (verifier: AuditVerifier, fault: AuditReport.Fault?) {
    var check = AuditExportCheck(AuditVerifier(keys: keys, kept: kept))
    for file in files {
      for line in file { if let fault = check.read(line) { return (check.verifier, fault) } }
      if let fault = check.endFile() { return (check.verifier, fault) }
    }
    return (check.verifier, nil)
  }

  private func keepEvents() throws {
    for line in try export() {
      if case .event(let sequence, _, _) = AuditExport.Line(line) { events[sequence] = line }
    }
  }

  /// What an export of the log would be if none of it had left.
  func wholeExport() throws -> [[UInt8]] {
    try keepEvents()
    let checkpoints = try ledger.readers.read { connection throws(SQLiteError) in
      try connection.rows("SELECT size, note FROM checkpoints") { row throws(SQLiteError) in
        StoredCheckpoint(size: try row.count(0), note: row.text(1))
      }
    }
    let notes = Dictionary(uniqueKeysWithValues: checkpoints.map { ($0.size, $0) })
    var lines: [[UInt8]] = []
    for size in 0...UInt64(events.count) {
      if size > 0 { lines.append(try #require(events[size])) }
      if let note = notes[size] { lines.append(AuditExport.Line.checkpoint(note).bytes) }
    }
    return lines
  }
}
