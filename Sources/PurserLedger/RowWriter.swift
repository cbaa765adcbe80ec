internal import LibSQLite
internal import PurserCore

/// Writes the rows that commands change, inside one transaction of the writer.
///
/// Counters are gathered and written once at the end: the row of a hot top-level node changes with
/// every command below it, and is still written once for the whole group.
struct RowWriter {
  let connection: SQLiteConnection
  let now: Timestamp
  private var moved: [NodeID: Node] = [:]

  init(connection: SQLiteConnection, now: Timestamp) {
    self.connection = connection
    self.now = now
  }

  mutating func write(_ change: Change) throws(SQLiteError) {
    switch change {
    case .node(let node): try write(node)
    case .mark(let node, let mark): try write(mark, on: node)
    case .hold(let hold): try write(hold)
    case .payment(let payment): try write(payment)
    case .credential(let credential): try write(credential)
    case .credentialRemoved(let id): try removeCredential(id)
    case .idempotency(let record): try write(record)
    }
  }

  /// Writes the counters that moved.
  mutating func finish() throws(SQLiteError) {
    let sql = """
      UPDATE nodes SET settled_msat = ?2, held_msat = ?3, descendants = ?4, spend_limit_msat = ?5,
        payment_limit_msat = ?6, valid_until_s = ?7
      WHERE id = ?1
      """
    for node in moved.values {
      try change(
        sql,
        [
          .id(node.id), .amount(node.settled), .amount(node.held), .count(node.descendants),
          .amount(node.spendLimit), .amount(node.paymentLimit), .optional(node.validUntilSeconds),
        ])
    }
    moved.removeAll()
  }

  private mutating func write(_ node: Node) throws(SQLiteError) {
    // One that was made in this group has no row yet, and holds are about to refer to it.
    if moved[node.id] == nil, node.createdAt == now { try insert(node) }
    moved[node.id] = node
  }

  private func insert(_ node: Node) throws(SQLiteError) {
    let sql = """
      INSERT INTO nodes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (id) DO NOTHING
      """
    try connection.run(
      sql,
      [
        .id(node.id), .id(node.parent), .optional(node.name), .amount(node.spendLimit),
        .amount(node.paymentLimit), .optional(node.validUntilSeconds), .time(node.createdAt),
        .amount(node.settled), .amount(node.held), .count(node.descendants),
      ])
  }

  private func write(_ mark: NodeMark?, on node: NodeID) throws(SQLiteError) {
    guard let mark else {
      return try change("DELETE FROM marks WHERE node = ?1", [.id(node)])
    }
    try connection.run(
      "INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3)",
      [.id(node), .text(mark.state.rawValue), .id(mark.setBy)])
  }

  private func write(_ hold: Hold) throws(SQLiteError) {
    guard hold.state == .held else {
      return try change(
        "UPDATE holds SET state = ?2, settled_msat = ?3 WHERE id = ?1 AND state = 'held'",
        [.id(hold.id), .text(hold.state.rawValue), .amount(hold.settled)])
    }
    try connection.run(
      "INSERT INTO holds VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      [
        .id(hold.id), .id(hold.node), .text(hold.kind.rawValue), .amount(hold.amount),
        .time(hold.createdAt), .time(hold.expiresAt), .text(hold.state.rawValue),
        .amount(hold.settled),
      ])
  }

  private func write(_ payment: Payment) throws(SQLiteError) {
    guard payment.state == .intent else {
      return try change(
        """
        UPDATE payments SET state = ?2
        WHERE hold = ?1 AND state IN ('intent', 'sent', 'unknown')
        """, [.id(payment.hold), .text(payment.state.rawValue)])
    }
    try connection.run(
      """
      INSERT INTO payments (\(Payment.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
      """,
      [
        .id(payment.hold), .id(payment.node), .blob(payment.paymentHash), .text(payment.invoice),
        .amount(payment.amount), .amount(payment.feeLimit),
        .count(payment.invoiceExpiresAtSeconds), .text(payment.purchase.service),
        .names(payment.purchase.capabilities), .id(payment.purchase.scope),
        .blob(payment.sealedToken), .text(payment.state.rawValue),
      ])
  }

  private func write(_ credential: Credential) throws(SQLiteError) {
    let sql = """
      INSERT INTO credentials (\(Credential.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, sealed = excluded.sealed
      """
    try connection.run(
      sql,
      [
        .id(credential.id), .text(credential.purchase.service),
        .names(credential.purchase.capabilities), .id(credential.purchase.scope),
        .blob(credential.paymentHash), .optional(credential.validUntilSeconds),
        .amount(credential.cost), .id(credential.boughtBy), .blob(credential.sealed),
        .time(credential.createdAt), .text(credential.state.rawValue),
      ])
  }

  /// The payment remembers that its credential was taken out, so that its absence is no fault.
  private func removeCredential(_ id: CredentialID) throws(SQLiteError) {
    try connection.run(
      """
      UPDATE payments SET credential_removed = 1 WHERE state = 'settled'
      AND payment_hash = (SELECT payment_hash FROM credentials WHERE id = ?1)
      """, [.id(id)])
    try change("DELETE FROM credentials WHERE id = ?1", [.id(id)])
  }

  private func write(_ record: IdempotencyRecord) throws(SQLiteError) {
    let sql = """
      INSERT OR REPLACE INTO idempotency
      (node, method, key, digest, attachment, created_at_ms, \(StoredOutcome.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """
    try connection.run(
      sql,
      record.claim.address + [
        .blob(record.claim.digest), .optional(record.attachment), .time(now),
      ] + StoredOutcome(record.outcome).values)
  }

  /// Runs a statement that must change a row.
  private func change(_ sql: String, _ values: [SQLiteValue]) throws(SQLiteError) {
    try connection.run(sql, values)
    guard connection.changedRows == 1 else { throw .lostRow }
  }
}
