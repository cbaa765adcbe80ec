internal import LibSQLite
public import PurserCore

// The reads of the ledger. They see what was committed, and never wait for the writer.
extension SQLiteLedger {
  /// The most events that one question is answered with.
  public static let maximumEvents = 10_000
  /// The most nodes that one question is answered with.
  public static let maximumNodes = 100_000
  /// The most nodes whose marks are asked for at once.
  private static let maximumMarks = 256

  /// The nodes at `root` and below, parents before children, or those of all trees.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func nodes(
    under root: NodeID?, includesOver: Bool, limit: Int
  ) throws(Refusal) -> (nodes: [Node], isCut: Bool) {
    let limit = min(max(limit, 0), Self.maximumNodes)
    let isWanted = includesOver ? "" : "AND nodes.is_open = 1"
    let start = root == nil ? "parent IS NULL \(isWanted)" : "id = ?2"
    // Depth first: the deepest that is known goes next, the eldest of those.
    let sql = """
      WITH RECURSIVE below (number, depth) AS (
        SELECT number, 0 FROM nodes WHERE \(start)
        UNION ALL SELECT nodes.number, depth + 1
        FROM below JOIN nodes ON nodes.parent = below.number \(isWanted)
        ORDER BY 2 DESC, 1 LIMIT ?1)
      SELECT \(Node.columns) FROM below CROSS JOIN \(Node.tables)
      WHERE nodes.number = below.number
      """
    var values: [SQLiteValue] = [.integer(Int64(limit + 1))]
    if let root { values.append(.id(root)) }
    let found = try readers.read { connection throws(SQLiteError) in
      try connection.rows(sql, values) { row throws(SQLiteError) in try Node(row) }
    }
    return (Array(found.prefix(limit)), found.count > limit)
  }

  /// One node, or nil when it was never met.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func node(_ id: NodeID) throws(Refusal) -> Node? {
    try readers.read { connection throws(SQLiteError) in try connection.node(id) }
  }

  /// What the token of a node stated beside its amounts and its end when it was first met; nothing
  /// for a node that was never met.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func rules(of id: NodeID) throws(Refusal) -> [String] {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        "SELECT rules FROM nodes WHERE id = ?1 AND rules IS NOT NULL", [.id(id)]
      ) { row throws(SQLiteError) in try row.names(0) }.first ?? []
    }
  }

  /// The marks among these nodes, met or not; no more than 256 are looked up.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func marks(among ids: [NodeID]) throws(Refusal) -> [NodeID: NodeMark] {
    guard ids.count <= Self.maximumMarks else {
      throw .invalid("at most \(Self.maximumMarks) grants can be asked for at once")
    }
    return try readers.read { connection throws(SQLiteError) in
      var found: [NodeID: NodeMark] = [:]
      let sql = """
        SELECT mark, marked_by FROM nodes WHERE id = ?1 AND mark IS NOT NULL
        UNION ALL SELECT state, set_by FROM marks WHERE node = ?1
        """
      for id in ids {
        found[id] = try connection.rows(sql, [.id(id)]) { row throws(SQLiteError) in
          try NodeMark(row, from: 0)
        }.first
      }
      return found
    }
  }

  /// A hold, open or ended.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func hold(_ id: HoldID) throws(Refusal) -> Hold? {
    try readers.read { connection throws(SQLiteError) in try connection.hold(id) }
  }

  /// A payment by its hold.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func payment(hold: HoldID) throws(Refusal) -> Payment? {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows("SELECT \(Payment.columns) FROM payments WHERE hold = ?1", [.id(hold)]) {
        row throws(SQLiteError) in try Payment(row)
      }.first
    }
  }

  /// The payments that are not final, in the order in which they began.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func openPayments() throws(Refusal) -> [Payment] {
    try readers.read { connection throws(SQLiteError) in try connection.openPayments() }
  }

  /// The approvals that were not used, in the order in which they were asked for; some are over.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func openApprovals() throws(Refusal) -> [Approval] {
    try readers.read { connection throws(SQLiteError) in try connection.openApprovals() }
  }

  /// The stored answer for a key, whatever its digest.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func idempotencyRecord(
    for claim: IdempotencyClaim
  ) throws(Refusal) -> IdempotencyRecord? {
    try readers.read { connection throws(SQLiteError) in
      try connection.idempotencyRecord(for: claim)
    }
  }

  /// The credentials of a service that are handed out, the oldest first.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func activeCredentials(service: String) throws(Refusal) -> [Credential] {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        "SELECT \(Credential.columns) FROM credentials WHERE service = ?1 AND state = 'active' "
          + "ORDER BY created_at_ms, id", [.text(service)]
      ) { row throws(SQLiteError) in try Credential(row) }
    }
  }

  /// The credentials of a service, or of all services, the oldest first; retired ones too.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func credentials(service: String?) throws(Refusal) -> [Credential] {
    let condition = service == nil ? "?1 IS NULL" : "service = ?1"
    return try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        "SELECT \(Credential.columns) FROM credentials WHERE \(condition) "
          + "ORDER BY created_at_ms, id", [.optional(service)]
      ) { row throws(SQLiteError) in try Credential(row) }
    }
  }

  /// The latest credential that was paid under a hash; retired ones too.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func credential(paymentHash: [UInt8]) throws(Refusal) -> Credential? {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        """
        SELECT \(Credential.columns) FROM credentials WHERE payment_hash = ?1
        ORDER BY created_at_ms DESC, id DESC LIMIT 1
        """, [.blob(paymentHash)]
      ) { row throws(SQLiteError) in try Credential(row) }.first
    }
  }

  /// Whether the holder of `node` got a copy of the credential before.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func hasCopy(of credential: CredentialID, at node: NodeID) throws(Refusal) -> Bool {
    try readers.read { connection throws(SQLiteError) in
      try connection.hasCopy(of: credential, at: node)
    }
  }

  /// The credentials of which copies were handed out at `root` and below that have not ended at
  /// `now`; at most `limit`, those that end last first, and whether there are more.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func outstandingCredentials(
    under root: NodeID, at now: Timestamp, limit: Int
  ) throws(Refusal) -> (credentials: [OutstandingCredential], isCut: Bool) {
    let sql = """
      WITH RECURSIVE below (number) AS (
        SELECT number FROM nodes WHERE id = ?1
        UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number)
      SELECT credential, service, count(*),
        CASE WHEN count(valid_until_s) = count(*) THEN max(valid_until_s) END AS valid_until
      FROM below CROSS JOIN copies ON copies.node = below.number
      WHERE valid_until_s IS NULL OR valid_until_s > ?2
      GROUP BY credential, service ORDER BY valid_until DESC NULLS FIRST, credential LIMIT ?3
      """
    let limit = min(max(limit, 0), Self.maximumNodes)
    let values: [SQLiteValue] = [.id(root), .count(now.seconds), .integer(Int64(limit + 1))]
    let found = try readers.read { connection throws(SQLiteError) in
      try connection.rows(sql, values) { row throws(SQLiteError) in
        OutstandingCredential(
          credential: try row.id(0), service: row.text(1), copies: try row.count(2),
          validUntilSeconds: try row.optionalCount(3))
      }
    }
    return (Array(found.prefix(limit)), found.count > limit)
  }

  /// Events after `sequence`, oldest first, at most 10,000; at `node` and below it when that is
  /// given.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func events(
    after sequence: UInt64, limit: Int, under node: NodeID?
  ) throws(Refusal) -> [StoredEvent] {
    let limit = UInt64(min(max(limit, 0), Self.maximumEvents))
    let all = "SELECT \(StoredEvent.columns) FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    let below = """
      WITH RECURSIVE below (number) AS (
        SELECT number FROM nodes WHERE id = ?3
        UNION ALL SELECT nodes.number FROM below JOIN nodes ON nodes.parent = below.number)
      SELECT \(StoredEvent.columns) FROM events
      WHERE events.seq > ?1
      AND events.node IN (SELECT nodes.id FROM below JOIN nodes USING (number))
      ORDER BY events.seq LIMIT ?2
      """
    var values: [SQLiteValue] = [.count(sequence), .count(limit)]
    if let node { values.append(.id(node)) }
    return try readers.read { connection throws(SQLiteError) in
      try connection.rows(node == nil ? all : below, values) { row throws(SQLiteError) in
        try StoredEvent(row)
      }
    }
  }
}
