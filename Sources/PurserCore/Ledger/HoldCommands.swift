// Commands on spend holds: reserve, settle, release, expire.
extension LedgerState {
  mutating func reserve(
    _ reservation: Reservation, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard reservation.expiresAt > step.now,
      reservation.expiresAt <= step.now.adding(milliseconds: bounds.holdLifetimeMs)
    else {
      throw .invalid("a hold lives between 1 ms and \(bounds.holdLifetimeMs / 1000) s")
    }
    let hold = Hold(
      id: reservation.hold, node: reservation.chain.node, kind: .spend,
      amount: reservation.amount, createdAt: step.now, expiresAt: reservation.expiresAt)
    try admit(hold, by: reservation.chain, step: &step, records: records)
    let expiresAtMs = reservation.expiresAt.milliseconds
    step.record(
      "spend.reserve", node: hold.node,
      [
        "amount_msat": .msat(hold.amount),
        "expires_at_ms": .integer(Int64(clamping: expiresAtMs)), "hold": .id(hold.id),
      ])
    return .reserved(hold: hold.id, amount: hold.amount, expiresAtMs: expiresAtMs)
  }

  mutating func settle(
    _ id: HoldID, amount: Msat, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = try ownHold(id, step: step, records: records)
    guard amount <= hold.amount else {
      throw .invalid(
        "a settlement is at most what was held: \(hold.amount.value) msat; reserve more first")
    }
    return end(hold, as: .settled, settled: amount, action: "spend.settle", step: &step)
  }

  mutating func release(
    _ id: HoldID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = try ownHold(id, step: step, records: records)
    return end(hold, as: .released, settled: .zero, action: "spend.release", step: &step)
  }

  mutating func expire(
    _ id: HoldID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let hold = try ownHold(id, step: step, records: records)
    guard let expiresAt = hold.expiresAt, step.now >= expiresAt else {
      throw .conflict("the hold has not run out")
    }
    return end(hold, as: .expired, settled: .zero, action: "spend.expire", step: &step)
  }

  /// The open spend hold `id`, if it is the caller's to end.
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
    guard hold.state == .held else {
      throw .conflict("this hold has ended: \(hold.state.rawValue)")
    }
    return hold
  }

  /// Ends a hold: what was settled counts as spent, the rest goes back.
  mutating func end(
    _ hold: Hold, as state: Hold.State, settled: Msat, action: String, step: inout Step,
    details: AuditDetails = [:]
  ) -> Outcome {
    var ended = hold
    ended.state = state
    ended.settled = settled
    openHolds[hold.id] = nil
    step.changes.append(.hold(ended))
    moveCounters(from: hold.node, step: &step) { node in
      node.held = node.held.subtractingToZero(hold.amount)
      // Every settled amount was held before, and an overrun is real money: neither can leave the
      // range of all bitcoin.
      node.settled = node.settled.adding(settled) ?? .max
    }
    let released = hold.amount.subtractingToZero(settled)
    var members = details
    members["hold"] = .id(hold.id)
    members["settled_msat"] = .msat(settled)
    members["released_msat"] = .msat(released)
    step.record(action, node: hold.node, members)
    return .ended(hold: hold.id, settled: settled, released: released)
  }

  /// The spend holds whose time has run out at `now`, the first to run out first.
  public func lapsedHolds(at now: Timestamp) -> [HoldID] {
    let lapsed = openHolds.values.compactMap { hold in
      hold.expiresAt.flatMap { now >= $0 ? (end: $0, id: hold.id) : nil }
    }
    // An order of their own: that of a dictionary is another one in each run.
    return lapsed.sorted { ($0.end, $0.id) < ($1.end, $1.id) }.map(\.id)
  }
}
