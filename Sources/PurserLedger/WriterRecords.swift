internal import LibSQLite
internal import PurserCore

/// Rows that commands ask for while they are applied, read through the writer's own connection, so
/// that they show what commands before them in the same group have written.
final class WriterRecords: LedgerRecords {
  private let connection: SQLiteConnection
  private var failure: SQLiteError?

  init(_ connection: SQLiteConnection) { self.connection = connection }

  /// Why a row could not be read since the last time that this was asked.
  ///
  /// SQLite may have rolled the transaction back, so the whole group has failed.
  func takeFailure() -> SQLiteError? {
    defer { failure = nil }
    return failure
  }

  func node(_ id: NodeID) throws(Refusal) -> Node? {
    try read { () throws(SQLiteError) in try connection.node(id) }
  }

  func buckets(
    of node: Node, _ kind: SpendSeries.Kind
  ) throws(Refusal) -> [SpendSeries.Bucket] {
    try read { () throws(SQLiteError) in try connection.buckets(of: node, kind) }
  }

  func charges(
    at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
  ) throws(Refusal) -> [SpendSeries.Bucket] {
    try read { () throws(SQLiteError) in
      try connection.charges(at: node, since: start, kind)
    }
  }

  func endedHold(_ id: HoldID) throws(Refusal) -> Hold? {
    try read { () throws(SQLiteError) in try connection.hold(id) }
  }

  func payment(hash: [UInt8]) throws(Refusal) -> Payment? {
    let sql = """
      SELECT \(Payment.columns) FROM payments WHERE payment_hash = ?1
      ORDER BY number DESC LIMIT 1
      """
    return try read { () throws(SQLiteError) in
      try connection.rows(sql, [.blob(hash)]) { row throws(SQLiteError) in try Payment(row) }.first
    }
  }

  func hasWalletPayment(hash: [UInt8]) throws(Refusal) -> Bool {
    try read { () throws(SQLiteError) in
      try connection.integer(
        "SELECT count(*) FROM wallet_payments WHERE payment_hash = ?1", [.blob(hash)]) != 0
    }
  }

  func hasCopy(of credential: CredentialID, at node: NodeID) throws(Refusal) -> Bool {
    try read { () throws(SQLiteError) in try connection.hasCopy(of: credential, at: node) }
  }

  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord? {
    try read { () throws(SQLiteError) in try connection.idempotencyRecord(for: claim) }
  }

  func logExtent() throws(Refusal) -> LogExtent {
    try read { () throws(SQLiteError) in try connection.logExtent() }
  }

  func credential(_ id: CredentialID) throws(Refusal) -> Credential? {
    try read { () throws(SQLiteError) in try connection.credential(id) }
  }

  private func read<Value>(
    _ body: () throws(SQLiteError) -> Value
  ) throws(Refusal) -> Value {
    do throws(SQLiteError) { return try body() } catch {
      failure = error
      throw error.writeRefusal
    }
  }
}
