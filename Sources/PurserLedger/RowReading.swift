internal import LibSQLite
internal import PurserCore

// The records of the ledger as they are read from their rows. Each has its columns beside it.

extension Node {
  static let columns = """
    nodes.id, nodes.parent, nodes.name, nodes.spend_limit_msat, nodes.payment_limit_msat,
    nodes.valid_until_s, nodes.created_at_ms, nodes.settled_msat, nodes.held_msat,
    nodes.descendants
    """

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      id: try row.id(0), parent: try row.optionalID(1), name: row.optionalText(2),
      spendLimit: try row.optionalAmount(3), paymentLimit: try row.optionalAmount(4),
      validUntilSeconds: try row.optionalCount(5), createdAt: try row.time(6),
      settled: try row.amount(7), held: try row.amount(8), descendants: try row.count(9))
  }
}

extension NodeMark {
  static let columns = "marks.state, marks.set_by"

  /// Reads the two columns from `column` on.
  init(_ row: borrowing SQLiteRow, from column: Int32) throws(SQLiteError) {
    self.init(state: try row.word(column), setBy: try row.optionalID(column + 1))
  }
}

extension Hold {
  static let columns =
    "id, node, kind, amount_msat, created_at_ms, expires_at_ms, state, settled_msat"

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      id: try row.id(0), node: try row.id(1), kind: try row.word(2), amount: try row.amount(3),
      createdAt: try row.time(4), expiresAt: try row.optionalTime(5), state: try row.word(6),
      settled: try row.amount(7))
  }
}

extension Payment {
  static let columns = """
    hold, node, payment_hash, invoice, amount_msat, fee_limit_msat, invoice_expires_at_s, service,
    capabilities, scope, sealed_token, state
    """

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      hold: try row.id(0), node: try row.id(1), paymentHash: row.blob(2), invoice: row.text(3),
      amount: try row.amount(4), feeLimit: try row.amount(5),
      invoiceExpiresAtSeconds: try row.count(6),
      purchase: Purchase(
        service: row.text(7), capabilities: try row.names(8), scope: try row.optionalID(9)),
      sealedToken: row.blob(10), state: try row.word(11))
  }
}

extension Credential {
  static let columns = """
    id, service, capabilities, scope, payment_hash, valid_until_s, cost_msat, bought_by, sealed,
    created_at_ms, state
    """

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      id: try row.id(0),
      purchase: Purchase(
        service: row.text(1), capabilities: try row.names(2), scope: try row.optionalID(3)),
      paymentHash: row.blob(4), validUntilSeconds: try row.optionalCount(5),
      cost: try row.amount(6), boughtBy: try row.optionalID(7), sealed: row.blob(8),
      createdAt: try row.time(9), state: try row.word(10))
  }
}

extension StoredEvent {
  static let columns = "events.seq, events.text, events.hash"

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(sequence: try row.count(0), text: row.text(1), hash: row.blob(2))
  }
}

extension SQLiteConnection {
  func hold(_ id: HoldID) throws(SQLiteError) -> Hold? {
    try rows("SELECT \(Hold.columns) FROM holds WHERE id = ?1", [.id(id)]) {
      row throws(SQLiteError) in try Hold(row)
    }.first
  }

  func credential(_ id: CredentialID) throws(SQLiteError) -> Credential? {
    try rows("SELECT \(Credential.columns) FROM credentials WHERE id = ?1", [.id(id)]) {
      row throws(SQLiteError) in try Credential(row)
    }.first
  }

  func openPayments() throws(SQLiteError) -> [Payment] {
    let sql = """
      SELECT \(Payment.columns) FROM payments
      WHERE state IN ('intent', 'sent', 'unknown') ORDER BY number
      """
    return try rows(sql) { row throws(SQLiteError) in try Payment(row) }
  }

  func idempotencyRecord(
    for claim: IdempotencyClaim
  ) throws(SQLiteError) -> IdempotencyRecord? {
    let sql = """
      SELECT digest, attachment, \(StoredOutcome.columns) FROM idempotency
      WHERE node = ?1 AND method = ?2 AND key = ?3
      """
    return try rows(sql, claim.address) { row throws(SQLiteError) in
      IdempotencyRecord(
        claim: IdempotencyClaim(
          node: claim.node, method: claim.method, key: claim.key, digest: row.blob(0)),
        outcome: try StoredOutcome(row, from: 2).outcome(), attachment: row.optionalBlob(1))
    }.first
  }
}

extension IdempotencyClaim {
  /// What finds the record of a claim: node, method and key.
  var address: [SQLiteValue] {
    [.blob(node?.bytes ?? []), .text(method), .text(key)]
  }
}
