// Escrow: a grant whose total was taken from those above it at once.
//
// It is funded by the nearest grant above that has an escrow itself, or else by all up to the top.
extension LedgerState {
  /// Refuses an escrow of `amount` for the last level of `chain` that those above cannot fund.
  func checkEscrow(of amount: Msat?, for chain: GrantChain) throws(Refusal) {
    guard let amount, amount > .zero else {
      throw .invalid("an escrow needs spend_msat, and a positive one: that is what it takes")
    }
    guard chain.validUntilSeconds != nil else {
      throw .invalid("an escrow needs an end, so that it comes back: give valid_until or ttl_s")
    }
    guard chain.levels.count > 1 else {
      throw .invalid("a top-level grant has none above it to take an escrow from")
    }
    try checkFunds(for: amount, by: chain.levels.dropLast())
  }

  /// Refuses when `amount` more does not fit at each of `levels` from the last one up to the first
  /// that has an escrow.
  private func checkFunds(
    for amount: Msat, by levels: some BidirectionalCollection<GrantLevel>
  ) throws(Refusal) {
    for level in levels.reversed() {
      let limit =
        Self.tighter(
          level.spendLimit, nodes[level.node]?.registered.amount(per: nil)) ?? .max
      try checkRoom(at: level.node, within: limit, for: ProspectiveCharge(amount: amount))
      if nodes[level.node]?.isEscrowed == true { return }
    }
    try checkCeiling(for: amount, at: levels.first?.node)
  }

  /// Refuses when `amount` more of escrows does not fit under the policy's ceiling at `top`.
  private func checkCeiling(for amount: Msat, at top: NodeID?) throws(Refusal) {
    guard let top, let ceiling = bounds.ceilings.spend else { return }
    try Self.asCeiling { () throws(Refusal) in
      try checkRoom(at: top, within: ceiling, for: ProspectiveCharge(amount: amount))
    }
  }

  mutating func openEscrow(at id: NodeID, step: inout Step) {
    nodes[id]?.isEscrowed = true
    guard let node = nodes[id] else { return }
    keepTrack(of: node)
    moveEscrow(at: node.parent, from: .zero, to: node.unspentEscrow, step: &step)
  }

  /// Ends the escrows of `id` and of all below it, the deepest first: an escrow within another is
  /// part of that one for as long as it lasts.
  /// - Returns: What came back to the grants above `id`.
  mutating func endEscrows(below id: NodeID, step: inout Step) -> Msat {
    let ended = (escrows[top(of: id)] ?? [])
      .compactMap { escrow in path(to: escrow).map { (path: $0, id: escrow) } }
      .filter { $0.path.contains(id) }
      .sorted { ($1.path.count, $0.id) < ($0.path.count, $1.id) }
    let ids = Set(ended.map(\.id))
    var returned = Msat.zero
    for escrow in ended {
      let unspent = endEscrow(escrow.id, step: &step)
      // What one within another gives back goes to that one.
      if !escrow.path.dropLast().contains(where: ids.contains) {
        returned = returned.adding(unspent) ?? .max
      }
    }
    return returned
  }

  /// Gives back what the escrow of `id` has not spent.
  ///
  /// What is held under it comes back as the holds end.
  private mutating func endEscrow(_ id: NodeID, step: inout Step) -> Msat {
    guard let node = nodes[id], node.isEscrowed else { return .zero }
    let unspent = node.unspentEscrow
    let top = top(of: id)
    nodes[id]?.isEscrowed = false
    escrows[top]?.remove(id)
    if escrows[top]?.isEmpty == true { escrows[top] = nil }
    step.changes.append(.terms(id))
    moveEscrow(at: node.parent, from: unspent, to: .zero, step: &step)
    return unspent
  }

  /// Ends the escrow of `id`, whose time is over, and those below it.
  mutating func endEscrow(
    of id: NodeID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try bringIn(id, records: records)
    guard let node = nodes[id], node.isEscrowed else { throw .conflict("this escrow has ended") }
    guard let end = node.validUntilSeconds, step.now.seconds >= end else {
      throw .conflict("this escrow has not run out")
    }
    let returned = endEscrows(below: id, step: &step)
    step.record("grant.expire", node: id, ["returned_msat": .msat(returned)])
    return .done
  }

  /// The escrows whose time is over at `now`, those within others first.
  public func lapsedEscrows(at now: Timestamp) -> [NodeID] {
    nodeAgenda.due(at: now).filter { nodes[$0]?.isEscrowed == true }
      .map { (depth: path(to: $0)?.count ?? 0, id: $0) }
      .sorted { ($1.depth, $0.id) < ($0.depth, $1.id) }.map(\.id)
  }

  mutating func updateLimit(
    _ update: LimitUpdate, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try bringIn(update.node, records: records)
    try authorize(update, step: step)
    guard let node = nodes[update.node], let old = node.limit(per: update.window),
      let ceiling = node.stated.amount(per: update.window)
    else {
      throw .conflict("this grant has no such limit to change; make one with it, or revoke it")
    }
    if mark(of: update.node)?.state == .revoked { throw .revoked(update.node) }
    let new = try Self.changed(old, by: update.delta, ceiling: ceiling)
    if update.window == nil, node.isEscrowed {
      try resizeEscrow(of: node, from: old, to: new, update, step: &step)
    } else {
      nodes[node.id]?.registered.set(new, per: update.window)
      step.changes.append(.terms(node.id))
    }
    var details: AuditDetails = [
      "delta_msat": .integer(update.delta), "limit_msat": .msat(new),
    ]
    if let window = update.window { details["window"] = .string(window.text) }
    step.record("grant.update", node: node.id, details)
    return .limited(node: node.id, limit: new)
  }

  private static func changed(
    _ old: Msat, by delta: Int64, ceiling: Msat
  ) throws(Refusal) -> Msat {
    guard delta != 0, let change = Msat(delta.magnitude) else {
      throw .invalid("delta_msat is a whole number within 2^53, and not zero")
    }
    guard let new = delta < 0 ? old.subtracting(change) : old.adding(change) else {
      throw .invalid("the limit is \(old.value) msat; it cannot change by that much")
    }
    guard new <= ceiling else {
      throw .forbidden(
        rule: "caveat:spend_msat",
        explanation: "its token states \(ceiling.value) msat; the limit cannot be raised above that"
      )
    }
    return new
  }

  /// A holder acts on strict descendants of its own node, and lowers its own; never from a stopped
  /// one.
  private func authorize(_ update: LimitUpdate, step: Step) throws(Refusal) {
    guard !step.actor.isOperator, let own = step.actor.node else { return }
    guard let chain = update.chain, chain.node == own, let path = path(to: update.node),
      path.contains(own)
    else { throw .notFound("no grant with this id at or below yours") }
    try checkStanding(of: chain, at: step.now)
    guard update.node != own || update.delta < 0 else {
      throw .forbidden(
        rule: "grant:update", explanation: "you may lower your own limit; whoever gave it raises it"
      )
    }
  }

  /// An escrow that grows takes more from those above; one that shrinks keeps what is in use.
  private mutating func resizeEscrow(
    of node: Node, from old: Msat, to new: Msat, _ update: LimitUpdate, step: inout Step
  ) throws(Refusal) {
    guard new >= node.used else {
      throw .conflict("\(node.used.value) msat of this escrow are in use; lower it to no less")
    }
    if let more = new.subtracting(old) { try checkFunds(for: more, above: node, update.chain) }
    nodes[node.id]?.registered.set(new, per: nil)
    step.changes.append(.terms(node.id))
    moveEscrow(
      at: node.parent, from: node.unspentEscrow, to: nodes[node.id]?.unspentEscrow ?? .zero,
      step: &step)
  }

  /// The limits of the asker's own levels are those of its token; between it and the escrow, those
  /// that are registered.
  private func checkFunds(
    for amount: Msat, above node: Node, _ chain: GrantChain?
  ) throws(Refusal) {
    var next = node.parent
    while let id = next, let current = nodes[id] {
      let presented = chain?.levels.first { $0.node == id }?.spendLimit
      let limit = Self.tighter(presented, current.totalLimit) ?? .max
      try checkRoom(at: id, within: limit, for: ProspectiveCharge(amount: amount))
      if current.isEscrowed { return }
      if current.parent == nil { try checkCeiling(for: amount, at: id) }
      next = current.parent
    }
  }
}
