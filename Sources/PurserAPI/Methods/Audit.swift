public import PurserCore

/// Lists events of the audit log.
public enum AuditList: RPCMethod {
  /// `audit.list`.
  public static let name = "audit.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Lists events of the audit log."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

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

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .after:
        .init(\Self.after, "Those after this number; 0 when missing.")
      case .limit:
        .init(\Self.limit, "At most so many: 1 to 1000, 100 when missing.")
      case .node:
        .init(\Self.node, "Those of this node and below it; missing for all.")
      }
    }

    /// The events after `after`.
    public init(after: UInt64? = nil, limit: Int? = nil, node: NodeID? = nil) {
      self.after = after
      self.limit = limit
      self.node = node
    }
  }

  /// The events.
  public struct Reply: RPCObject, Equatable {
    /// One event at its place in the log.
    public struct Event: RPCObject, Equatable {
      /// Its number, from 1.
      public let seq: UInt64
      /// Its canonical text (RFC 8785), which is what is hashed.
      public let event: String
      /// `SHA-256(previous hash ‖ text)`, in hex.
      public let hash: String

      /// The names on the wire.
      public enum CodingKeys: String, CodingKey, CaseIterable {
        case seq, event, hash
      }

      /// What each member is.
      public static func describe(_ member: CodingKeys) -> RPCMember {
        switch member {
        case .seq:
          .init(\Self.seq, "Its number, from 1.")
        case .event:
          .init(\Self.event, "Its canonical text (RFC 8785), which is what is hashed.")
        case .hash:
          .init(\Self.hash, "SHA-256(previous hash ‖ text), in hex.")
        }
      }

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

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case events, archived
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .events:
        .init(\Self.events, "Oldest first.")
      case .archived:
        .init(
          \Self.archived,
          "The last event that archives alone have, where the events asked for begin before "
            + "it.")
      }
    }

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
  /// What it does.
  public static let summary =
    "Signs a checkpoint of the audit log as it is now."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The checkpoint.
  public struct Reply: RPCObject, Equatable {
    /// The signed note (C2SP tlog-checkpoint).
    public let note: String
    /// How many events it is about.
    public let size: UInt64
    /// The public key that it is signed with, as `name+hash+base64`.
    public let key: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case note, size, key
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .note:
        .init(\Self.note, "The signed note (C2SP tlog-checkpoint).")
      case .size:
        .init(\Self.size, "How many events it is about.")
      case .key:
        .init(\Self.key, "The public key that it is signed with, as name+hash+base64.")
      }
    }

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
  /// What it does.
  public static let summary =
    "Checks the whole audit log: its hash chain, its tree and its checkpoints."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What was found.
  public struct Reply: RPCObject, Equatable {
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

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case ok, first, events, checkpoints, head, fault
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .ok:
        .init(\Self.ok, "Whether everything fits.")
      case .first:
        .init(\Self.first, "The first event that was checked: those before it are in archives.")
      case .events:
        .init(\Self.events, "How many events fit, with those in archives.")
      case .checkpoints:
        .init(\Self.checkpoints, "How many checkpoints fit.")
      case .head:
        .init(\Self.head, "The hash of the last event that fits, in hex.")
      case .fault:
        .init(\Self.fault, "The first thing that does not fit, and why; missing when all do.")
      }
    }

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
  /// What it does.
  public static let summary =
    "Writes old events of the audit log to a file and takes them out of the database."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Which events.
  public struct Parameters: RPCParameters {
    /// Those that were written so many seconds ago or longer; at least a day.
    public var olderThanSeconds: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case olderThanSeconds = "older_than_s"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .olderThanSeconds:
        .init(
          \Self.olderThanSeconds,
          "Those that were written so many seconds ago or longer; at least a day.")
      }
    }

    /// Those that were written `olderThanSeconds` ago or longer.
    public init(olderThanSeconds: UInt64) { self.olderThanSeconds = olderThanSeconds }
  }

  /// What was archived.
  public struct Reply: RPCObject, Equatable {
    /// The file; nil when there was nothing to archive.
    public let file: String?
    /// The first event in it.
    public let first: UInt64?
    /// The last event in it.
    public let last: UInt64?
    /// SHA-256 of the file, in hex.
    public let sha256: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case file, first, last, sha256
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .file:
        .init(\Self.file, "The file; missing when there was nothing to archive.")
      case .first:
        .init(\Self.first, "The first event in it.")
      case .last:
        .init(\Self.last, "The last event in it.")
      case .sha256:
        .init(\Self.sha256, "SHA-256 of the file, in hex.")
      }
    }

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
