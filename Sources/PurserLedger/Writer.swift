internal import LibSQLite
internal import PurserCore

/// The one writer: applies commands to the state in memory and writes their rows, a group at a
/// time.
///
/// It belongs to the writer's thread. What it answers is on disk: answers leave after the commit.
final class Writer {
  private let connection: SQLiteConnection
  private let queue: CommandQueue
  private let clock: LedgerClock
  private let settings: LedgerSettings
  private var state: LedgerState
  private var trail: AuditTrail
  /// Whether a group failed and what is on disk could not be read since.
  private var isBroken = false
  /// Whether everything of a group is applied, and its commit is what comes next.
  private var isCommitting = false
  private var nextSweep = ContinuousClock.now
  private var nextPruning = ContinuousClock.now

  private static let pruningInterval = Duration.seconds(60)

  init(
    connection: SQLiteConnection, queue: CommandQueue, clock: LedgerClock,
    settings: LedgerSettings
  ) throws(SQLiteError) {
    self.connection = connection
    self.queue = queue
    self.clock = clock
    self.settings = settings
    state = try LedgerState(reading: connection, bounds: settings.bounds)
    trail = try AuditTrail(connection)
    clock.advance(to: trail.lastTimeMs)
  }

  /// Works until the queue is closed and everything in it is answered.
  func run() {
    while let group = queue.take(limit: settings.groupLimit, waitingAtMost: millisecondsToSweep) {
      process(group)
      prune()
    }
  }

  /// Answers each command of a group, after all of them are on disk.
  private func process(_ group: [WaitingCommand]) {
    do throws(SQLiteError) {
      let answers = try commit(group.map(\.request))
      for (command, answer) in zip(group, answers) { command.answer(answer) }
    } catch {
      isBroken = true
      if isCommitting, FailedCommit.mayBeWhole(after: error) { undo() }
      // What cannot be read now is read before the next group; that one is refused until it can.
      try? recover()
      for command in group { command.answer(.failure(error.writeRefusal)) }
    }
  }

  /// Applies requests in one transaction.
  ///
  /// When it throws, nothing of any of them was done.
  private func commit(
    _ requests: [LedgerRequest]
  ) throws(SQLiteError) -> [Result<Applied, Refusal>] {
    isCommitting = false
    if isBroken { try recover() }
    let now = clock.now()
    let lapsed = lapsedHolds(at: now)
    guard !requests.isEmpty || !lapsed.isEmpty else { return [] }
    let sequence = trail.sequence
    return try connection.transaction { () throws(SQLiteError) in
      try settings.beforeGroup(connection)
      var rows = RowWriter(connection: connection, now: now)
      for hold in lapsed {
        _ = try apply(LedgerRequest(actor: .daemon, command: .expire(hold: hold)), &rows)
      }
      var answers: [Result<Applied, Refusal>] = []
      answers.reserveCapacity(requests.count)
      for request in requests { answers.append(try apply(request, &rows)) }
      try rows.finish()
      if trail.sequence != sequence { try trail.recordHead(in: connection) }
      isCommitting = true
      return answers
    }
  }

  /// Applies one request and writes its rows; a refusal changes nothing and disturbs nobody else.
  private func apply(
    _ request: LedgerRequest, _ rows: inout RowWriter
  ) throws(SQLiteError) -> Result<Applied, Refusal> {
    let records = WriterRecords(connection)
    let applied: Applied
    do throws(Refusal) {
      applied = try state.apply(request, at: rows.now, records: records)
    } catch {
      if let failure = records.failure { throw failure }
      return .failure(error)
    }
    for change in applied.changes { try rows.write(change) }
    if let event = applied.event { try trail.append(event, at: rows.now, to: connection) }
    return .success(applied)
  }

  /// Sees to it that a group whose commit failed does not come back; nobody is answered before.
  private func undo() {
    do throws(SQLiteError) { try FailedCommit.overwrite(on: connection) } catch {
      settings.endProcess(
        "a commit failed and cannot be undone: \(error); check the disk, then start again: "
          + "what was not answered may have been done or not")
    }
  }

  /// Puts memory back to what is on disk.
  private func recover() throws(SQLiteError) {
    state = try LedgerState(reading: connection, bounds: settings.bounds)
    trail = try AuditTrail(connection)
    isBroken = false
  }

  /// The holds that have run out, when it is time to look for them; no more than fit in a group.
  private func lapsedHolds(at now: Timestamp) -> [HoldID] {
    guard ContinuousClock.now >= nextSweep else { return [] }
    let lapsed = state.lapsedHolds(at: now)
    if lapsed.count <= settings.groupLimit {
      nextSweep = .now + .milliseconds(settings.sweepIntervalMs)
    }
    return Array(lapsed.prefix(settings.groupLimit))
  }

  private var millisecondsToSweep: Int {
    let (seconds, attoseconds) = (nextSweep - ContinuousClock.now).components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    return min(max(Int(milliseconds), 0), settings.sweepIntervalMs)
  }

  /// Deletes answers that nobody can ask for any more; one whose payment is open is kept.
  private func prune() {
    guard ContinuousClock.now >= nextPruning else { return }
    nextPruning = .now + Self.pruningInterval
    let now = clock.now().milliseconds
    let cutoff = now - min(now, settings.idempotencyLifetimeMs)
    // Nothing depends on it: what could not be deleted now is deleted the next time.
    try? connection.run(
      """
      DELETE FROM idempotency
      WHERE number < ifnull(
        (SELECT number FROM idempotency WHERE created_at_ms >= ?1 ORDER BY number LIMIT 1),
        \(Int64.max))
      AND NOT (outcome = '\(StoredOutcome.purchasing)' AND subject IN (
        SELECT hold FROM payments WHERE state IN ('intent', 'sent', 'unknown')))
      """, [.count(cutoff)])
  }
}

extension LedgerState {
  /// The state that the rows on disk describe.
  init(reading connection: SQLiteConnection, bounds: Bounds) throws(SQLiteError) {
    let nodes = try connection.rows("SELECT \(Node.columns) FROM nodes") {
      row throws(SQLiteError) in try Node(row)
    }
    let marks = try connection.rows("SELECT node, \(NodeMark.columns) FROM marks") {
      row throws(SQLiteError) in (try row.id(0) as NodeID, try NodeMark(row, from: 1))
    }
    let holds = try connection.rows("SELECT \(Hold.columns) FROM holds WHERE state = 'held'") {
      row throws(SQLiteError) in try Hold(row)
    }
    self.init(
      nodes: nodes, marks: marks, openHolds: holds, openPayments: try connection.openPayments(),
      bounds: bounds)
  }
}
