import Dispatch
import Foundation
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import Synchronization

/// A ledger whose events are two days old: what daemons of today can archive.
struct OldLog {
  /// More than leave the database with one command, and what has to stay.
  static let events: UInt64 = 17_000
  /// The last event that can be archived: a multiple of 256, with 256 after it.
  static let lastOld: UInt64 = 16_640

  private let installation: Installation
  private let kept: String

  /// Writes the ledger; no daemon may have run.
  init(_ installation: Installation) throws {
    self.installation = installation
    kept = "\(installation.directory)/old.db"
    let past = UInt64(Date().timeIntervalSince1970) - 2 * 86_400
    let ledger = try SQLiteLedger(path: kept) { Timestamp(seconds: past) }
    let failures = Mutex(0)
    for start in stride(from: 0, to: Self.events, by: 2000) {
      let group = DispatchGroup()
      for number in start..<min(start + 2000, Self.events) {
        group.enter()
        let count = RefusalCount(
          node: nil, method: "old", reason: "old", count: number + 1, peer: nil)
        let request = LedgerRequest(actor: .daemon, command: .recordRefusals(count))
        ledger.enqueue(request, from: 1) { answer in
          if case .failure = answer { failures.withLock { $0 += 1 } }
          group.leave()
        }
      }
      group.wait()
    }
    ledger.close()
    try check(failures.withLock(\.self) == 0, "the old log could not be written")
    try putBack()
  }

  var archives: String { "\(installation.directory)/h/data/archives" }

  /// Puts the ledger back to what it was at first; no daemon runs.
  func putBack() throws {
    let files = FileManager.default
    for path in ["", "-wal", "-shm"].map({ installation.ledgerFile + $0 }) + [archives]
    where files.fileExists(atPath: path) {
      try files.removeItem(atPath: path)
    }
    try files.copyItem(atPath: kept, toPath: installation.ledgerFile)
  }

  /// The files that events after the old ones tell of.
  func archivesInLog() throws -> [String] {
    let events = try installation.operatorConnection().call(
      AuditList.self, AuditList.Parameters(after: Self.events, limit: 1000)
    ).events
    let said = /"action":"audit\.archive",.*"file":"(?<file>[^"]+)"/
    return try events.compactMap { try said.firstMatch(in: $0.event) }
      .map { "\(archives)/\($0.output.file)" }
  }
}
