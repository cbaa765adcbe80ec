// Commands on spend holds: reserve, charge, extend, settle, release, expire.
extension LedgerState {
  mutating func reserve(
    _ reservation: Reservation, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try checkLife(until: reservation.expiresAt, since: step.now, step: step)
    let hold = Hold(
      id: reservation.hold, node: reservation.chain.node, kind: .spend,
      amount: reservation.amount, createdAt: step.now, expiresAt: reservation.expiresAt)
    try admit(hold, by: reservation.chain, step: &step, records: records)
    return record("spend.reserve", hold, until: reservation.expiresAt, step: &step)
  }

  /// Reserve and settle in one: there is nothing to give back, so no hold is open in between.
  mutating func charge(
    _ charge: Charge, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = Hold(
      id: charge.hold, node: charge.chain.node, kind: .spend, amount: charge.amount,
      createdAt: step.now, expiresAt: nil, state: .settled, settled: charge.amount)
    try admit(hold, by: charge.chain, step: &step, records: records)
    step.record(
      "spend.charge", node: hold.node,
      ["hold": .id(hold.id), "settled_msat": .msat(hold.settled)])
    return .ended(hold: hold.id, settled: hold.settled, released: .zero)
  }

  /// Admits an open hold anew, with a new total, a new end, or both: it counts from now on in the
  /// windows of now.
  mutating func extend(
    _ extent: Extent, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = try openHold(extent.hold, step: step, records: records)
    guard hold.node == extent.chain.node else {
      throw .notFound("no hold with this id on your grant")
    }
    var extended = hold
    extended.amount = extent.amount ?? hold.amount
    extended.expiresAt = extent.expiresAt ?? hold.expiresAt
    extended.admittedAt = step.now
    guard extended.amount >= hold.amount else {
      throw .invalid(
        "an extension is no less than what is held: \(hold.amount.value) msat; settle instead")
    }
    guard let end = extended.expiresAt, end >= hold.expiresAt ?? end else {
      throw .invalid("an extension ends no earlier than the hold did; release it instead")
    }
    try checkLife(until: end, since: hold.createdAt, step: step)
    try checkStanding(of: extent.chain, at: step.now)
    let charge = ProspectiveCharge(amount: extended.amount, replaces: hold)
    try checkBudget(of: extent.chain, for: charge, at: step.now, records: records)
    try prepareMove(at: hold.node, now: step.now, records: records)
    forget(hold)
    track(extended)
    step.changes.append(.hold(extended))
    let move = ChargeMove(
      heldBefore: hold.amount, heldAfter: extended.amount, admittedBefore: hold.admittedAt,
      admittedAfter: step.now)
    apply(move, at: hold.node, step: &step)
    return record("spend.extend", extended, until: end, step: &step)
  }

  mutating func settle(
    _ id: HoldID, amount: Msat, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let found = try ownHold(id, step: step, records: records)
    if found.state == .settled, found.settled == amount { return repeated(found, step: &step) }
    let hold = try stillOpen(found)
    guard amount <= hold.amount else {
      throw .invalid(
        "a settlement is at most what was held: \(hold.amount.value) msat; extend the hold first")
    }
    return try end(
      hold, as: .settled, settled: amount, action: "spend.settle", step: &step, records: records)
  }

  mutating func release(
    _ id: HoldID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let found = try ownHold(id, step: step, records: records)
    if found.state == .released { return repeated(found, step: &step) }
    return try end(
      try stillOpen(found), as: .released, settled: .zero, action: "spend.release", step: &step,
      records: records)
  }

  mutating func expire(
    _ id: HoldID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = try openHold(id, step: step, records: records)
    guard let expiresAt = hold.expiresAt, step.now >= expiresAt else {
      throw .conflict("the hold has not run out")
    }
    return try end(
      hold, as: .expired, settled: .zero, action: "spend.expire", step: &step, records: records)
  }

  /// The spend holds whose time has run out at `now`, the first to run out first.
  public func lapsedHolds(at now: Timestamp) -> [HoldID] {
    let lapsed = holdAgenda.due(at: now).compactMap { id in
      openHolds[id]?.expiresAt.flatMap { now >= $0 ? (end: $0, id: id) : nil }
    }
    // An order of their own: that of a set is another one in each run.
    return lapsed.sorted { ($0.end, $0.id) < ($1.end, $1.id) }.map(\.id)
  }

  private func checkLife(
    until end: Timestamp, since start: Timestamp, step: Step
  ) throws(Refusal) {
    guard end > step.now, end <= start.adding(milliseconds: bounds.holdLifetimeMs) else {
      throw .invalid("a hold lives between 1 ms and \(bounds.holdLifetimeMs / 1000) s in all")
    }
  }

  private func record(
    _ action: String, _ hold: Hold, until end: Timestamp, step: inout Step
  ) -> Outcome {
    step.record(
      action, node: hold.node,
      [
        "hold": .id(hold.id), "amount_msat": .msat(hold.amount),
        "expires_at_ms": .integer(Int64(clamping: end.milliseconds)),
      ])
    return .reserved(hold: hold.id, amount: hold.amount, expiresAtMs: end.milliseconds)
  }

  /// The answer of a hold that has ended in the very way that is asked for again.
  private func repeated(_ hold: Hold, step: inout Step) -> Outcome {
    step.isReplay = true
    return .ended(
      hold: hold.id, settled: hold.settled, released: hold.amount.subtractingToZero(hold.settled))
  }

  /// The spend hold `id`, open or ended, if it is the caller's to end.
  private func ownHold(
    _ id: HoldID, step: Step, records: some LedgerRecords
  ) throws(Refusal) -> Hold {
    var found = openHolds[id]
    if found == nil { found = try records.endedHold(id) }
    guard let hold = found, step.actor.node == nil || step.actor.node == hold.node else {
      throw .notFound("no hold with this id on your grant")
    }
    guard hold.kind == .spend else {
      throw .conflict("this hold belongs to a payment and ends with it")
    }
    return hold
  }

  private func openHold(
    _ id: HoldID, step: Step, records: some LedgerRecords
  ) throws(Refusal) -> Hold {
    try stillOpen(try ownHold(id, step: step, records: records))
  }

  private func stillOpen(_ hold: Hold) throws(Refusal) -> Hold {
    switch hold.state {
    case .held: return hold
    case .expired:
      throw .conflict("this hold ran out and was given back; charge what was spent")
    case .settled, .released:
      throw .conflict("this hold has ended: \(hold.state.rawValue)")
    }
  }
}
