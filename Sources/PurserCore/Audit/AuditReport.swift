public import LibCrypto

/// An event at its place in the log.
public struct StoredEvent: Sendable, Equatable {
  /// Its number, from 1.
  public let sequence: UInt64
  /// Its canonical text.
  public let text: String
  /// The hash over the previous hash and the text.
  public let hash: [UInt8]

  /// An event as it was stored.
  public init(sequence: UInt64, text: String, hash: [UInt8]) {
    self.sequence = sequence
    self.text = text
    self.hash = hash
  }
}

/// A signed checkpoint as it is kept.
public struct StoredCheckpoint: Sendable, Equatable {
  /// How many events it is about.
  public let size: UInt64
  /// The signed note.
  public let note: String

  /// A checkpoint of `size` events.
  public init(size: UInt64, note: String) {
    self.size = size
    self.note = note
  }
}

/// Where the log ends, for a checkpoint.
public struct LogHead: Sendable, Equatable {
  /// How many events it has.
  public let size: UInt64
  /// The root of the Merkle tree over them.
  public let root: SHA256Digest

  /// The head of a log of `size` events.
  public init(size: UInt64, root: SHA256Digest) {
    self.size = size
    self.root = root
  }
}

/// What verifying the audit log found.
public struct AuditReport: Sendable, Equatable {
  /// How many events were taken as they were stated, since they are not in what was checked.
  public let before: UInt64
  /// How many events fit, with those before.
  public let events: UInt64
  /// How many checkpoints fit.
  public let checkpoints: UInt64
  /// The hash of the last event that fits.
  public let head: [UInt8]
  /// The root of the tree over the events that fit.
  public let root: [UInt8]
  /// The first thing that does not fit, and why; nil when all do.
  public let fault: Fault?

  /// The first thing that does not fit.
  public struct Fault: Sendable, Equatable {
    /// What kind of thing it is.
    public enum Subject: Sendable, Equatable {
      /// Where the log begins, when that is not its first event.
      case start
      /// An event.
      case event
      /// A stored hash of the tree over the events.
      case tree
      /// A checkpoint.
      case checkpoint
    }

    /// What does not fit.
    public let subject: Subject
    /// The number of the event, or of the last event that the hash or the checkpoint is about, or
    /// that the log begins after.
    public let sequence: UInt64
    /// What is wrong with it.
    public let reason: String

    /// A fault of a `subject` at `sequence`.
    public init(_ subject: Subject = .event, sequence: UInt64, reason: String) {
      self.subject = subject
      self.sequence = sequence
      self.reason = reason
    }
  }

  /// A report.
  public init(
    before: UInt64 = 0, events: UInt64, checkpoints: UInt64, head: [UInt8], root: [UInt8],
    fault: Fault?
  ) {
    self.before = before
    self.events = events
    self.checkpoints = checkpoints
    self.head = head
    self.root = root
    self.fault = fault
  }

  /// The hash of the last event that fits, in hex.
  public var headHex: String { Hex.encode(head) }
}

extension AuditReport.Fault: CustomStringConvertible {
  /// What does not fit and why, in one line.
  public var description: String {
    switch subject {
    case .start: "the log's start after event \(sequence): \(reason)"
    case .event: "event \(sequence): \(reason)"
    case .tree: "the tree's hash up to event \(sequence): \(reason)"
    case .checkpoint: "the checkpoint of \(sequence) events: \(reason)"
    }
  }
}
