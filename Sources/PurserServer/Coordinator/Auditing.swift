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
