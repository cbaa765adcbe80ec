internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// Recomputes every counter from the rows, and checks that holds, payments and credentials agree.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func verifyLedger() throws(Refusal) -> LedgerReport {
    try readers.read { connection throws(SQLiteError) in
      var check = LedgerCheck()
      try check.readNodes(connection)
      try check.readHolds(connection)
      check.compareCounters()
      try check.comparePayments(connection)
      return LedgerReport(nodes: check.nodeCount, holds: check.holdCount, faults: check.faults)
    }
  }
}

/// The counters of each node as the rows add up, against the counters as they are stored.
private struct LedgerCheck {
  private struct Entry {
    let node: Node
    var childrenLeft = 0
    var settled: UInt64 = 0
    var held: UInt64 = 0
    var descendants: UInt64 = 0
  }

  private var entries: [NodeID: Entry] = [:]
  private(set) var holdCount: UInt64 = 0
  private(set) var faults: [String] = []
  private static let mostFaults = 1000

  var nodeCount: UInt64 { UInt64(entries.count) }

  mutating func readNodes(_ connection: SQLiteConnection) throws(SQLiteError) {
    let nodes = try connection.rows("SELECT \(Node.columns) FROM nodes") {
      row throws(SQLiteError) in try Node(row)
    }
    for node in nodes { entries[node.id] = Entry(node: node) }
    for node in nodes {
      guard let parent = node.parent else { continue }
      guard entries[parent] != nil else {
        report("node \(node.id): its parent \(parent) is missing")
        continue
      }
      entries[parent]?.childrenLeft += 1
    }
  }

  mutating func readHolds(_ connection: SQLiteConnection) throws(SQLiteError) {
    let sql = """
      SELECT node, count(*), sum(settled_msat),
        sum(CASE WHEN state = 'held' THEN amount_msat ELSE 0 END)
      FROM holds GROUP BY node
      """
    let sums = try connection.rows(sql) { row throws(SQLiteError) in
      (try row.id(0) as NodeID, try row.count(1), try row.count(2), try row.count(3))
    }
    for (node, count, settled, held) in sums {
      holdCount += count
      guard entries[node] != nil else {
        report("node \(node): it has holds but no row")
        continue
      }
      entries[node]?.settled = settled
      entries[node]?.held = held
    }
  }

  /// Adds the children of each node to it, leaves first; nodes in a cycle are never reached.
  mutating func compareCounters() {
    var ready = entries.values.filter { $0.childrenLeft == 0 }.map(\.node.id)
    var visited = 0
    while let id = ready.popLast(), let entry = entries[id] {
      visited += 1
      compare(entry)
      guard let parent = entry.node.parent, var above = entries[parent] else { continue }
      above.settled = Self.sum(above.settled, entry.settled)
      above.held = Self.sum(above.held, entry.held)
      above.descendants += entry.descendants + 1
      above.childrenLeft -= 1
      entries[parent] = above
      if above.childrenLeft == 0 { ready.append(parent) }
    }
    if visited < entries.count {
      report("\(entries.count - visited) nodes are above themselves in a cycle")
    }
  }

  private mutating func compare(_ entry: Entry) {
    let node = entry.node
    for (name, stored, computed) in [
      ("settled_msat", node.settled.value, entry.settled),
      ("held_msat", node.held.value, entry.held),
      ("descendants", node.descendants, entry.descendants),
    ] where stored != computed {
      report("node \(node.id): \(name) is \(stored), its rows add up to \(computed)")
    }
  }

  /// Each payment ends with its hold, and what was paid for is in the vault.
  mutating func comparePayments(_ connection: SQLiteConnection) throws(SQLiteError) {
    let isOpen = "payments.state IN ('intent', 'sent', 'unknown')"
    try reportRows(
      connection, "the payment and its hold do not agree",
      """
      SELECT payments.hold FROM payments LEFT JOIN holds ON holds.id = payments.hold
      WHERE holds.id IS NULL OR holds.kind <> 'payment' OR holds.node <> payments.node
      OR holds.amount_msat <> payments.amount_msat + payments.fee_limit_msat
      OR (\(isOpen)) <> (holds.state = 'held')
      OR (payments.state = 'settled') <> (holds.state = 'settled')
      """)
    try reportRows(
      connection, "a payment's hold has no payment",
      """
      SELECT id FROM holds WHERE kind = 'payment'
      AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.hold = holds.id)
      """)
    try reportRows(
      connection, "what was paid for is not in the vault",
      """
      SELECT hold FROM payments WHERE state = 'settled' AND credential_removed = 0
      AND NOT EXISTS (
        SELECT 1 FROM credentials WHERE credentials.payment_hash = payments.payment_hash)
      """)
  }

  private mutating func reportRows(
    _ connection: SQLiteConnection, _ fault: String, _ sql: String
  ) throws(SQLiteError) {
    let holds = try connection.rows(sql + " LIMIT \(Self.mostFaults)") { row throws(SQLiteError) in
      try row.id(0) as HoldID
    }
    for hold in holds { report("hold \(hold): \(fault)") }
  }

  private mutating func report(_ fault: String) {
    if faults.count < Self.mostFaults { faults.append(fault) }
  }

  /// The sum, or the greatest number, which no counter can equal.
  private static func sum(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow ? .max : sum
  }
}
