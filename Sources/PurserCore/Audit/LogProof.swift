public import LibCrypto

/// Why a proof does not hold.
public enum LogProofError: Error, Equatable, Sendable {
  /// It is longer than ``LogProof/maximumLength``.
  case tooLong
  /// It has not the form of a proof.
  case malformed
  /// Its checkpoint cannot be trusted.
  case checkpoint(SignedNoteError)
  /// It does not hold the event, which is its extra data.
  case noEvent
  /// The event and the path do not lead to the root of the checkpoint.
  case otherRoot
  /// The earlier checkpoint is of another log, or of a longer one.
  case otherLog
}

extension LogProofError: CustomStringConvertible {
  /// What is wrong, in one line.
  public var description: String {
    switch self {
    case .tooLong: "the proof is too long"
    case .malformed: "it is no proof of an audit log"
    case .checkpoint(let error): "its checkpoint: \(error)"
    case .noEvent: "it does not hold the event"
    case .otherRoot: "it does not lead to the root of the checkpoint"
    case .otherLog: "the checkpoints are of two logs, or the earlier one is of a longer log"
    }
  }
}

/// A proof that an event is in a log (C2SP tlog-proof), with the event as its extra data.
public struct LogProof: Sendable, Equatable {
  /// The longest proof that is read, in bytes.
  public static let maximumLength = 1 << 20
  /// The first line.
  public static let header = "c2sp.org/tlog-proof@v1"

  /// The canonical text of the event; nil when the proof came without.
  public let event: [UInt8]?
  /// The place of the event in the log, from 0: its number less one.
  public let index: UInt64
  /// The hashes from the event's sibling to the root's child.
  public let path: [SHA256Digest]
  /// The signed checkpoint.
  public let checkpoint: String

  /// A proof of these parts.
  public init(event: [UInt8]?, index: UInt64, path: [SHA256Digest], checkpoint: String) {
    self.event = event
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  /// Reads a proof; it has not been checked yet.
  /// - Throws: ``LogProofError/tooLong`` or ``LogProofError/malformed``.
  public init(parsing text: String) throws(LogProofError) {
    var lines = try ProofLines(text)
    guard lines.next() == Self.header else { throw .malformed }
    event = try lines.value(after: "extra").map { text throws(LogProofError) in
      guard let bytes = StrictBase64.decode(text) else { throw .malformed }
      return bytes
    }
    guard let index = try lines.value(after: "index").flatMap(Checkpoint.number) else {
      throw .malformed
    }
    self.index = index
    path = try lines.hashes()
    checkpoint = lines.rest
  }

  /// The proof as it is written to a file.
  public var text: String {
    let extra = event.map { "extra \(Base64.encode($0, .standard))\n" } ?? ""
    return "\(Self.header)\n\(extra)index \(index)\n\(ProofLines.text(path))\n\(checkpoint)"
  }

  /// Checks that the event is where the proof says, in the log whose key is one of `keys`; gives
  /// the checkpoint.
  /// - Throws: ``LogProofError``.
  public func verify(keys: [NoteKey]) throws(LogProofError) -> Checkpoint {
    guard let event else { throw .noEvent }
    let head: Checkpoint
    do throws(SignedNoteError) { head = try Checkpoint(note: checkpoint, keys: keys) } catch {
      throw .checkpoint(error)
    }
    let leaf = MerkleHash.leaf(event[...])
    let root = MerkleProof.root(leaf: leaf, index: index, size: head.size, path: path)
    guard root == head.root else { throw .otherRoot }
    return head
  }
}

/// A proof that a log begins with what an earlier checkpoint says of it: `old` and its size, the
/// hashes, and the later checkpoint, as witnesses are asked (C2SP tlog-witness).
public struct GrowthProof: Sendable, Equatable {
  private static let word = "old"

  /// How many events the earlier log has.
  public let earlier: UInt64
  /// The hashes of the consistency proof.
  public let path: [SHA256Digest]
  /// The later checkpoint, signed.
  public let checkpoint: String

  /// A proof of these parts.
  public init(earlier: UInt64, path: [SHA256Digest], checkpoint: String) {
    self.earlier = earlier
    self.path = path
    self.checkpoint = checkpoint
  }

  /// Whether `text` begins as such a proof does.
  public static func starts(_ text: String) -> Bool { text.hasPrefix(word + " ") }

  /// Reads a proof; it has not been checked yet.
  /// - Throws: ``LogProofError/tooLong`` or ``LogProofError/malformed``.
  public init(parsing text: String) throws(LogProofError) {
    var lines = try ProofLines(text)
    guard let earlier = try lines.value(after: Self.word).flatMap(Checkpoint.number) else {
      throw .malformed
    }
    self.earlier = earlier
    path = try lines.hashes()
    checkpoint = lines.rest
  }

  /// The proof as it is written to a file.
  public var text: String {
    "\(Self.word) \(earlier)\n\(ProofLines.text(path))\n\(checkpoint)"
  }

  /// Checks that the log grew from the one of `earlierNote`, both signed by one of `keys`; gives
  /// the later checkpoint.
  /// - Throws: ``LogProofError``.
  public func verify(from earlierNote: String, keys: [NoteKey]) throws(LogProofError) -> Checkpoint
  {
    let old: Checkpoint
    let new: Checkpoint
    do throws(SignedNoteError) {
      old = try Checkpoint(note: earlierNote, keys: keys)
      new = try Checkpoint(note: checkpoint, keys: keys)
    } catch { throw .checkpoint(error) }
    guard old.origin == new.origin, old.size == earlier, old.size <= new.size else {
      throw .otherLog
    }
    guard
      MerkleProof.isConsistent(
        earlier: old.size, earlierRoot: old.root, size: new.size, root: new.root, path: path)
    else { throw .otherRoot }
    return new
  }
}

/// The lines of a proof, read one after another.
private struct ProofLines {
  private var unread: Substring.UnicodeScalarView

  init(_ text: String) throws(LogProofError) {
    guard text.utf8.count <= LogProof.maximumLength else { throw .tooLong }
    unread = text[...].unicodeScalars
  }

  /// What was not read.
  var rest: String { String(unread) }

  /// The next line, or nil at the end or when the last line does not end.
  mutating func next() -> String? {
    guard let end = unread.firstIndex(of: "\n") else { return nil }
    defer { unread = unread[unread.index(after: end)...] }
    return String(unread[..<end])
  }

  /// What follows `word` and a space in the next line; nil, and nothing is read, for another.
  mutating func value(after word: String) throws(LogProofError) -> String? {
    var ahead = self
    guard let line = ahead.next(), line.hasPrefix(word + " ") else { return nil }
    self = ahead
    return String(line.dropFirst(word.count + 1))
  }

  /// The hashes in the lines up to an empty one.
  mutating func hashes() throws(LogProofError) -> [SHA256Digest] {
    var hashes: [SHA256Digest] = []
    while let line = next() {
      if line.isEmpty { return hashes }
      guard hashes.count <= MerkleProof.maximumLength, let hash = StrictBase64.decodeHash(line)
      else { throw .malformed }
      hashes.append(hash)
    }
    throw .malformed
  }

  static func text(_ hashes: [SHA256Digest]) -> String {
    hashes.map { Base64.encode($0.bytes, .standard) + "\n" }.joined()
  }
}
