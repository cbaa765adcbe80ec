internal import LibCrypto
internal import LibSQLite
internal import PurserCore
internal import PurserLedger

/// One ledger on disk beside the model, from one seed: random groups of requests, failures of the
/// storage, restarts and kills, in one thread and without any timer.
///
/// After each group the answers and the paths that it touched are compared; everything in memory and
/// on disk now and then, after each failure and at the end.
public final class Simulation {
  let seed: UInt64
  private let steps: Int
  private let clock = ManualClock()
  private var files: SimulationFiles
  private let faults = FaultInjector()
  private let settings: LedgerSettings
  var workload: LedgerWorkload
  var ledger: SteppedLedger
  var model: ModelLedger
  var tally = SimulationTally()
  var audit = AuditVerifier()
  /// The holds that were touched since everything was compared.
  var touchedHolds: Set<HoldID> = []
  private var nextCheck = 256

  /// The run of `seed`, of at least so many steps.
  public init(seed: UInt64, steps: Int) throws {
    self.seed = seed
    self.steps = steps
    files = try SimulationFiles(seed: seed)
    workload = LedgerWorkload(seed: seed, now: clock.now())
    let fails = faults.fails
    var settings = LedgerSettings(
      bounds: workload.bounds, calendar: TestCalendar())
    settings.bounds.idempotencyLifetimeMs = workload.paceMs * 300
    settings.trimmedAtOnce = LogArchive.block
    settings.beforeGroup = { _ throws(SQLiteError) in try fails.check() }
    self.settings = settings
    model = ModelLedger(bounds: workload.bounds)
    ledger = try Self.open(files.path, settings, clock, seed)
  }

  deinit { files.remove() }

  /// The hash of the last event that was compared: two runs with the same head did the same.
  public var head: [UInt8] { audit.head.bytes }

  /// Runs to the end.
  /// - Throws: ``SimulationFailure``, and what the files threw.
  public func run() throws -> SimulationTally {
    while tally.steps < steps {
      try step()
      if tally.steps >= nextCheck {
        try checkEverything()
        nextCheck = tally.steps + 256
      }
    }
    try checkEverything()
    try checkLog()
    for hold in model.holds where try ledger.hold(hold.id) != hold {
      throw failure("hold \(hold.id) differs")
    }
    return tally
  }

  private static func open(
    _ path: String, _ settings: LedgerSettings, _ clock: ManualClock, _ seed: UInt64
  ) throws -> SteppedLedger {
    let ledger = try SteppedLedger(path: path, settings: settings, wallClock: clock.now)
    // A small cache writes pages of a transaction to the log before its end.
    if seed % 3 == 0 { try ledger.connection.execute("PRAGMA cache_size = 10") }
    if seed % 2 == 0 { _ = try ledger.connection.integer("PRAGMA wal_autocheckpoint = 30") }
    return ledger
  }

  private func step() throws {
    clock.move(milliseconds: Int64(workload.pause(at: ledger.now())))
    switch Int.random(in: 0..<200, using: &workload.random) {
    case 0..<4: try letGo()
    case 4: try prune()
    case 5..<7: try restart()
    case 7..<9: try kill()
    case 9: clock.move(milliseconds: -Int64(workload.paceMs))
    case 10..<14: try group(failing: fault())
    case 14, 15: try archiveLog()
    default: try group()
    }
  }

  /// Takes out events that an archive has, or makes the next one, with a kill now and then.
  private func archiveLog() throws {
    // What leaves is compared before.
    try checkEvents()
    let log = try ledger.logExtent()
    let command: Command
    if log.gone < log.archived {
      command = .trimLog
    } else {
      let most = (log.end - min(log.end, LogArchive.tail)) / LogArchive.block
      guard most > log.gone / LogArchive.block else { return }
      let blocks = UInt64.random(
        in: log.gone / LogArchive.block + 1...most, using: &workload.random)
      guard let archive = try ledger.logArchive(upTo: blocks * LogArchive.block) else {
        throw failure("the last event of an archive is missing")
      }
      command = .archiveLog(archive)
      tally.archives += 1
    }
    let request = LedgerRequest(actor: .operatorUser(peer: nil), command: command)
    switch Int.random(in: 0..<4, using: &workload.random) {
    case 0: try kill([request])
    case 1: try group([request], failing: fault())
    default: try group([request])
    }
    try checkLog()
  }

  private func requests(at now: Timestamp) -> [LedgerRequest] {
    let count =
      switch Int.random(in: 0..<20, using: &workload.random) {
      case 0: Int.random(in: 0...40, using: &workload.random)
      case 1..<6: Int.random(in: 2...8, using: &workload.random)
      default: 1
      }
    return (0..<count).map { _ in workload.next(at: now) }
  }

  private func fault() -> StorageFault {
    switch Int.random(in: 0..<8, using: &workload.random) {
    case 0: .error
    case 1, 2: .full(pages: Int64.random(in: 0...1, using: &workload.random))
    case 3: .refusedCommit
    default: .interrupted(after: interruption())
    }
  }

  /// Anywhere in a group of one or in a large one.
  private func interruption() -> Int {
    Int.random(in: 0..<(workload.random.once(in: 3) ? 2000 : 100), using: &workload.random)
  }

  /// One group; with a fault it fails, or the fault did not strike.
  private func group(
    _ first: [LedgerRequest] = [], failing fault: StorageFault? = nil
  ) throws {
    let now = ledger.now()
    let requests = first + requests(at: now)
    let isSweeping = workload.random.once(in: 8)
    tally.steps += max(1, requests.count)
    if let fault { try faults.arm(fault, on: ledger.connection) }
    let isLong = workload.random.once(in: 4)
    do {
      let answers = try ledger.commit(requests, sweeping: isSweeping)
      if fault != nil { try faults.disarm(ledger.connection) }
      try compare(answers, to: requests, sweeping: isSweeping, at: now)
    } catch let error as SQLiteError {
      guard fault != nil else { throw failure("the disk failed by itself: \(error)") }
      tally.failedGroups += 1
      // One that lasts: the next group finds it as well, and memory has to wait.
      if isLong, (try? ledger.commit([], sweeping: true)) != nil { model.sweep(at: now) }
      try faults.disarm(ledger.connection)
      try afterFailure()
    }
  }

  /// Nothing of it happened, on disk or in memory.
  private func afterFailure() throws {
    // What could not be read when the group failed is read before the next one.
    let now = ledger.now()
    let answers: [Result<Applied, Refusal>]
    do { answers = try ledger.commit([Self.nothing], sweeping: false) } catch {
      throw failure("the ledger does not recover: \(error)")
    }
    try compare(answers, to: [Self.nothing], sweeping: false, at: now)
    try checkEverything()
  }

  /// A request that changes nothing but the log.
  private static let nothing = LedgerRequest(
    actor: .daemon,
    command: .recordRefusals(
      RefusalCount(node: nil, method: "none", reason: "none", count: 1, peer: nil)))

  private func letGo() throws {
    tally.steps += 1
    let before = ledger.state.nodes.count
    ledger.letGo()
    tally.letGo += before - ledger.state.nodes.count
  }

  private func prune() throws {
    tally.steps += 1
    ledger.prune()
    model.prune(at: ledger.now(), lifetimeMs: settings.bounds.idempotencyLifetimeMs)
  }

  private func restart() throws {
    tally.steps += 1
    tally.restarts += 1
    try reopen()
  }

  /// Opens the files again; the connection before is closed when the new one takes its place.
  private func reopen() throws {
    do { ledger = try Self.open(files.path, settings, clock, seed) } catch {
      throw failure("the ledger does not open again: \(error)")
    }
    try checkEverything()
  }

  /// The process is killed in the middle of a group, at its commit, or after it: the files as they
  /// are at that moment are all that is left.
  private func kill(_ first: [LedgerRequest] = []) throws {
    tally.kills += 1
    let files = files
    var isKilled = false
    faults.strikes = {
      isKilled = true
      files.copy()
    }
    let fault: StorageFault =
      workload.random.once(in: 4) ? .refusedCommit : .interrupted(after: interruption())
    let now = ledger.now()
    let requests = first + requests(at: now)
    tally.steps += max(1, requests.count)
    try faults.arm(fault, on: ledger.connection)
    let answers = try? ledger.commit(requests, sweeping: false)
    faults.strikes = {}
    try faults.disarm(ledger.connection)
    if let answers {
      if !isKilled { files.copy() }
      try compare(answers, to: requests, sweeping: false, at: now)
    }
    self.files.moveToCopy()
    try reopen()
  }

  func failure(_ reason: String) -> SimulationFailure {
    SimulationFailure(seed: seed, step: tally.steps, steps: steps, reason: reason)
  }
}
