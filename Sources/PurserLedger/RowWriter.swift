internal import LibSQLite
internal import PurserCore

/// Writes the rows that commands change, inside the writer's transaction.
///
/// A node that moves with many commands of a group is written once, at the end of the group, and so
/// is a bucket of its spending.
final class RowWriter {
  private let connection: SQLiteConnection
  private let holds: HoldRows
  private let nodes: NodeRows
  private var moved: Set<NodeID> = []
  private var changed: Set<NodeID> = []
  private var buckets: [SeriesKey: Set<UInt64>] = [:]
  private var forgotten: [SeriesKey: UInt64] = [:]
  /// The most events that leave the database with one command, a multiple of 256.
  private let trimmedAtOnce: UInt64

  init(
    _ connection: SQLiteConnection, trimmedAtOnce: UInt64 = LedgerSettings().trimmedAtOnce
  ) throws(SQLiteError) {
    self.connection = connection
    self.trimmedAtOnce = trimmedAtOnce
    holds = try HoldRows(connection)
    nodes = try NodeRows(connection)
  }

  /// Forgets what a group that failed left to be written.
  func discard() {
    moved.removeAll()
    changed.removeAll()
    buckets.removeAll()
    forgotten.removeAll()
  }

  func write(_ change: Change, of state: LedgerState, at now: Timestamp) throws(SQLiteError) {
    switch change {
    case .newNode(let id): if let node = state.nodes[id] { try nodes.insert(node, in: state) }
    case .newRules(let id, let rules): try connection.write(rules: rules, of: id)
    case .node(let id): moved.insert(id)
    case .terms(let id): changed.insert(id)
    case .newHold(let hold): try holds.insert(hold, at: state.nodes[hold.node]?.number)
    case .hold(let hold): try holds.update(hold)
    case .bucket(let key, let number): buckets[key, default: []].insert(number)
    case .forgotten(let key, let first): forgotten[key] = first
    case .series(let key):
      buckets[key, default: []].formUnion(state.series[key]?.buckets.map(\.number) ?? [])
    case .mark(let node, let mark): try connection.write(mark, on: node)
    case .revoked(let node): try connection.closeSubtree(of: node)
    case .archived(let number): try connection.deleteSubtree(of: number)
    case .logArchived(let archive):
      try connection.write(archive)
      try connection.trimLog(atMost: trimmedAtOnce)
    case .logTrimmed: try connection.trimLog(atMost: trimmedAtOnce)
    case .payment(let payment): try connection.write(payment)
    case .credential(let credential): try connection.write(credential)
    case .approval(let approval): try connection.write(approval)
    case .newCopy(let copy): try connection.write(copy)
    case .credentialRemoved(let id): try connection.removeCredential(id)
    case .checkpoint(let checkpoint): try connection.write(checkpoint, at: now)
    case .idempotency(let record): try connection.write(record, at: now)
    case .resealed(let record): try connection.write(record)
    case .restored(let note, let time): try connection.write(note, at: time)
    case .compared(let check): try connection.write(check)
    case .walletPayment(let payment): try connection.write(payment)
    case .booked(let payment, let hold): try connection.book(payment, hold: hold)
    }
  }

  /// Writes the counters, terms and buckets that changed in the group.
  ///
  /// In the order of the rows: neighbours are on one page, and the same commands do the same to the
  /// disk in each run.
  func finish(_ state: LedgerState) throws(SQLiteError) {
    for node in Self.ordered(moved, in: state) { try nodes.updateCounters(of: node) }
    for node in Self.ordered(changed, in: state) { try nodes.updateTerms(of: node) }
    for (node, key) in Self.ordered(buckets.keys, in: state) {
      guard let series = state.series[key], let numbers = buckets[key] else { continue }
      for number in numbers.sorted() { try nodes.write(series, key.kind, number, of: node) }
    }
    for (node, key) in Self.ordered(forgotten.keys, in: state) {
      if let first = forgotten[key] { try nodes.forget(key.kind, before: first, of: node) }
    }
    discard()
  }

  private static func ordered(_ ids: Set<NodeID>, in state: LedgerState) -> [Node] {
    let nodes = ids.compactMap { state.nodes[$0] }
    return nodes.count > 1 ? nodes.sorted { $0.number < $1.number } : nodes
  }

  private static func ordered(
    _ keys: some Sequence<SeriesKey>, in state: LedgerState
  ) -> [(node: Node, key: SeriesKey)] {
    keys.compactMap { key in state.nodes[key.node].map { (node: $0, key: key) } }
      .sorted {
        ($0.node.number, $0.key.kind.number) < ($1.node.number, $1.key.kind.number)
      }
  }
}

/// The statements on nodes and on what was spent at them.
private struct NodeRows {
  private let insertion: SQLiteStatement
  private let counters: SQLiteStatement
  private let terms: SQLiteStatement
  private let bucket: SQLiteStatement
  private let oldBuckets: SQLiteStatement
  private let connection: SQLiteConnection

  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    self.connection = connection
    insertion = try connection.prepare(
      """
      INSERT INTO nodes (number, id, parent, name, stated, registered, payment_limit_msat,
        valid_until_s, created_at_ms, mark, marked_by, is_escrowed, series, settled_msat,
        held_msat, escrowed_msat, descendants, archived_msat, is_registered, is_open)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        1)
      """)
    counters = try connection.prepare(
      """
      UPDATE nodes SET settled_msat = ?2, held_msat = ?3, escrowed_msat = ?4, descendants = ?5,
        is_open = 1
      WHERE number = ?1
      """)
    terms = try connection.prepare(
      """
      UPDATE nodes SET stated = ?2, registered = ?3, payment_limit_msat = ?4, valid_until_s = ?5,
        mark = ?6, marked_by = ?7, is_escrowed = ?8, series = ?9, archived_msat = ?10,
        is_registered = ?11
      WHERE number = ?1
      """)
    bucket = try connection.prepare(
      """
      INSERT INTO spending VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET amount = excluded.amount
      """)
    oldBuckets = try connection.prepare(
      "DELETE FROM spending WHERE node = ?1 AND series = ?2 AND bucket < ?3")
  }

  func insert(_ node: Node, in state: LedgerState) throws(SQLiteError) {
    insertion.bind(1, count: node.number)
    insertion.bind(2, node.id)
    insertion.bind(3, count: node.parent.flatMap { state.nodes[$0]?.number })
    insertion.bind(4, optional: node.name)
    insertion.bind(5, node.stated)
    insertion.bind(6, node.registered)
    insertion.bind(7, node.paymentLimit)
    insertion.bind(8, count: node.validUntilSeconds)
    insertion.bind(9, node.createdAt)
    insertion.bind(10, optional: node.mark?.state.rawValue)
    insertion.bind(11, node.mark?.setBy)
    insertion.bind(12, node.isEscrowed ? 1 : 0)
    insertion.bind(13, node.seriesMask)
    insertion.bind(14, node.settled)
    insertion.bind(15, node.held)
    insertion.bind(16, node.escrowed)
    insertion.bind(17, count: node.descendants)
    insertion.bind(18, node.archived)
    insertion.bind(19, node.isRegistered ? 1 : 0)
    try insertion.run()
  }

  func updateCounters(of node: Node) throws(SQLiteError) {
    counters.bind(1, count: node.number)
    counters.bind(2, node.settled)
    counters.bind(3, node.held)
    counters.bind(4, node.escrowed)
    counters.bind(5, count: node.descendants)
    try connection.change(by: counters)
  }

  func updateTerms(of node: Node) throws(SQLiteError) {
    terms.bind(1, count: node.number)
    terms.bind(2, node.stated)
    terms.bind(3, node.registered)
    terms.bind(4, node.paymentLimit)
    terms.bind(5, count: node.validUntilSeconds)
    terms.bind(6, optional: node.mark?.state.rawValue)
    terms.bind(7, node.mark?.setBy)
    terms.bind(8, node.isEscrowed ? 1 : 0)
    terms.bind(9, node.seriesMask)
    terms.bind(10, node.archived)
    terms.bind(11, node.isRegistered ? 1 : 0)
    try connection.change(by: terms)
  }

  func write(
    _ series: SpendSeries, _ kind: SpendSeries.Kind, _ number: UInt64, of node: Node
  ) throws(SQLiteError) {
    bucket.bind(1, count: node.number)
    bucket.bind(2, Int64(kind.number))
    bucket.bind(3, count: number)
    bucket.bind(4, count: series.amount(in: number))
    try bucket.run()
  }

  func forget(
    _ kind: SpendSeries.Kind, before number: UInt64, of node: Node
  ) throws(SQLiteError) {
    oldBuckets.bind(1, count: node.number)
    oldBuckets.bind(2, Int64(kind.number))
    oldBuckets.bind(3, count: number)
    try oldBuckets.run()
  }
}

/// The statements on holds.
private struct HoldRows {
  private let insertion: SQLiteStatement
  private let extent: SQLiteStatement
  private let end: SQLiteStatement
  private let connection: SQLiteConnection

  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    self.connection = connection
    insertion = try connection.prepare(
      "INSERT INTO holds VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
    extent = try connection.prepare(
      """
      UPDATE holds SET amount_msat = ?2, admitted_at_ms = ?3, expires_at_ms = ?4
      WHERE id = ?1 AND state = 'held'
      """)
    end = try connection.prepare(
      "UPDATE holds SET state = ?2, settled_msat = ?3 WHERE id = ?1 AND state = 'held'")
  }

  func insert(_ hold: Hold, at node: UInt64?) throws(SQLiteError) {
    guard let node else { throw .lostRow }
    insertion.bind(1, hold.id)
    insertion.bind(2, count: node)
    insertion.bind(3, hold.kind.rawValue)
    insertion.bind(4, hold.amount)
    insertion.bind(5, hold.createdAt)
    insertion.bind(6, hold.admittedAt)
    insertion.bind(7, hold.expiresAt)
    insertion.bind(8, hold.state.rawValue)
    insertion.bind(9, hold.settled)
    try insertion.run()
  }

  func update(_ hold: Hold) throws(SQLiteError) {
    guard hold.state != .held else { return try extend(hold) }
    end.bind(1, hold.id)
    end.bind(2, hold.state.rawValue)
    end.bind(3, hold.settled)
    try connection.change(by: end)
  }

  private func extend(_ hold: Hold) throws(SQLiteError) {
    extent.bind(1, hold.id)
    extent.bind(2, hold.amount)
    extent.bind(3, hold.admittedAt)
    extent.bind(4, hold.expiresAt)
    try connection.change(by: extent)
  }
}

extension SQLiteConnection {
  /// Runs a statement that must change a row.
  func change(by statement: SQLiteStatement) throws(SQLiteError) {
    try statement.run()
    guard changedRows == 1 else { throw .lostRow }
  }
}
