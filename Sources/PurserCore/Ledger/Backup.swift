/// What a backup is of, and what opens it.
public struct BackupReport: Sendable, Equatable {
  /// The number of the master key that it is sealed under.
  public let key: UInt64
  /// SHA-256 of the file, in hex.
  public let digest: String
  /// The length of the file, in bytes.
  public let length: UInt64
  /// How many events the audit log in it has.
  public let events: UInt64
  /// The time of the last change in it.
  public let lastTime: Timestamp

  /// A backup of a log of `events`.
  public init(key: UInt64, digest: String, length: UInt64, events: UInt64, lastTime: Timestamp) {
    self.key = key
    self.digest = digest
    self.length = length
    self.events = events
    self.lastTime = lastTime
  }
}

extension LedgerState {
  /// An operator had the ledger written to a sealed file; no counter moves.
  func recordBackup(_ backup: BackupReport, file: String, step: inout Step) -> Outcome {
    step.record(
      "ledger.backup", node: nil,
      [
        "events": .integer(Int64(clamping: backup.events)), "file": .string(file),
        "key": .integer(Int64(clamping: backup.key)), "sha256": .string(backup.digest),
      ])
    return .done
  }
}
