/// The ledger as the coordinator sees it: one writer, and reads that never wait for it.
public protocol Ledger: Sendable {
  /// Applies one request; returns when it is on disk.
  ///
  /// `source` names whose queue it waits in: no source can starve another.
  /// - Throws: ``Refusal``; nothing was changed.
  func submit(_ request: LedgerRequest, from source: UInt64) async throws(Refusal) -> Applied
  /// Takes one request and returns at once; `answer` is called once, when it is on disk or refused.
  ///
  /// On any thread, perhaps before this returns; whatever it does holds up everybody else's
  /// answers, so it must not block. `source` is as for ``submit(_:from:)``.
  func enqueue(
    _ request: LedgerRequest, from source: UInt64,
    answer: @escaping @Sendable (Result<Applied, Refusal>) -> Void)
  /// The nodes at `root` and below, parents before children, or those of all trees; those that are
  /// over only when `includesOver` says so.
  /// - Returns: At most `limit` nodes, and whether there are more.
  func nodes(
    under root: NodeID?, includesOver: Bool, limit: Int
  ) throws(Refusal) -> (nodes: [Node], isCut: Bool)
  /// One node, or nil when it was never met.
  func node(_ id: NodeID) throws(Refusal) -> Node?
  /// What the token of a node stated beside its amounts and its end when it was first met.
  func rules(of id: NodeID) throws(Refusal) -> [String]
  /// What stops these nodes, met or not.
  func marks(among ids: [NodeID]) throws(Refusal) -> [NodeID: NodeMark]
  /// What the ledger says to `question` of the holder of `chain` now, within `bounds` and by what is
  /// committed.
  func examine(
    _ chain: GrantChain, for question: LedgerQuestion, bounds: LedgerState.Bounds
  ) throws(Refusal) -> LedgerFindings
  /// A hold, open or ended.
  func hold(_ id: HoldID) throws(Refusal) -> Hold?
  /// A payment by its hold.
  func payment(hold: HoldID) throws(Refusal) -> Payment?
  /// The payments that are not final.
  func openPayments() throws(Refusal) -> [Payment]
  /// The payments that were first sent from `start` on and before `end`, with what was settled for
  /// them, the oldest first, at most `limit`.
  func payments(
    sentFrom start: Timestamp, before end: Timestamp, limit: Int
  ) throws(Refusal) -> [BookedPayment]
  /// The latest payment for a hash, with what was settled for it.
  func bookedPayment(hash: [UInt8]) throws(Refusal) -> BookedPayment?
  /// Whether the hash is one that was found in the wallet after a restore and has been booked.
  func isBookedSinceRestore(hash: [UInt8]) throws(Refusal) -> Bool
  /// The approvals that were not used, in the order in which they were asked for; some are over.
  func openApprovals() throws(Refusal) -> [Approval]
  /// The credentials of a service that are handed out, the oldest first.
  func activeCredentials(service: String) throws(Refusal) -> [Credential]
  /// The stored answer for a key, whatever its digest.
  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord?
  /// The credentials of a service, or of all services; retired ones too.
  func credentials(service: String?) throws(Refusal) -> [Credential]
  /// The latest credential that was paid under a hash; retired ones too.
  func credential(paymentHash: [UInt8]) throws(Refusal) -> Credential?
  /// Whether the holder of `node` got a copy of the credential before.
  func hasCopy(of credential: CredentialID, at node: NodeID) throws(Refusal) -> Bool
  /// The credentials of which copies were handed out at `root` and below that have not ended at
  /// `now`; at most `limit`, those that end last first, and whether there are more.
  func outstandingCredentials(
    under root: NodeID, at now: Timestamp, limit: Int
  ) throws(Refusal) -> (credentials: [OutstandingCredential], isCut: Bool)
  /// Events after `sequence`, oldest first; at `node` and below it when that is given.
  func events(
    after sequence: UInt64, limit: Int, under node: NodeID?
  ) throws(Refusal) -> [StoredEvent]
  /// The number of the last event on disk: at once, and then whenever it has grown.
  ///
  /// Who is slow gets the newest number alone. It ends with the ledger.
  func committedEvents() -> AsyncStream<UInt64>
  /// How many events the log has, and the root of the tree over them.
  func logHead() throws(Refusal) -> LogHead
  /// The checkpoint of the greatest size.
  func latestCheckpoint() throws(Refusal) -> StoredCheckpoint?
  /// Checks the whole log: chain, tree, and the checkpoints, which must be signed by `keys`.
  func verifyAudit(keys: [NoteKey]) throws(Refusal) -> AuditReport
  /// Recomputes every counter from the rows.
  func verifyLedger() throws(Refusal) -> LedgerReport
  /// Writes subtrees that ended before `end` to a new file; nil when there are none.
  func writeArchive(endedBefore end: Timestamp) throws(Refusal) -> ArchiveFile?
  /// How far back the audit log reaches.
  func logExtent() throws(Refusal) -> LogExtent
  /// The head of the longest log that the next archive can end with, whose events are older than
  /// `end`; nil when there is none.
  func archivableLog(before end: Timestamp) throws(Refusal) -> LogHead?
  /// Writes the events up to `last`, of which there must be a checkpoint, to a new file; they must
  /// fit, and their checkpoints be signed by `keys`.
  func writeLogArchive(
    upTo last: UInt64, keys: [NoteKey]
  ) throws(Refusal) -> (path: String, archive: LogArchive)
  /// How many sealed records need each master key, by the key's number.
  func sealedCounts() throws(Refusal) -> [UInt64: SealedCounts]
  /// At most `limit` records that are sealed under a key, and where to go on; nil at the end.
  func sealedRecords(
    under keyID: UInt64, from cursor: SealedCursor, limit: Int
  ) throws(Refusal) -> (records: [SealedRecord], next: SealedCursor?)
  /// Writes a sealed copy of the ledger as it is on disk now to a new file, beside the writer.
  func writeBackup(to path: String, keyring: Keyring) async throws(Refusal) -> BackupReport
  /// What is to be done before the grants of a restored ledger spend; nil for one that never was.
  func restoration() throws(Refusal) -> Restoration?
  /// The greater of the wall clock and the last time on disk.
  func now() -> Timestamp
}

/// What recomputing the counters found.
public struct LedgerReport: Sendable, Equatable {
  /// How many nodes were checked.
  public let nodes: UInt64
  /// How many holds were added up.
  public let holds: UInt64
  /// Each difference, in words.
  public let faults: [String]

  /// A report.
  public init(nodes: UInt64, holds: UInt64, faults: [String]) {
    self.nodes = nodes
    self.holds = holds
    self.faults = faults
  }
}

/// A file with subtrees that are over.
public struct ArchiveFile: Sendable {
  /// Where it is.
  public let path: String
  /// SHA-256 of its lines but the last, in hex.
  public let digest: String
  /// The roots of the subtrees in it, with how many grants each has.
  public let roots: [(id: NodeID, grants: UInt64)]
  /// How many grants are in it.
  public let grants: UInt64
  /// How many holds are in it.
  public let holds: UInt64

  /// A file at `path`.
  public init(
    path: String, digest: String, roots: [(id: NodeID, grants: UInt64)], grants: UInt64,
    holds: UInt64
  ) {
    self.path = path
    self.digest = digest
    self.roots = roots
    self.grants = grants
    self.holds = holds
  }
}
