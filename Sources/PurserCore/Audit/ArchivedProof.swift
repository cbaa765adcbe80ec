internal import LibCrypto

/// Makes the proof of an event from the archive that has it, while the lines of that go by.
public struct ArchivedProof: Sendable {
  /// A hash of the proof to be, and the leaves below it.
  private struct Part {
    let leaves: Range<UInt64>
    var tree = MerkleRange()
  }

  private let index: UInt64
  private let size: UInt64
  private var parts: [Part]
  private var event: [UInt8]?
  private var checkpoint: String?
  private var unused: [MerkleRange.Completed] = []

  /// Looks for event `sequence` in an archive that begins after `start` and goes to event `end`;
  /// nil when that has not the event.
  public init?(of sequence: UInt64, after start: LogStart, until end: UInt64) {
    guard sequence > start.size,
      let parts = MerkleProof.inclusionParts(index: sequence - 1, size: end)
    else { return nil }
    index = sequence - 1
    size = end
    self.parts = parts.map { Part(leaves: $0) }
    // The event lies after all of these, so each is inside one part as a whole.
    for item in start.tree.subtrees {
      let first = item.subtree.number << UInt64(item.subtree.level)
      guard let place = self.parts.firstIndex(where: { $0.leaves.contains(first) }) else {
        continue
      }
      self.parts[place].tree.append(item.hash, level: item.subtree.level)
    }
  }

  /// Takes the next line of the archive.
  public mutating func read(_ line: AuditExport.Line) {
    switch line {
    case .event(let sequence, let text, _) where sequence == index + 1: event = text
    case .event(let sequence, let text, _) where sequence > 0:
      guard let place = parts.firstIndex(where: { $0.leaves.contains(sequence - 1) }) else {
        return
      }
      parts[place].tree.append(MerkleHash.leaf(text[...]), completed: &unused)
      unused.removeAll(keepingCapacity: true)
    case .checkpoint(let stored) where stored.size == size: checkpoint = stored.note
    default: return
    }
  }

  /// The proof, once all lines were read; nil when these do not lead to the root of the
  /// checkpoint at the archive's end.
  public func finished() -> LogProof? {
    guard let event, let checkpoint, let note = try? SignedNote(parsing: checkpoint),
      let head = Checkpoint(note.text), head.size == size
    else { return nil }
    let path = parts.map(\.tree.root)
    let leaf = MerkleHash.leaf(event[...])
    guard MerkleProof.root(leaf: leaf, index: index, size: size, path: path) == head.root else {
      return nil
    }
    return LogProof(event: event, index: index, path: path, checkpoint: checkpoint)
  }
}
