internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// Recomputes every counter from the rows, and checks that holds, payments and credentials agree.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func verifyLedger() throws(Refusal) -> LedgerReport {
    try readers.read { connection throws(SQLiteError) in try LedgerCheck.report(on: connection) }
  }
}

/// The counters of each node as the rows add up, against the counters as they are stored.
///
/// A parent has a lower number than its children, so one pass from the last node to the first adds
/// everything up: a million nodes take some 40 MB, and no tree is built.
struct LedgerCheck {
  /// What the rows of a node and of those below it add up to, so far.
  private struct Sums {
    var settled: UInt64 = 0
    var held: UInt64 = 0
    var escrowed: UInt64 = 0
    var descendants: UInt64 = 0
  }

  private var sums: [Sums] = []
  private var nodeCount: UInt64 = 0
  private var holdCount: UInt64 = 0
  private var faults: [String] = []
  private static let mostFaults = 1000

  /// Checks what the connection sees, which must be one state throughout.
  static func report(on connection: SQLiteConnection) throws(SQLiteError) -> LedgerReport {
    var check = LedgerCheck()
    try check.readHolds(connection)
    try check.compareCounters(connection)
    try check.compareSeries(connection)
    try check.comparePayments(connection)
    try check.compareBookings(connection)
    return LedgerReport(nodes: check.nodeCount, holds: check.holdCount, faults: check.faults)
  }

  private mutating func readHolds(_ connection: SQLiteConnection) throws(SQLiteError) {
    let last = try connection.integer("SELECT max(number) FROM nodes") ?? 0
    sums = [Sums](repeating: Sums(), count: Int(last) + 1)
    let sql = """
      SELECT node, count(*), sum(settled_msat),
        sum(CASE WHEN state = 'held' THEN amount_msat ELSE 0 END)
      FROM holds GROUP BY node
      """
    try connection.forEachRow(sql) { row throws(SQLiteError) in
      let node = Int(row.integer(0))
      holdCount += try row.count(1)
      guard sums.indices.contains(node) else {
        report("node number \(node): it has holds but no row")
        return true
      }
      sums[node].settled = try row.count(2)
      sums[node].held = try row.count(3)
      return true
    }
  }

  /// Compares each node and adds it to the one above it, the last node first.
  private mutating func compareCounters(_ connection: SQLiteConnection) throws(SQLiteError) {
    let sql = """
      SELECT \(Node.columns), nodes.parent FROM \(Node.tables) ORDER BY nodes.number DESC
      """
    try connection.forEachRow(sql) { row throws(SQLiteError) in
      let node = try Node(row)
      sums[Int(node.number)].settled = Self.sum(
        sums[Int(node.number)].settled, node.archived.value)
      var found = sums[Int(node.number)]
      nodeCount += 1
      compare(node, found)
      guard let above = row.optionalInteger(19).map(Int.init) else { return true }
      guard node.parent != nil, above < node.number else {
        report("node \(node.id): the node above it is missing or newer")
        return true
      }
      // What was archived below this node was archived below those above it as well.
      found.settled -= min(node.archived.value, found.settled)
      sums[above].settled = Self.sum(sums[above].settled, found.settled)
      sums[above].held = Self.sum(sums[above].held, found.held)
      let taken = node.isEscrowed ? Self.unspentEscrow(of: node, found) : found.escrowed
      sums[above].escrowed = Self.sum(sums[above].escrowed, taken)
      sums[above].descendants += found.descendants + 1
      return true
    }
  }

  /// What an escrow takes from the nodes above it: those inside it are part of it.
  private static func unspentEscrow(of node: Node, _ found: Sums) -> UInt64 {
    let total = node.totalLimit?.value ?? 0
    return total - min(total, sum(found.settled, found.held))
  }

  private mutating func compare(_ node: Node, _ found: Sums) {
    for (name, stored, computed) in [
      ("settled_msat", node.settled.value, found.settled),
      ("held_msat", node.held.value, found.held),
      ("escrowed_msat", node.escrowed.value, found.escrowed),
      ("descendants", node.descendants, found.descendants),
    ] where stored != computed {
      report("node \(node.id): \(name) is \(stored), its rows add up to \(computed)")
    }
  }

  /// Compares each series that is kept with the holds of its node and of those below, as far back
  /// as a window still reaches.
  private mutating func compareSeries(_ connection: SQLiteConnection) throws(SQLiteError) {
    let lastTimeMs = try AuditTrail(connection).lastTimeMs
    let nodes = try connection.rows(
      "SELECT \(Node.columns) FROM \(Node.tables) WHERE nodes.series <> 0"
    ) { row throws(SQLiteError) in try Node(row) }
    for node in nodes {
      for kind in node.series {
        let resolution = kind.resolution
        let reachMs = resolution.reachSeconds * 1000
        let first = (lastTimeMs - min(lastTimeMs, reachMs)) / resolution.bucketMs
        let stored = try connection.buckets(of: node, kind).filter { $0.number >= first }
        let start = Timestamp(milliseconds: first * resolution.bucketMs)
        let computed = try connection.charges(at: node, since: start, kind)
        // A bucket without charges may have a row or none.
        if stored.filter({ $0.amount > 0 }) != computed.filter({ $0.amount > 0 }) {
          report("node \(node.id): what it did over time is not what its holds add up to")
        }
      }
    }
  }

  /// Each payment ends with its hold, and what was paid for is in the vault.
  private mutating func comparePayments(_ connection: SQLiteConnection) throws(SQLiteError) {
    let isOpen = "payments.state IN ('intent', 'sent', 'unknown')"
    try reportRows(
      connection, "the payment and its hold do not agree",
      """
      SELECT payments.hold FROM payments LEFT JOIN holds ON holds.id = payments.hold
      WHERE holds.id IS NULL OR holds.kind <> 'payment' OR holds.node <> (
        SELECT number FROM nodes WHERE nodes.id = payments.node)
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

  /// What was booked from the wallet's list is on its hold, fee included.
  private mutating func compareBookings(_ connection: SQLiteConnection) throws(SQLiteError) {
    try reportRows(
      connection, "what was booked of the wallet is not what its hold has",
      """
      SELECT wallet_payments.hold FROM wallet_payments
      LEFT JOIN holds ON holds.id = wallet_payments.hold
      WHERE wallet_payments.hold IS NOT NULL AND (holds.id IS NULL OR holds.state <> 'settled'
        OR holds.settled_msat <> wallet_payments.amount_msat + wallet_payments.fee_msat)
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
