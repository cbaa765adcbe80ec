import PurserCore
import PurserLedger
import Synchronization

/// A ledger that counts reads of nodes, and whose disk may refuse some commands.
final class WatchedLedger: Ledger {
  private let ledger: SQLiteLedger
  private let refuses: Mutex<@Sendable (Command) -> Bool>
  private let reads = Atomic(0)

  /// How often a node was read.
  var nodeReads: Int { reads.load(ordering: .relaxed) }

  init(
    _ ledger: SQLiteLedger, _ refuses: @escaping @Sendable (Command) -> Bool = { _ in false }
  ) {
    self.ledger = ledger
    self.refuses = Mutex(refuses)
  }

  func mend() { refuses.withLock { $0 = { _ in false } } }

  func submit(_ request: LedgerRequest, from source: UInt64) async throws(Refusal) -> Applied {
    if refuses.withLock({ $0 })(request.command) { throw .storage("the disk is full") }
    return try await ledger.submit(request, from: source)
  }

  func enqueue(
    _ request: LedgerRequest, from source: UInt64,
    answer: @escaping @Sendable (Result<Applied, Refusal>) -> Void
  ) {
    if refuses.withLock({ $0 })(request.command) {
      answer(.failure(.storage("the disk is full")))
    } else {
      ledger.enqueue(request, from: source, answer: answer)
    }
  }

  func nodes() throws(Refusal) -> [NodeSummary] { try ledger.nodes() }
  func node(_ id: NodeID) throws(Refusal) -> NodeSummary? {
    reads.add(1, ordering: .relaxed)
    return try ledger.node(id)
  }
  func marks(among ids: [NodeID]) throws(Refusal) -> [NodeID: NodeMark] {
    try ledger.marks(among: ids)
  }
  func hold(_ id: HoldID) throws(Refusal) -> Hold? { try ledger.hold(id) }
  func payment(hold: HoldID) throws(Refusal) -> Payment? { try ledger.payment(hold: hold) }
  func openPayments() throws(Refusal) -> [Payment] { try ledger.openPayments() }
  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord? {
    try ledger.idempotencyRecord(for: claim)
  }
  func credentials(service: String?) throws(Refusal) -> [Credential] {
    try ledger.credentials(service: service)
  }
  func events(
    after sequence: UInt64, limit: Int, under node: NodeID?
  ) throws(Refusal) -> [StoredEvent] {
    try ledger.events(after: sequence, limit: limit, under: node)
  }
  func verifyAudit() throws(Refusal) -> AuditReport { try ledger.verifyAudit() }
  func verifyLedger() throws(Refusal) -> LedgerReport { try ledger.verifyLedger() }
  func now() -> Timestamp { ledger.now() }
}
