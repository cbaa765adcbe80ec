internal import LibSQLite
internal import PurserCore

// The records of the ledger as they are read from their rows. Each has its columns beside it.

extension Node {
  static let columns = """
    nodes.id, nodes.number, above.id, nodes.name, nodes.stated, nodes.registered,
    nodes.payment_limit_msat, nodes.valid_until_s, nodes.created_at_ms, nodes.mark,
    nodes.marked_by, nodes.is_escrowed, nodes.settled_msat, nodes.held_msat, nodes.escrowed_msat,
    nodes.descendants, nodes.series, nodes.archived_msat, nodes.is_registered
    """
  /// The tables that the columns are in.
  static let tables = "nodes LEFT JOIN nodes AS above ON above.number = nodes.parent"

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    let mark = row.optionalText(9) == nil ? nil : try NodeMark(row, from: 9)
    self.init(
      id: try row.id(0), number: try row.count(1), parent: try row.optionalID(2),
      name: row.optionalText(3), stated: try row.limits(4), registered: try row.limits(5),
      paymentLimit: try row.optionalAmount(6), validUntilSeconds: try row.optionalCount(7),
      createdAt: try row.time(8), mark: mark, isEscrowed: row.integer(11) == 1,
      settled: try row.amount(12), held: try row.amount(13), escrowed: try row.amount(14),
      archived: try row.amount(17), isRegistered: row.integer(18) == 1,
      descendants: try row.count(15), series: Self.series(row.integer(16)))
  }

  /// A set of series as a number: bit `n` for the one whose number is `n`.
  private static func series(_ mask: Int64) -> Set<SpendSeries.Kind> {
    mask == 0 ? [] : Set(SpendSeries.Kind.all.filter { mask & 1 << $0.number != 0 })
  }

  var seriesMask: Int64 { series.reduce(0) { $0 | 1 << $1.number } }
}

extension NodeMark {
  /// Reads the two columns from `column` on.
  init(_ row: borrowing SQLiteRow, from column: Int32) throws(SQLiteError) {
    self.init(state: try row.word(column), setBy: try row.optionalID(column + 1))
  }
}

extension Hold {
  static let columns = """
    holds.id, nodes.id, kind, amount_msat, holds.created_at_ms, admitted_at_ms, expires_at_ms,
    state, holds.settled_msat
    """
  /// The tables that the columns are in.
  static let tables = "holds JOIN nodes ON nodes.number = holds.node"

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      id: try row.id(0), node: try row.id(1), kind: try row.word(2), amount: try row.amount(3),
      createdAt: try row.time(4), admittedAt: try row.time(5), expiresAt: try row.optionalTime(6),
      state: try row.word(7), settled: try row.amount(8))
  }
}

extension SpendSeries.Bucket {
  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(number: try row.count(0), amount: try row.count(1))
  }
}

extension Payment {
  static let columns = """
    hold, node, payment_hash, invoice, amount_msat, fee_limit_msat, invoice_expires_at_s, service,
    capabilities, scope, sealed_token, state, sent_at_ms, is_sent_again
    """

  /// How many there are.
  static let columnCount: Int32 = 14

  /// The columns, said to be of `table`.
  static func columns(of table: String) -> String {
    columns.split(separator: ",").map { column in
      "\(table).\(column.filter { !$0.isWhitespace })"
    }.joined(separator: ", ")
  }

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      hold: try row.id(0), node: try row.id(1), paymentHash: row.blob(2), invoice: row.text(3),
      amount: try row.amount(4), feeLimit: try row.amount(5),
      invoiceExpiresAtSeconds: try row.count(6),
      purchase: Purchase(
        service: row.text(7), capabilities: try row.names(8), scope: try row.optionalID(9)),
      sealedToken: row.blob(10), state: try row.word(11), sentAt: try row.optionalTime(12),
      isSentAgain: row.integer(13) == 1)
  }
}

extension Approval {
  static let columns = """
    id, node, service, capabilities, scope, payee, total_msat, asked_at_ms, expires_at_ms, state
    """

  init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(
      id: try row.id(0), node: try row.id(1),
      purchase: Purchase(
        service: row.text(2), capabilities: try row.names(3), scope: try row.optionalID(4)),
      payee: row.blob(5), greatestTotal: try row.amount(6), askedAt: try row.time(7),
      expiresAt: try row.time(8), state: try row.word(9))
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
  func node(_ id: NodeID) throws(SQLiteError) -> Node? {
    try rows("SELECT \(Node.columns) FROM \(Node.tables) WHERE nodes.id = ?1", [.id(id)]) {
      row throws(SQLiteError) in try Node(row)
    }.first
  }

  /// What was spent at a node and below by time, as it is kept.
  func buckets(
    of node: Node, _ kind: SpendSeries.Kind
  ) throws(SQLiteError) -> [SpendSeries.Bucket] {
    let sql = "SELECT bucket, amount FROM spending WHERE node = ?1 AND series = ?2 ORDER BY bucket"
    return try rows(sql, [.count(node.number), .integer(Int64(kind.number))]) {
      row throws(SQLiteError) in try SpendSeries.Bucket(row)
    }
  }

  func hasCopy(of credential: CredentialID, at node: NodeID) throws(SQLiteError) -> Bool {
    try integer(
      """
      SELECT EXISTS (SELECT 1 FROM copies JOIN nodes ON nodes.number = copies.node
      WHERE nodes.id = ?1 AND copies.credential = ?2)
      """, [.id(node), .id(credential)]) == 1
  }

  /// The same as the holds of the node and of those below add up, and the copies that were handed
  /// out where operations are counted; with what was archived below.
  func charges(
    at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
  ) throws(SQLiteError) -> [SpendSeries.Bucket] {
    let chosen =
      switch kind.measure {
      case .amount:
        """
        SELECT admitted_at_ms AS at,
          CASE state WHEN 'held' THEN amount_msat ELSE settled_msat END AS amount
        FROM below CROSS JOIN holds ON holds.node = below.number AND admitted_at_ms >= ?2
        UNION ALL SELECT second * 1000, amount
        FROM below CROSS JOIN archived ON archived.node = below.number AND second >= ?2 / 1000
        """
      case .calls:
        """
        SELECT admitted_at_ms AS at, 1 AS amount
        FROM below CROSS JOIN holds ON holds.node = below.number AND admitted_at_ms >= ?2
        UNION ALL SELECT issued_at_ms, 1
        FROM below CROSS JOIN copies ON copies.node = below.number AND issued_at_ms >= ?2
        WHERE is_counted = 1
        UNION ALL SELECT second * 1000, calls
        FROM below CROSS JOIN archived ON archived.node = below.number AND second >= ?2 / 1000
        """
      }
    let sql = """
      WITH RECURSIVE below (number) AS (
        VALUES (?1)
        UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number)
      SELECT at / ?3, sum(amount) FROM (\(chosen)) GROUP BY 1 ORDER BY 1
      """
    let values: [SQLiteValue] = [
      .count(node.number), .time(start), .count(kind.resolution.bucketMs),
    ]
    return try rows(sql, values) { row throws(SQLiteError) in try SpendSeries.Bucket(row) }
  }

  func hold(_ id: HoldID) throws(SQLiteError) -> Hold? {
    try rows("SELECT \(Hold.columns) FROM \(Hold.tables) WHERE holds.id = ?1", [.id(id)]) {
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

  /// The approvals that were not used; some are over.
  func openApprovals() throws(SQLiteError) -> [Approval] {
    let sql = """
      SELECT \(Approval.columns) FROM approvals WHERE state <> 'used' ORDER BY asked_at_ms, id
      """
    return try rows(sql) { row throws(SQLiteError) in try Approval(row) }
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
