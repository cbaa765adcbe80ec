internal import LibCrypto
internal import LibSQLite
internal import PurserCore
internal import PurserLedger

// What is compared between a ledger and its model.
extension Simulation {
  /// The answers of a group, and the paths that it touched.
  func compare(
    _ answers: [Result<Applied, Refusal>], to requests: [LedgerRequest], sweeping: Bool,
    at now: Timestamp
  ) throws {
    if sweeping { model.sweep(at: now) }
    guard answers.count == requests.count else { throw failure("some got no answer") }
    for (request, answer) in zip(requests, answers) {
      let wanted = model.apply(request, at: now)
      try compare(answer, to: wanted, request)
      if case .done = wanted {
        workload.note(request, isDone: true)
      } else {
        workload.note(request, isDone: false)
      }
    }
    var seen: Set<NodeID> = []
    for request in requests {
      for hold in request.command.holds { touchedHolds.insert(hold) }
      guard let node = node(of: request.command) else { continue }
      for id in model.path(to: node) where seen.insert(id).inserted {
        if let difference = difference(at: id, now) {
          throw failure("after \(request.command): \(difference)")
        }
      }
    }
  }

  private func compare(
    _ answer: Result<Applied, Refusal>, to wanted: ModelLedger.Answer, _ request: LedgerRequest
  ) throws {
    switch answer {
    case .failure(let refusal):
      tally.refused += 1
      if refusal.shortfall != nil { tally.exceeded += 1 }
      guard .refused(refusal.kind, refusal.shortfall) == wanted else {
        throw failure("\(request.command): \(refusal), the model: \(wanted)")
      }
    case .success(let applied):
      guard .done(applied.outcome) == wanted else {
        throw failure("\(request.command): \(applied.outcome), the model: \(wanted)")
      }
      if applied.isReplay {
        guard applied.event == nil, applied.changes.isEmpty, applied.attachment == model.attachment
        else { throw failure("\(request.command): the repeated answer is another one") }
        return
      }
      if case .quote = request.command {
        guard applied.event == nil, applied.changes.isEmpty else {
          throw failure("\(request.command): a question changed something")
        }
        return
      }
      tally.done += 1
      if case .trimLog = request.command { return }
      guard let event = applied.event else { throw failure("\(request.command): no event") }
      let returned = event.details["returned_msat"] ?? .integer(0)
      guard returned == .integer(Int64(model.returned)) else {
        throw failure("\(request.command): \(returned) came back, the model: \(model.returned)")
      }
    }
  }

  private func difference(at id: NodeID, _ now: Timestamp) -> String? {
    guard let node = ledger.state.nodes[id] else { return nil }
    return model.difference(of: node)
      ?? model.differenceOfWindows(at: id, in: ledger.state, now: now)
  }

  private func node(of command: Command) -> NodeID? {
    switch command {
    case .createGrant(let grant): grant.chain.node
    case .updateLimit(let update): update.node
    case .mark(let marking): marking.node
    case .endEscrow(let node): node
    case .reserve(let reservation): reservation.chain.node
    case .charge(let charge): charge.chain.node
    case .extend(let extent): extent.chain.node
    case .issueCredential(let issue): issue.chain.node
    default: command.holds.first.flatMap { model.hold($0)?.node }
    }
  }

  /// Everything, in memory and on disk.
  func checkEverything() throws {
    try checkNodes()
    try checkHolds()
    try checkEvents()
    let report = try ledger.verifyLedger()
    guard report.faults.isEmpty else { throw failure("the rows: \(report.faults)") }
    guard report.nodes == UInt64(model.knownNodes.count), report.holds == UInt64(model.holds.count)
    else { throw failure("\(report), the model: other numbers") }
    let answers = try ledger.connection.integer("SELECT count(*) FROM idempotency") ?? 0
    guard answers == model.answers.count else {
      throw failure("\(answers) answers are kept, the model: \(model.answers.count)")
    }
  }

  private func checkNodes() throws {
    let state = ledger.state
    let now = ledger.now()
    for row in try ledger.nodes() {
      guard state.nodes[row.id] ?? row == row else {
        throw failure("in memory \(String(describing: state.nodes[row.id])), on disk \(row)")
      }
      if let difference = model.difference(of: row) { throw failure(difference) }
    }
    for (key, series) in state.series {
      if let difference = model.difference(
        of: series, key.kind.measure, at: key.node, now: now)
      {
        throw failure(difference)
      }
    }
    guard Set(state.nodes.keys).isSubset(of: model.knownNodes) else {
      throw failure("a node is in memory that was never met")
    }
  }

  private func checkHolds() throws {
    let disk = try ledger.stateOnDisk()
    var open: [HoldID: Hold] = [:]
    for hold in model.holds where hold.state == .held {
      open[hold.id] = hold
      guard model.path(to: hold.node).allSatisfy({ disk.nodes[$0] != nil }) else {
        throw failure("a restart would not load a node where money is set aside")
      }
    }
    let payments = model.payments.filter { $0.value.state.isOpen }
    let marks = model.marks.filter { model.nodes[$0.key] == nil }
    for state in [ledger.state, disk] {
      guard state.openHolds == open else { throw failure("other holds are open") }
      guard state.openPayments == payments else { throw failure("other payments are open") }
      guard state.marks == marks else { throw failure("other marks") }
      if let difference = model.differenceOfApprovals(in: state, now: ledger.now()) {
        throw failure(difference)
      }
    }
    for escrow in model.escrows where disk.nodes[escrow] == nil {
      throw failure("a restart would not load the escrow \(escrow)")
    }
    for id in touchedHolds {
      guard try ledger.hold(id) == model.hold(id) else { throw failure("hold \(id) differs") }
    }
    touchedHolds.removeAll()
  }

  /// The events since the last time.
  func checkEvents() throws {
    let sql = "SELECT seq, text, hash FROM events WHERE seq > ?1 ORDER BY seq"
    let events = try ledger.connection.rows(sql, [.integer(Int64(audit.events))]) { row in
      (sequence: UInt64(max(0, row.integer(0))), text: row.blob(1), hash: row.blob(2))
    }
    for event in events {
      if let fault = audit.check(sequence: event.sequence, text: event.text, hash: event.hash) {
        throw failure("event \(fault.sequence): \(fault.reason)")
      }
    }
    guard audit.events == model.events else {
      throw failure("\(audit.events) events, the model: \(model.events)")
    }
  }

  /// The whole log, once more.
  func checkLog() throws {
    try checkEvents()
    let report = try ledger.verifyAudit()
    guard report.fault == nil, report.events == model.events, report.head == audit.head.bytes
    else {
      throw failure("the log: \(report)")
    }
  }
}

extension Command {
  /// The hold that it makes, changes or ends.
  var holds: [HoldID] {
    switch self {
    case .reserve(let reservation): [reservation.hold]
    case .charge(let charge): [charge.hold]
    case .extend(let extent): [extent.hold]
    case .settle(let hold, _), .release(let hold), .expire(let hold), .sendPayment(let hold, _),
      .finishPayment(let hold, _, _):
      [hold]
    case .beginPayment(let payment, _, _): [payment.hold]
    case .issueCredential(let issue): issue.charge.map { [$0.hold] } ?? []
    default: []
    }
  }
}
