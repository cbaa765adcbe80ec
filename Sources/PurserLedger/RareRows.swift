internal import LibSQLite
internal import PurserCore

// The rows that commands change now and then: marks, payments, credentials, stored answers.
extension SQLiteConnection {
  /// A mark on a node that was never met.
  func write(_ mark: NodeMark?, on node: NodeID) throws(SQLiteError) {
    guard let mark else {
      return try change("DELETE FROM marks WHERE node = ?1", [.id(node)])
    }
    try run(
      "INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3)",
      [.id(node), .text(mark.state.rawValue), .id(mark.setBy)])
  }

  /// What is below a revoked node need not be in memory after the next start, but where money is
  /// still set aside.
  func closeSubtree(of node: NodeID) throws(SQLiteError) {
    try run(
      """
      WITH RECURSIVE below (number) AS (
        SELECT number FROM nodes WHERE id = ?1
        UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number
        WHERE nodes.is_open = 1)
      UPDATE nodes SET is_open = 0
      WHERE number IN below AND held_msat = 0 AND escrowed_msat = 0 AND is_escrowed = 0
      """, [.id(node)])
  }

  /// Takes out a node that is in an archive, everything below it, and what refers to any of them.
  func deleteSubtree(of number: UInt64) throws(SQLiteError) {
    let below = """
      WITH RECURSIVE below (number) AS (
        VALUES (?1) UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number)
      """
    try run(
      """
      INSERT INTO archived (node, second, amount, calls) \(below)
      SELECT parent, at / 1000, sum(amount), sum(calls) FROM (
        SELECT admitted_at_ms AS at, settled_msat AS amount, 1 AS calls
        FROM holds WHERE node IN below
        UNION ALL SELECT issued_at_ms, 0, 1 FROM copies WHERE node IN below AND is_counted = 1
        UNION ALL SELECT second * 1000, amount, calls FROM archived WHERE node IN below
      ) JOIN nodes ON nodes.number = ?1
      WHERE parent IS NOT NULL GROUP BY parent, at / 1000
      ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, calls = calls + excluded.calls
      """, [.count(number)])
    try run("\(below) DELETE FROM archived WHERE node IN below", [.count(number)])
    try run("\(below) DELETE FROM copies WHERE node IN below", [.count(number)])
    try run("\(below) DELETE FROM spending WHERE node IN below", [.count(number)])
    try run(
      "\(below) DELETE FROM payments WHERE hold IN (SELECT id FROM holds WHERE node IN below)",
      [.count(number)])
    try run(
      """
      \(below) DELETE FROM wallet_payments
      WHERE hold IN (SELECT id FROM holds WHERE node IN below)
      """, [.count(number)])
    try run("\(below) DELETE FROM holds WHERE node IN below", [.count(number)])
    try run("\(below) DELETE FROM nodes WHERE number IN below", [.count(number)])
  }

  func write(_ payment: Payment) throws(SQLiteError) {
    guard payment.state == .intent else {
      return try change(
        """
        UPDATE payments SET state = ?2, sent_at_ms = ?3, is_sent_again = ?4
        WHERE hold = ?1 AND state IN ('intent', 'sent', 'unknown')
        """,
        [
          .id(payment.hold), .text(payment.state.rawValue), .time(payment.sentAt),
          .integer(payment.isSentAgain ? 1 : 0),
        ])
    }
    try run(
      """
      INSERT INTO payments (\(Payment.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL, 0)
      """,
      [
        .id(payment.hold), .id(payment.node), .blob(payment.paymentHash), .text(payment.invoice),
        .amount(payment.amount), .amount(payment.feeLimit),
        .count(payment.invoiceExpiresAtSeconds), .text(payment.purchase.service),
        .names(payment.purchase.capabilities), .id(payment.purchase.scope),
        .blob(payment.sealedToken), .text(payment.state.rawValue),
      ])
  }

  func write(_ credential: Credential) throws(SQLiteError) {
    let sql = """
      INSERT INTO credentials (\(Credential.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, sealed = excluded.sealed
      """
    try run(
      sql,
      [
        .id(credential.id), .text(credential.purchase.service),
        .names(credential.purchase.capabilities), .id(credential.purchase.scope),
        .blob(credential.paymentHash), .optional(credential.validUntilSeconds),
        .amount(credential.cost), .id(credential.boughtBy), .blob(credential.sealed),
        .time(credential.createdAt), .text(credential.state.rawValue),
      ])
  }

  func write(_ approval: Approval) throws(SQLiteError) {
    let sql = """
      INSERT INTO approvals (\(Approval.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state
      """
    try run(
      sql,
      [
        .id(approval.id), .id(approval.node), .text(approval.purchase.service),
        .names(approval.purchase.capabilities), .id(approval.purchase.scope),
        .blob(approval.payee), .amount(approval.greatestTotal), .time(approval.askedAt),
        .time(approval.expiresAt), .text(approval.state.rawValue),
      ])
  }

  func write(rules: [String], of node: NodeID) throws(SQLiteError) {
    try change("UPDATE nodes SET rules = ?2 WHERE id = ?1", [.id(node), .names(rules)])
  }

  func write(_ copy: CredentialCopy) throws(SQLiteError) {
    try change(
      """
      INSERT INTO copies (node, credential, service, issued_at_ms, valid_until_s, is_counted)
      SELECT number, ?2, ?3, ?4, ?5, ?6 FROM nodes WHERE id = ?1
      """,
      [
        .id(copy.node), .id(copy.credential), .text(copy.service), .time(copy.issuedAt),
        .optional(copy.validUntilSeconds), .integer(copy.isCounted ? 1 : 0),
      ])
  }

  /// The payment remembers that its credential was taken out, so that its absence is no fault.
  func removeCredential(_ id: CredentialID) throws(SQLiteError) {
    try run(
      """
      UPDATE payments SET credential_removed = 1 WHERE state = 'settled'
      AND payment_hash = (SELECT payment_hash FROM credentials WHERE id = ?1)
      """, [.id(id)])
    try change("DELETE FROM credentials WHERE id = ?1", [.id(id)])
  }

  func write(_ record: IdempotencyRecord, at now: Timestamp) throws(SQLiteError) {
    let sql = """
      INSERT OR REPLACE INTO idempotency
      (node, method, key, digest, attachment, created_at_ms, \(StoredOutcome.columns))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """
    try run(
      sql,
      record.claim.address + [
        .blob(record.claim.digest), .optional(record.attachment), .time(now),
      ] + StoredOutcome(record.outcome).values)
  }

  /// One of the same size says the same: the first is kept.
  func write(_ checkpoint: StoredCheckpoint, at now: Timestamp) throws(SQLiteError) {
    try run(
      "INSERT INTO checkpoints VALUES (?1, ?2, ?3) ON CONFLICT (size) DO NOTHING",
      [.count(checkpoint.size), .text(checkpoint.note), .time(now)])
  }

  /// Runs a statement that must change a row.
  private func change(_ sql: String, _ values: [SQLiteValue]) throws(SQLiteError) {
    try run(sql, values)
    guard changedRows == 1 else { throw .lostRow }
  }
}
