public import LibCrypto

/// What comes before the events at hand, where these do not begin with the log's first.
public struct LogStart: Sendable, Equatable {
  /// The hash of the last event before.
  public let head: SHA256Digest
  /// The Merkle tree over the events before.
  public let tree: MerkleRange

  /// Nothing comes before.
  public static let first = LogStart(head: AuditChain.start, tree: MerkleRange())

  /// A start after the events of `tree`, the last of which has the hash `head`.
  public init(head: SHA256Digest, tree: MerkleRange) {
    self.head = head
    self.tree = tree
  }

  /// How many events come before.
  public var size: UInt64 { tree.size }
}

/// How far back the log in the database reaches, and what of it is in archives.
public struct LogExtent: Sendable, Equatable {
  /// The last event that has left the database; 0 when none has.
  public let gone: UInt64
  /// The last event that is in an archive; those up to it leave the database.
  public let archived: UInt64
  /// The last event.
  public let end: UInt64

  /// A log of `end` events.
  public init(gone: UInt64, archived: UInt64, end: UInt64) {
    self.gone = gone
    self.archived = archived
    self.end = end
  }
}

/// A stretch of the log that is in a file.
public struct LogArchive: Sendable, Equatable {
  /// Archives end at multiples of so many events: what is left of the tree is whole rows.
  public static let block: UInt64 = 1 << UInt64(MerkleRange.keptLevels)
  /// At least so many events stay in the database.
  public static let tail: UInt64 = 256

  /// Its first event.
  public let first: UInt64
  /// Its last event.
  public let last: UInt64
  /// The hash of its last event.
  public let head: SHA256Digest
  /// The name of the file.
  public let file: String
  /// SHA-256 of the file, in hex.
  public let digest: String

  /// The events `first` to `last`, which are in `file`.
  public init(first: UInt64, last: UInt64, head: SHA256Digest, file: String, digest: String) {
    self.first = first
    self.last = last
    self.head = head
    self.file = file
    self.digest = digest
  }
}
