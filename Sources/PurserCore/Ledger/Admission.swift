// Setting money aside, and ending a hold.
extension LedgerState {
  /// Admits a new hold: checks everything, meets the chain's nodes, and moves the counters.
  ///
  /// One that is settled already is spent at once.
  mutating func admit(
    _ hold: Hold, by chain: GrantChain, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) {
    try checkAdmission(of: hold.amount, by: chain, at: step.now, records: records)
    guard openHolds[hold.id] == nil else { throw .conflict("a hold with this id exists") }
    if let known = chain.levels.last(where: { hasNode($0.node) }) {
      try prepareMove(at: known.node, now: step.now, records: records)
    }
    try meet(chain, step: &step)
    var move = ChargeMove(
      admittedBefore: hold.admittedAt, admittedAfter: hold.admittedAt, isNew: true)
    if hold.state == .held {
      track(hold)
      move.heldAfter = hold.amount
    } else {
      move.settled = hold.settled
    }
    step.changes.append(.newHold(hold))
    apply(move, at: hold.node, step: &step)
  }

  /// What every new hold must pass; nothing that is on disk is changed by it.
  mutating func checkAdmission(
    of amount: Msat, by chain: GrantChain, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    guard amount > .zero else { throw .invalid("an amount must be positive") }
    try checkStanding(of: chain, at: now)
    let charge = ProspectiveCharge(amount: amount)
    try checkBudget(of: chain, for: charge, at: now, records: records)
    try checkDescendants(of: chain)
  }

  /// Whether an amount would be admitted now, and what the holder's own limits leave.
  mutating func quote(
    _ quote: Quote, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try checkAdmission(of: quote.amount, by: quote.chain, at: now, records: records)
    return .quoted(
      room: try room(under: quote.chain.holder, at: now, records: records))
  }

  /// Ends a hold: what was settled counts as spent, the rest goes back.
  mutating func end(
    _ hold: Hold, as state: Hold.State, settled: Msat, action: String, step: inout Step,
    records: some LedgerRecords, details: AuditDetails = [:]
  ) throws(Refusal) -> Outcome {
    try prepareMove(at: hold.node, now: step.now, records: records)
    var ended = hold
    ended.state = state
    ended.settled = settled
    forget(hold)
    step.changes.append(.hold(ended))
    let move = ChargeMove(
      heldBefore: hold.amount, settled: settled, admittedBefore: hold.admittedAt,
      admittedAfter: hold.admittedAt)
    apply(move, at: hold.node, step: &step)
    let released = hold.amount.subtractingToZero(settled)
    let members: AuditDetails = [
      "hold": .id(hold.id), "released_msat": .msat(released), "settled_msat": .msat(settled),
    ]
    step.record(
      action, node: hold.node,
      details.isEmpty ? members : details.merging(members) { _, member in member })
    return .ended(hold: hold.id, settled: settled, released: released)
  }

  /// Keeps an open hold where it is found by id and by its end.
  mutating func track(_ hold: Hold) {
    openHolds[hold.id] = hold
    if let end = hold.expiresAt { holdAgenda.add(hold.id, at: end) }
  }

  /// Forgets a hold that was open.
  mutating func forget(_ hold: Hold) {
    openHolds[hold.id] = nil
    if let end = hold.expiresAt { holdAgenda.remove(hold.id, at: end) }
  }
}
