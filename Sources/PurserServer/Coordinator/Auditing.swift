internal import LibCrypto
internal import PurserAPI
public import PurserCore

// The audit log for operators: reading it, checking it, signing checkpoints of it.
extension Coordinator {
  func listAudit(_ parameters: AuditList.Parameters) throws(Refusal) -> AuditList.Reply {
    let limit = parameters.limit ?? 100
    guard (1...1000).contains(limit) else { throw .invalid("limit is from 1 to 1000") }
    let events = try ledger.events(
      after: parameters.after ?? 0, limit: limit, under: parameters.node)
    let gone = try ledger.logExtent().gone
    return AuditList.Reply(
      events: events.map { .init(seq: $0.sequence, event: $0.text, hash: Hex.encode($0.hash)) },
      archived: parameters.after ?? 0 < gone ? gone : nil)
  }

  func verifyAudit() throws(Refusal) -> AuditVerify.Reply {
    AuditVerify.Reply(try ledger.verifyAudit(keys: auditKeys.all))
  }

  /// Signs the log as it is on disk and keeps the checkpoint; the one there is when the log has not
  /// grown since.
  func checkpoint() async throws(Refusal) -> AuditCheckpoint.Reply {
    let signer = auditKeys.signer
    let head = try ledger.logHead()
    if let latest = try ledger.latestCheckpoint(), latest.size == head.size,
      let signed = try? Checkpoint(note: latest.note, keys: [signer.key]), signed.root == head.root
    {
      return AuditCheckpoint.Reply(note: latest.note, size: head.size, key: signer.key.text)
    }
    let note = try await sign(head)
    return AuditCheckpoint.Reply(note: note, size: head.size, key: signer.key.text)
  }

  /// Signs a head of the log and keeps the checkpoint, unless there is one of its size.
  @discardableResult
  func sign(_ head: LogHead) async throws(Refusal) -> String {
    let signer = auditKeys.signer
    let note = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
      .note(signedBy: signer)
    let stored = StoredCheckpoint(size: head.size, note: note)
    _ = try await ledger.submit(
      LedgerRequest(actor: .daemon, command: .storeCheckpoint(stored)), from: Self.daemonSource)
    return note
  }

  /// Signs a checkpoint when the log has grown since the last one; gives whether it did.
  /// - Throws: ``Refusal``; the next one makes up for it.
  @discardableResult
  public func checkpointIfGrown() async throws(Refusal) -> Bool {
    let size = try ledger.logHead().size
    guard size > 0, try ledger.latestCheckpoint()?.size != size else { return false }
    _ = try await checkpoint()
    return true
  }
}

// The part of the log that is about a caller's own subtree, as it may see it.
extension Coordinator {
  func listOwnAudit(
    _ parameters: AuditMine.Parameters, to caller: Caller
  ) throws(Refusal) -> AuditMine.Reply {
    let chain = try caller.requiredChain()
    let limit = parameters.limit ?? 100
    guard (1...1000).contains(limit) else { throw .invalid("limit is from 1 to 1000") }
    let events = try ledger.events(after: parameters.after ?? 0, limit: limit, under: chain.node)
    let above = Set(chain.levels.dropLast().map(\.node))
    return AuditMine.Reply(
      events: try events.map { stored throws(Refusal) in try Self.event(stored, hiding: above) })
  }

  /// An event without who operates the daemon, what operators wrote, and the grants above.
  private static func event(
    _ stored: StoredEvent, hiding above: Set<NodeID>
  ) throws(Refusal) -> AuditMine.Event {
    guard let event = try? WireJSON.decode(LoggedEvent.self, from: Array(stored.text.utf8)) else {
      throw .storage("an event of the audit log is not readable")
    }
    let actor = event.actor.node.flatMap { above.contains($0) ? nil : $0 }
    return AuditMine.Event(
      seq: stored.sequence, timeMs: event.timeMs, action: event.action, by: event.actor.kind,
      actor: actor, node: event.node, details: event.details?.filter { $0.key != "evidence" })
  }
}

/// The parts of an event's text.
private struct LoggedEvent: Decodable {
  struct Actor: Decodable {
    let kind: String
    let node: NodeID?
  }

  let action: String
  let actor: Actor
  let timeMs: UInt64
  let node: NodeID?
  let details: [String: CanonicalJSON]?

  enum CodingKeys: String, CodingKey {
    case action, actor, node, details
    case timeMs = "time_ms"
  }
}
