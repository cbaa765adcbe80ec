import PurserCore
import PurserLedger
import Synchronization

/// A ledger that counts reads of nodes, whose disk may refuse some commands, and whose answers may
/// be kept back.
final class WatchedLedger: Ledger {
  private let ledger: SQLiteLedger
  private let refuses: Mutex<@Sendable (Command) -> Bool>
  private let reads = Atomic(0)
  private let kept = Mutex<Kept?>(nil)

  private struct Kept {
    var answers: [@Sendable () -> Void] = []
    var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  /// How often a node was read.
  var nodeReads: Int { reads.load(ordering: .relaxed) }

  init(
    _ ledger: SQLiteLedger, _ refuses: @escaping @Sendable (Command) -> Bool = { _ in false }
  ) {
    self.ledger = ledger
    self.refuses = Mutex(refuses)
  }

  /// Keeps the answers to what is put in the queue from now on.
  func keepAnswers() { kept.withLock { $0 = Kept() } }

  /// Returns when so many answers are kept.
  func waitForAnswers(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReached = kept.withLock { kept in
        guard let there = kept?.answers.count, there < count else { return true }
        kept?.watcher = (count, continuation)
        return false
      }
      if isReached { continuation.resume() }
    }
  }

  /// Gives the answers that were kept, and those that follow.
  func giveAnswers() {
    let answers = kept.withLock { kept in
      defer { kept = nil }
      return kept?.answers ?? []
    }
    for answer in answers { answer() }
  }

  /// Keeps an answer; false when answers are not kept.
  private func keep(_ answer: @escaping @Sendable () -> Void) -> Bool {
    let (isKept, watcher) = kept.withLock { kept in
      kept?.answers.append(answer)
      guard let watcher = kept?.watcher, kept?.answers.count == watcher.count else {
        return (kept != nil, nil as CheckedContinuation<Void, Never>?)
      }
      return (true, watcher.continuation)
    }
    watcher?.resume()
    return isKept
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
      ledger.enqueue(request, from: source) { [self] result in
        if !keep({ answer(result) }) { answer(result) }
      }
    }
  }

  func nodes(
    under root: NodeID?, includesOver: Bool, limit: Int
  ) throws(Refusal) -> (nodes: [Node], isCut: Bool) {
    try ledger.nodes(under: root, includesOver: includesOver, limit: limit)
  }
  func node(_ id: NodeID) throws(Refusal) -> Node? {
    reads.add(1, ordering: .relaxed)
    return try ledger.node(id)
  }
  func marks(among ids: [NodeID]) throws(Refusal) -> [NodeID: NodeMark] {
    try ledger.marks(among: ids)
  }
  func examine(
    _ chain: GrantChain, for question: LedgerQuestion, bounds: LedgerState.Bounds
  ) throws(Refusal) -> LedgerFindings {
    try ledger.examine(chain, for: question, bounds: bounds)
  }
  func hold(_ id: HoldID) throws(Refusal) -> Hold? { try ledger.hold(id) }
  func payment(hold: HoldID) throws(Refusal) -> Payment? { try ledger.payment(hold: hold) }
  func openPayments() throws(Refusal) -> [Payment] { try ledger.openPayments() }

  func outstandingCredentials(
    under root: NodeID, at now: Timestamp, limit: Int
  ) throws(Refusal) -> (credentials: [OutstandingCredential], isCut: Bool) {
    try ledger.outstandingCredentials(under: root, at: now, limit: limit)
  }
  func payments(
    sentFrom start: Timestamp, before end: Timestamp, limit: Int
  ) throws(Refusal) -> [BookedPayment] {
    try ledger.payments(sentFrom: start, before: end, limit: limit)
  }
  func bookedPayment(hash: [UInt8]) throws(Refusal) -> BookedPayment? {
    try ledger.bookedPayment(hash: hash)
  }
  func isBookedSinceRestore(hash: [UInt8]) throws(Refusal) -> Bool {
    try ledger.isBookedSinceRestore(hash: hash)
  }
  func credential(paymentHash: [UInt8]) throws(Refusal) -> Credential? {
    try ledger.credential(paymentHash: paymentHash)
  }
  func hasCopy(of credential: CredentialID, at node: NodeID) throws(Refusal) -> Bool {
    try ledger.hasCopy(of: credential, at: node)
  }
  func rules(of id: NodeID) throws(Refusal) -> [String] { try ledger.rules(of: id) }
  func openApprovals() throws(Refusal) -> [Approval] { try ledger.openApprovals() }
  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord? {
    try ledger.idempotencyRecord(for: claim)
  }
  func credentials(service: String?) throws(Refusal) -> [Credential] {
    try ledger.credentials(service: service)
  }
  func activeCredentials(service: String) throws(Refusal) -> [Credential] {
    try ledger.activeCredentials(service: service)
  }
  func events(
    after sequence: UInt64, limit: Int, under node: NodeID?
  ) throws(Refusal) -> [StoredEvent] {
    try ledger.events(after: sequence, limit: limit, under: node)
  }
  func committedEvents() -> AsyncStream<UInt64> { ledger.committedEvents() }
  func logHead() throws(Refusal) -> LogHead { try ledger.logHead() }
  func latestCheckpoint() throws(Refusal) -> StoredCheckpoint? { try ledger.latestCheckpoint() }
  func verifyAudit(keys: [NoteKey]) throws(Refusal) -> AuditReport {
    try ledger.verifyAudit(keys: keys)
  }
  func verifyLedger() throws(Refusal) -> LedgerReport { try ledger.verifyLedger() }
  func writeArchive(endedBefore end: Timestamp) throws(Refusal) -> ArchiveFile? {
    try ledger.writeArchive(endedBefore: end)
  }
  func logExtent() throws(Refusal) -> LogExtent { try ledger.logExtent() }
  func archivableLog(before end: Timestamp) throws(Refusal) -> LogHead? {
    try ledger.archivableLog(before: end)
  }
  func writeLogArchive(
    upTo last: UInt64, keys: [NoteKey]
  ) throws(Refusal) -> (path: String, archive: LogArchive) {
    try ledger.writeLogArchive(upTo: last, keys: keys)
  }
  func sealedCounts() throws(Refusal) -> [UInt64: SealedCounts] { try ledger.sealedCounts() }
  func sealedRecords(
    under keyID: UInt64, from cursor: SealedCursor, limit: Int
  ) throws(Refusal) -> (records: [SealedRecord], next: SealedCursor?) {
    try ledger.sealedRecords(under: keyID, from: cursor, limit: limit)
  }
  func writeBackup(
    to path: String, keyring: Keyring
  ) async throws(Refusal) -> BackupReport {
    try await ledger.writeBackup(to: path, keyring: keyring)
  }
  func restoration() throws(Refusal) -> Restoration? { try ledger.restoration() }
  func now() -> Timestamp { ledger.now() }
}
