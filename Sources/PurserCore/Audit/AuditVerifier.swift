public import LibCrypto

/// Checks an audit log event by event, in order; needs no daemon and no database.
///
/// It finds an event that was changed, left out, moved or added. A log whose every hash was made
/// anew shows against a checkpoint: one in the log, or one that was kept elsewhere. It keeps no
/// event, so its memory does not grow with the log.
public struct AuditVerifier: Sendable {
  /// How many events fit so far; they are numbered from 1.
  public var events: UInt64 { tree.size }
  /// The hash of the last one that fits.
  public private(set) var head = AuditChain.start
  /// How many events came before the first that was checked.
  public private(set) var before: UInt64 = 0
  /// How many checkpoints fit so far, those kept elsewhere not counted.
  public private(set) var checkpoints: UInt64 = 0
  /// The complete subtrees that the last event completed.
  public private(set) var completed: [MerkleRange.Completed] = []
  private var tree = MerkleRange()
  private let keys: [NoteKey]
  /// Checkpoints that came from elsewhere and were not reached yet, the largest first.
  private var kept: [Checkpoint]

  /// A verifier that has seen no event; checkpoints must be signed by one of `keys`, and the log
  /// must agree with those in `kept`.
  public init(keys: [NoteKey] = [], kept: [Checkpoint] = []) {
    self.keys = keys
    self.kept = kept.sorted { $0.size > $1.size }
  }

  /// What was found, with the first fault.
  public func report(_ fault: AuditReport.Fault?) -> AuditReport {
    AuditReport(
      before: before, events: events, checkpoints: checkpoints, head: head.bytes,
      root: tree.root.bytes,
      fault: fault)
  }

  /// Takes what is stated of the events before the next; after events that were checked it must be
  /// what these came to.
  ///
  /// The tree is bound by the next checkpoint, the hash by the event that follows alone.
  public mutating func begin(after start: LogStart) -> AuditReport.Fault? {
    guard events == 0 else {
      guard start == LogStart(head: head, tree: tree) else {
        return AuditReport.Fault(
          .start, sequence: start.size,
          reason: "it does not follow on what was checked before, which ends with event \(events)")
      }
      return nil
    }
    head = start.head
    tree = start.tree
    before = start.size
    guard let next = kept.last, next.size < before else { return nil }
    return AuditReport.Fault(
      .checkpoint, sequence: next.size,
      reason: "its events were archived: check the archives before this, in one command")
  }

  /// Checks the next event; nil when it fits.
  public mutating func check(
    sequence: UInt64, text: [UInt8], hash: [UInt8]
  ) -> AuditReport.Fault? {
    if let fault = checkKept() { return fault }
    let expected = events + 1
    guard sequence == expected else {
      return AuditReport.Fault(
        sequence: expected, reason: "missing: the next event is number \(sequence)")
    }
    let computed = AuditChain.hash(after: head, text: text[...])
    guard computed.bytes == hash else {
      return AuditReport.Fault(
        sequence: expected, reason: "its text, its hash or its place was changed")
    }
    guard AuditEventEnd(text)?.sequence == expected else {
      return AuditReport.Fault(sequence: expected, reason: "its text has another number")
    }
    head = computed
    completed.removeAll(keepingCapacity: true)
    tree.append(MerkleHash.leaf(text[...]), completed: &completed)
    return nil
  }

  /// Checks a checkpoint of the log itself, after the last event that it is about.
  public mutating func check(_ checkpoint: StoredCheckpoint) -> AuditReport.Fault? {
    guard checkpoint.size == events else {
      return AuditReport.Fault(
        .checkpoint, sequence: checkpoint.size,
        reason: "it is kept for \(checkpoint.size) events, and stands after \(events)")
    }
    return check(checkpoint, root: tree.root)
  }

  /// Checks the signature of a checkpoint whose last event is one of those before, and its root
  /// where that of the tree is known.
  public mutating func check(
    _ checkpoint: StoredCheckpoint, root: SHA256Digest?
  ) -> AuditReport.Fault? {
    let signed: Checkpoint
    do throws(SignedNoteError) {
      signed = try Checkpoint(note: checkpoint.note, keys: keys)
    } catch {
      return AuditReport.Fault(.checkpoint, sequence: checkpoint.size, reason: "\(error)")
    }
    guard signed.size == checkpoint.size else {
      return AuditReport.Fault(
        .checkpoint, sequence: checkpoint.size,
        reason: "it is signed for \(signed.size) events, and stands after \(checkpoint.size)")
    }
    guard let root else { return nil }
    guard signed.root == root else {
      return AuditReport.Fault(
        .checkpoint, sequence: checkpoint.size,
        reason: "the events up to it are not those that were signed")
    }
    checkpoints += 1
    return nil
  }

  /// Compares the end of the log with what was written down as its end, where there is such a
  /// thing, and with the checkpoints kept elsewhere.
  public mutating func checkEnd(
    sequence: UInt64? = nil, head recorded: SHA256Digest? = nil
  ) -> AuditReport.Fault? {
    if let sequence, events < sequence {
      return AuditReport.Fault(
        sequence: events + 1, reason: "missing: the log should go on to number \(sequence)")
    }
    guard sequence ?? events == events, recorded ?? head == head else {
      return AuditReport.Fault(
        sequence: max(events, 1), reason: "the log does not end where it was recorded to end")
    }
    if let fault = checkKept() { return fault }
    guard let beyond = kept.last else { return nil }
    return AuditReport.Fault(
      .checkpoint, sequence: beyond.size,
      reason: "the log ends at \(events): it was cut short, or put back to an earlier state")
  }

  /// Compares the events so far with checkpoints kept elsewhere that are about just these.
  private mutating func checkKept() -> AuditReport.Fault? {
    while let next = kept.last, next.size == events {
      kept.removeLast()
      guard next.root == tree.root else {
        return AuditReport.Fault(
          .checkpoint, sequence: next.size,
          reason: "the log is another one than that of the checkpoint kept elsewhere")
      }
    }
    return nil
  }
}

/// The members at the end of an event's canonical text, which stand in the order of their names:
/// `node` where there is one, `seq` and `time_ms`.
public struct AuditEventEnd: Sendable, Equatable {
  /// The number.
  public let sequence: UInt64
  /// The time, in milliseconds.
  public let timeMs: UInt64
  /// The node; nil when there is none.
  public let node: NodeID?

  /// Reads the end of `text`; nil when it does not end so.
  public init?(_ text: [UInt8]) {
    var rest = text[...]
    guard rest.drop(last: "}"), let timeMs = rest.popNumber(), rest.drop(last: ",\"time_ms\":"),
      let sequence = rest.popNumber(), rest.drop(last: ",\"seq\":")
    else { return nil }
    self.timeMs = timeMs
    self.sequence = sequence
    // An actor's node stands inside its braces, so it is never last.
    guard rest.drop(last: "\"") else {
      node = nil
      return
    }
    guard let id = NodeID(hexDigits: rest.suffix(32)) else { return nil }
    rest.removeLast(32)
    guard rest.drop(last: ",\"node\":\"") else { return nil }
    node = id
  }
}
