internal import LibSQLite
internal import PurserCore

/// The one writer: applies commands to the state in memory and writes their rows, a group at a
/// time.
///
/// It belongs to the writer's thread. What it answers is on disk: answers leave after the commit.
final class Writer {
  private let connection: SQLiteConnection
  private let clock: LedgerClock
  private let settings: LedgerSettings
  /// The bounds that were last committed: what a rebuilt state starts with.
  private var bounds: LedgerState.Bounds
  private(set) var state: LedgerState
  private var trail: AuditTrail
  private let rows: RowWriter
  private let records: WriterRecords
  private let log: LongLog
  private let commits: CommitNotices
  /// Whether a group failed and what is on disk could not be read since.
  private var isBroken = false
  /// Whether everything of a group is applied, and its commit is what comes next.
  private var isCommitting = false
  private var nextSweep = ContinuousClock.now
  private var nextPruning = ContinuousClock.now

  private static let pruningInterval = Duration.seconds(60)
  private static let nextGroup = Duration.milliseconds(100)

  init(
    connection: SQLiteConnection, clock: LedgerClock, settings: LedgerSettings,
    commits: CommitNotices = CommitNotices()
  ) throws(SQLiteError) {
    self.connection = connection
    self.clock = clock
    self.settings = settings
    self.commits = commits
    bounds = settings.bounds
    rows = try RowWriter(connection, trimmedAtOnce: settings.trimmedAtOnce)
    records = WriterRecords(connection)
    log = LongLog(of: connection, endProcess: settings.endProcess)
    state = try LedgerState(reading: connection, bounds, settings.calendar)
    trail = try AuditTrail(connection)
    clock.advance(to: trail.lastTimeMs)
    commits.note(trail.sequence)
  }

  /// Works until the queue is closed and everything in it is answered.
  func run(_ queue: CommandQueue) {
    var gathering = CommandQueue.Gathering.none
    while let group = queue.take(
      limit: settings.groupLimit, waitingAtMost: millisecondsToSweep, gathering)
    {
      let start = ContinuousClock.now
      process(group)
      gathering = Self.gathering(after: group.count, in: ContinuousClock.now - start)
      putBackLog()
      guard ContinuousClock.now >= nextPruning else { continue }
      // Many that end together are let go of a group at a time, so that nobody waits long.
      nextPruning = .now + (letGo() ? Self.nextGroup : Self.pruningInterval)
      prune()
    }
  }

  /// How long to wait for the next group, given the last one.
  ///
  /// Those who were just answered ask again in a moment. Without waiting, the first few of them make
  /// a small group, and all others sit out a whole sync: a fraction of one is well spent on them.
  private static func gathering(
    after count: Int, in time: Duration
  ) -> CommandQueue.Gathering {
    guard count >= smallestGathering else { return .none }
    let microseconds = Int(time / .microseconds(1))
    return CommandQueue.Gathering(
      count: count * 3 / 4, microseconds: min(microseconds / 2, longestGathering))
  }

  private static let smallestGathering = 8
  /// In microseconds.
  private static let longestGathering = 500

  /// Answers each command of a group, after all of them are on disk.
  private func process(_ group: [WaitingCommand]) {
    do throws(SQLiteError) {
      let answers = try commit(
        group.lazy.map(\.request), sweeping: ContinuousClock.now >= nextSweep)
      for (command, answer) in zip(group, answers) { command.answer(answer) }
      commits.note(trail.sequence)
    } catch {
      for command in group { command.answer(.failure(error.writeRefusal)) }
    }
  }

  /// Applies requests in one transaction, after what the daemon itself has to do when it is time to
  /// look for that.
  ///
  /// When it throws, nothing of any of them was done.
  func commit(
    _ requests: some Collection<LedgerRequest>, sweeping: Bool
  ) throws(SQLiteError) -> [Result<Applied, Refusal>] {
    isCommitting = false
    do throws(SQLiteError) {
      if isBroken { try recover() }
      let now = clock.now()
      return try apply(requests, after: sweeping ? housekeeping(at: now) : [], at: now)
    } catch {
      isBroken = true
      if isCommitting, FailedCommit.mayBeWhole(after: error) { undo() }
      // What cannot be read now is read before the next group; that one is refused until it can.
      try? recover()
      throw error
    }
  }

  private func apply(
    _ requests: some Collection<LedgerRequest>, after own: [Command], at now: Timestamp
  ) throws(SQLiteError) -> [Result<Applied, Refusal>] {
    guard !requests.isEmpty || !own.isEmpty else { return [] }
    let sequence = trail.sequence
    let answers = try connection.transaction {
      () throws(SQLiteError) -> [Result<Applied, Refusal>] in
      try settings.beforeGroup(connection)
      for command in own { _ = try apply(LedgerRequest(actor: .daemon, command: command), at: now) }
      var answers: [Result<Applied, Refusal>] = []
      answers.reserveCapacity(requests.count)
      for request in requests { answers.append(try apply(request, at: now)) }
      try rows.finish(state)
      if trail.sequence != sequence { try trail.recordHead(in: connection) }
      isCommitting = true
      return answers
    }
    bounds = state.bounds
    return answers
  }

  /// Applies one request and writes its rows; a refusal changes nothing and disturbs nobody else.
  private func apply(
    _ request: LedgerRequest, at now: Timestamp
  ) throws(SQLiteError) -> Result<Applied, Refusal> {
    let applied: Applied
    do throws(Refusal) {
      applied = try state.apply(request, at: now, records: records)
    } catch {
      if let failure = records.takeFailure() { throw failure }
      return .failure(error)
    }
    for change in applied.changes { try rows.write(change, of: state, at: now) }
    if let event = applied.event { try trail.append(event, at: now, to: connection) }
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
    rows.discard()
    let closedKeys = state.closedKeys
    state = try LedgerState(reading: connection, bounds, settings.calendar)
    state.closedKeys = closedKeys
    trail = try AuditTrail(connection)
    isBroken = false
  }

  /// What the daemon itself has to do: holds and escrows that have run out, no more than fit in a
  /// group.
  private func housekeeping(at now: Timestamp) -> [Command] {
    let due =
      state.lapsedHolds(at: now).map { Command.expire(hold: $0) }
      + state.lapsedEscrows(at: now).map { Command.endEscrow($0) }
    if due.count <= settings.groupLimit {
      nextSweep = .now + .milliseconds(settings.sweepIntervalMs)
    }
    return Array(due.prefix(settings.groupLimit))
  }

  private var millisecondsToSweep: Int {
    let (seconds, attoseconds) = (nextSweep - ContinuousClock.now).components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    return min(max(Int(milliseconds), 0), settings.sweepIntervalMs)
  }

  /// Puts SQLite's log back into the database when it is long; to be called when nobody waits.
  func putBackLog() { log.putBackWhenLong() }

  /// Lets go of nodes that are over, in memory and for the next start.
  /// - Returns: Whether there may be more.
  @discardableResult
  func letGo() -> Bool {
    guard !isBroken else { return false }
    // Nothing depends on it: what is not flagged is loaded at the next start and let go again.
    let gone = state.letGo(at: clock.now(), atMost: settings.groupLimit)
    guard !gone.isEmpty else { return false }
    try? connection.transaction { () throws(SQLiteError) in
      for id in gone { try connection.run("UPDATE nodes SET is_open = 0 WHERE id = ?1", [.id(id)]) }
    }
    return gone.count == settings.groupLimit
  }

  /// Deletes answers that nobody can ask for any more, and approvals that are as long over.
  ///
  /// An answer whose payment is open is kept.
  func prune() {
    let now = clock.now().milliseconds
    let cutoff = now - min(now, bounds.idempotencyLifetimeMs)
    try? connection.run("DELETE FROM approvals WHERE expires_at_ms < ?1", [.count(cutoff)])
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
  init(
    reading connection: SQLiteConnection, _ bounds: Bounds, _ calendar: any SpendCalendar
  ) throws(SQLiteError) {
    let nodes = try connection.rows(
      "SELECT \(Node.columns) FROM \(Node.tables) WHERE nodes.is_open = 1"
    ) { row throws(SQLiteError) in try Node(row) }
    let marks = try connection.rows("SELECT node, state, set_by FROM marks") {
      row throws(SQLiteError) in (try row.id(0) as NodeID, try NodeMark(row, from: 1))
    }
    let holds = try connection.rows(
      "SELECT \(Hold.columns) FROM \(Hold.tables) WHERE holds.state = 'held'"
    ) { row throws(SQLiteError) in try Hold(row) }
    let last = try connection.integer("SELECT max(number) FROM nodes") ?? 0
    self.init(
      nodes: nodes, lastNumber: UInt64(max(0, last)), marks: marks, openHolds: holds,
      openPayments: try connection.openPayments(), approvals: try connection.openApprovals(),
      bounds: bounds, calendar: calendar)
    restoration = try connection.restoration()
  }
}
