public import PurserCore

/// Lists events of the audit log.
public enum AuditList: RPCMethod {
  /// `audit.list`.
  public static let name = "audit.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators

  /// Which events.
  public struct Parameters: RPCParameters {
    /// Those after this number; 0 when missing.
    public var after: UInt64?
    /// At most so many: 1 to 1000, 100 when missing.
    public var limit: Int?
    /// Those of this node and below it; missing for all.
    public var node: NodeID?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case after, limit, node }

    /// The events after `after`.
    public init(after: UInt64? = nil, limit: Int? = nil, node: NodeID? = nil) {
      self.after = after
      self.limit = limit
      self.node = node
    }
  }

  /// The events.
  public struct Reply: Codable, Sendable, Equatable {
    /// One event at its place in the log.
    public struct Event: Codable, Sendable, Equatable {
      /// Its number, from 1.
      public let seq: UInt64
      /// Its canonical text (RFC 8785), which is what is hashed.
      public let event: String
      /// `SHA-256(previous hash ‖ text)`, in hex.
      public let hash: String

      /// An event.
      public init(seq: UInt64, event: String, hash: String) {
        self.seq = seq
        self.event = event
        self.hash = hash
      }
    }

    /// Oldest first.
    public let events: [Event]
    /// The last event that archives alone have, where the events asked for begin before it.
    public let archived: UInt64?

    /// A reply.
    public init(events: [Event], archived: UInt64? = nil) {
      self.events = events
      self.archived = archived
    }
  }
}

/// Signs a checkpoint of the audit log as it is now.
public enum AuditCheckpoint: RPCMethod {
  /// `audit.checkpoint`.
  public static let name = "audit.checkpoint"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The checkpoint.
  public struct Reply: Codable, Sendable, Equatable {
    /// The signed note (C2SP tlog-checkpoint).
    public let note: String
    /// How many events it is about.
    public let size: UInt64
    /// The public key that it is signed with, as `name+hash+base64`.
    public let key: String

    /// A reply.
    public init(note: String, size: UInt64, key: String) {
      self.note = note
      self.size = size
      self.key = key
    }
  }
}

/// Checks the whole audit log: its hash chain, its tree and its checkpoints.
public enum AuditVerify: RPCMethod {
  /// `audit.verify`.
  public static let name = "audit.verify"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What was found.
  public struct Reply: Codable, Sendable, Equatable {
    /// Whether everything fits.
    public let ok: Bool
    /// The first event that was checked: those before it are in archives.
    public let first: UInt64
    /// How many events fit, with those in archives.
    public let events: UInt64
    /// How many checkpoints fit.
    public let checkpoints: UInt64
    /// The hash of the last event that fits, in hex.
    public let head: String
    /// The first thing that does not fit, and why; nil when all do.
    public let fault: String?

    /// A reply.
    public init(_ report: AuditReport) {
      ok = report.fault == nil
      first = report.before + 1
      events = report.events
      checkpoints = report.checkpoints
      head = report.headHex
      fault = report.fault.map { "\($0)" }
    }
  }
}

/// Writes old events of the audit log to a file and takes them out of the database.
public enum AuditArchive: RPCMethod {
  /// `audit.archive`.
  public static let name = "audit.archive"
  /// Operators alone.
  public static let audience = RPCAudience.operators

  /// Which events.
  public struct Parameters: RPCParameters {
    /// Those that were written so many seconds ago or longer; at least a day.
    public var olderThanSeconds: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case olderThanSeconds = "older_than_s"
    }

    /// Those that were written `olderThanSeconds` ago or longer.
    public init(olderThanSeconds: UInt64) { self.olderThanSeconds = olderThanSeconds }
  }

  /// What was archived.
  public struct Reply: Codable, Sendable, Equatable {
    /// The file; nil when there was nothing to archive.
    public let file: String?
    /// The first event in it.
    public let first: UInt64?
    /// The last event in it.
    public let last: UInt64?
    /// SHA-256 of the file, in hex.
    public let sha256: String?

    /// Nothing was archived.
    public static let nothing = Reply(file: nil, first: nil, last: nil, sha256: nil)

    /// `archive` at `path`.
    public init(path: String, _ archive: LogArchive) {
      self.init(file: path, first: archive.first, last: archive.last, sha256: archive.digest)
    }

    private init(file: String?, first: UInt64?, last: UInt64?, sha256: String?) {
      self.file = file
      self.first = first
      self.last = last
      self.sha256 = sha256
    }
  }
}
