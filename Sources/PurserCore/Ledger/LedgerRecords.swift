/// Rows that are not in memory, read inside the writer's transaction.
public protocol LedgerRecords {
  /// A node, open or over; nil when it was never met.
  func node(_ id: NodeID) throws(Refusal) -> Node?
  /// The buckets of a series that is kept for `node`, in order of time.
  func buckets(
    of node: Node, _ kind: SpendSeries.Kind
  ) throws(Refusal) -> [SpendSeries.Bucket]
  /// What the charges at `node` and below that were admitted since `start` amount to, or how many
  /// operations there were, in order of time.
  func charges(
    at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
  ) throws(Refusal) -> [SpendSeries.Bucket]
  /// A hold that has ended.
  func endedHold(_ id: HoldID) throws(Refusal) -> Hold?
  /// The latest payment for a hash.
  func payment(hash: [UInt8]) throws(Refusal) -> Payment?
  /// Whether the hash is one of a payment that was found in the wallet after a restore.
  func hasWalletPayment(hash: [UInt8]) throws(Refusal) -> Bool
  /// The stored answer for the key of `claim`, whatever its digest.
  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord?
  /// How far back the audit log reaches; its end may be short of what commands of the same group
  /// have written.
  func logExtent() throws(Refusal) -> LogExtent
  /// A credential of the vault.
  func credential(_ id: CredentialID) throws(Refusal) -> Credential?
  /// Whether the holder of `node` got a copy of the credential before.
  func hasCopy(of credential: CredentialID, at node: NodeID) throws(Refusal) -> Bool
}
