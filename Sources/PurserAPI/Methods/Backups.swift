public import PurserCore

/// Writes a sealed copy of the ledger to a new file.
public enum LedgerBackup: RPCMethod {
  /// `ledger.backup`.
  public static let name = "ledger.backup"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Writes a copy of the ledger, sealed under the current master key, to a new file."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict]
  /// Something is other than before.
  public static let changesState = true

  /// Where to.
  public struct Parameters: RPCParameters {
    /// The absolute path of the new file, which will be the daemon's user's alone.
    public var file: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case file }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .file:
        .init(
          \Self.file,
          "The absolute path of the new file, which will be the daemon's user's alone.")
      }
    }

    /// To the file `file`.
    public init(file: String) { self.file = file }
  }

  /// The backup.
  public struct Reply: RPCObject, Equatable {
    /// The file.
    public let file: String
    /// The number of the master key that opens it; the key is not in it.
    public let key: UInt64
    /// SHA-256 of the file, in hex.
    public let sha256: String
    /// Its length, in bytes.
    public let bytes: UInt64
    /// How many events the audit log in it has.
    public let events: UInt64
    /// The time of the last change in it, in Unix milliseconds.
    public let lastTimeMs: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case file, key, sha256, bytes, events
      case lastTimeMs = "last_time_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .file:
        .init(\Self.file, "The file.")
      case .key:
        .init(\Self.key, "The number of the master key that opens it; the key is not in it.")
      case .sha256:
        .init(\Self.sha256, "SHA-256 of the file, in hex.")
      case .bytes:
        .init(\Self.bytes, "Its length, in bytes.")
      case .events:
        .init(\Self.events, "How many events the audit log in it has.")
      case .lastTimeMs:
        .init(\Self.lastTimeMs, "The time of the last change in it, in Unix milliseconds.")
      }
    }

    /// A backup in `file`.
    public init(_ backup: BackupReport, file: String) {
      self.file = file
      key = backup.key
      sha256 = backup.digest
      bytes = backup.length
      events = backup.events
      lastTimeMs = backup.lastTime.milliseconds
    }
  }
}
