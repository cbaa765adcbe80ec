internal import PurserCore

// Budgets and holds.
extension ModelLedger {
  /// Refuses what would exceed a limit of any level, the holder's own asked first.
  ///
  /// `replaced` is the hold whose place it takes.
  func checkBudget(
    _ amount: Msat, of chain: GrantChain, but replaced: Hold?, _ now: Timestamp
  ) throws(Refused) {
    var isFunded = false
    for level in chain.levels.reversed() {
      let registered = nodes[level.node]?.registered ?? []
      if let limit = level.paymentLimit, amount > limit {
        throw refusal(of: .payment, limit, at: level.node, used: 0, amount)
      }
      if !isFunded {
        let limit = Self.tighter(level.spendLimit, registered.amount(per: nil)) ?? .max
        try checkTotal(at: level.node, within: limit, for: amount, but: replaced)
      }
      let unstated = registered.filter { level.windows.amount(per: $0.window) == nil }
      for limit in level.windows + unstated {
        guard let window = limit.window else { continue }
        let least = min(limit.amount, registered.amount(per: window) ?? .max)
        try check(window, least, at: level.node, for: amount, but: replaced, now)
      }
      try checkCalls(of: level, but: replaced, now)
      // An escrow has taken from those above already.
      isFunded = isFunded || nodes[level.node]?.isEscrowed == true
    }
    try checkCeilings(amount, of: chain.topNode, isFunded: isFunded, but: replaced, now)
  }

  private func checkCeilings(
    _ amount: Msat, of top: NodeID, isFunded: Bool, but replaced: Hold?, _ now: Timestamp
  ) throws(Refused) {
    if let limit = bounds.ceilings.payment, amount > limit {
      throw refusal(of: .payment, limit, at: top, used: 0, amount, isCeiling: true)
    }
    if let limit = bounds.ceilings.spend {
      try checkTotal(
        at: top, escrowed: isFunded ? 0 : nil, within: limit, for: amount, but: replaced,
        isCeiling: true)
    }
    for limit in bounds.ceilings.windows {
      guard let window = limit.window else { continue }
      try check(window, limit.amount, at: top, for: amount, but: replaced, now, isCeiling: true)
    }
  }

  func checkTotal(
    at node: NodeID, escrowed: UInt64? = nil, within limit: Msat, for amount: Msat,
    but replaced: Hold?, isCeiling: Bool = false
  ) throws(Refused) {
    let (settled, held) = sums(at: node)
    let inEscrows = escrowed ?? self.escrowed(at: node)
    let used = settled + held + inEscrows - (replaced?.amount.value ?? 0)
    guard used + amount.value <= limit.value else {
      throw refusal(of: .spend, limit, at: node, used: used, amount, isCeiling: isCeiling)
    }
  }

  private func check(
    _ window: SpendWindow, _ limit: Msat, at node: NodeID, for amount: Msat, but replaced: Hold?,
    _ now: Timestamp, isCeiling: Bool = false
  ) throws(Refused) {
    let (start, end) = try bounds(of: window, at: now)
    var used = spent(at: node, since: start)
    if let replaced, replaced.admittedAt >= start { used -= replaced.amount.value }
    if used + amount.value <= limit.value { return }
    var renewsAt = end
    if amount > limit {
      renewsAt = nil
    } else if case .rolling(let seconds) = window {
      renewsAt = renewal(
        ofRolling: seconds, at: node, .amount, now: now, but: replaced,
        room: limit.value - amount.value)
    }
    throw refusal(
      of: .window(window), limit, at: node, used: used, amount, renewsAt, isCeiling: isCeiling)
  }

  /// Refuses one more operation where a level has had as many as it may.
  func checkCalls(of level: GrantLevel, but replaced: Hold?, _ now: Timestamp) throws(Refused) {
    for limit in level.calls {
      let (start, end) = try bounds(of: limit.window, at: now)
      let used = charges(at: level.node, .calls, but: replaced).count { $0.time >= start }
      if UInt64(used) < limit.count { continue }
      var renewsAt = limit.count == 0 ? nil : end
      if limit.count > 0, case .rolling(let seconds) = limit.window {
        renewsAt = renewal(
          ofRolling: seconds, at: level.node, .calls, now: now, but: replaced,
          room: limit.count - 1)
      }
      let shortfall = CallShortfall(
        node: level.node, limit: limit, used: UInt64(used), renewsAt: renewsAt)
      throw Refused(Refusal.callsExceeded(shortfall).kind)
    }
  }

  private func refusal(
    of limit: BudgetShortfall.Limit, _ amount: Msat, at node: NodeID, used: UInt64, _ asked: Msat,
    _ renewsAt: Timestamp? = nil, isCeiling: Bool = false
  ) -> Refused {
    let (settled, held) = sums(at: node)
    let shortfall = BudgetShortfall(
      node: node, limit: limit, limitAmount: amount, settled: Msat(settled) ?? .max,
      held: Msat(held) ?? .max, escrowed: Msat(escrowed(at: node)) ?? .max,
      used: Msat(used) ?? .max, asked: asked, renewsAt: renewsAt,
      isCeiling: isCeiling)
    return Refused(Refusal.budgetExceeded(shortfall).kind, shortfall)
  }

  mutating func reserve(
    _ reservation: Reservation, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    try checkLife(until: reservation.expiresAt, since: now, now)
    let hold = Hold(
      id: reservation.hold, node: reservation.chain.node, kind: .spend,
      amount: reservation.amount, createdAt: now, expiresAt: reservation.expiresAt)
    try admit(hold, reservation.chain, now)
    return .reserved(
      hold: hold.id, amount: hold.amount, expiresAtMs: reservation.expiresAt.milliseconds)
  }

  mutating func charge(_ charge: Charge, _ now: Timestamp) throws(Refused) -> Outcome {
    let hold = Hold(
      id: charge.hold, node: charge.chain.node, kind: .spend, amount: charge.amount,
      createdAt: now, expiresAt: nil, state: .settled, settled: charge.amount)
    try admit(hold, charge.chain, now)
    return .ended(hold: hold.id, settled: hold.amount, released: .zero)
  }

  /// Hands a copy out, with what it costs.
  mutating func issueCopy(_ issue: CredentialIssue, _ now: Timestamp) throws(Refused) {
    try checkStanding(issue.chain, now)
    guard credentials[issue.credential]?.state == .active else { throw Refused("not_found") }
    let node = issue.chain.node
    let isCounted = issue.isCounted && issue.charge == nil
    if let charge = issue.charge {
      if charge.isForFirstCopy,
        copies.contains(where: { $0.credential == issue.credential && $0.node == node })
      {
        throw Refused("conflict")
      }
      _ = try self.charge(
        Charge(hold: charge.hold, chain: issue.chain, amount: charge.amount), now)
    } else {
      if isCounted {
        for level in issue.chain.levels.reversed() { try checkCalls(of: level, but: nil, now) }
      }
      try meet(issue.chain)
    }
    if issue.usesUp { credentials[issue.credential]?.state = .retired }
    copies.append(
      CredentialCopy(
        node: node, credential: issue.credential, service: issue.service, issuedAt: now,
        validUntilSeconds: issue.validUntilSeconds, isCounted: isCounted))
  }

  /// Whether a charge would be admitted, found out by charging a copy.
  mutating func quote(_ quote: Quote, _ now: Timestamp) throws(Refused) -> Outcome {
    guard let hold = HoldID(bytes: [UInt8](repeating: 0, count: 16)) else {
      preconditionFailure("16 bytes are an id")
    }
    var copy = self
    _ = try copy.charge(Charge(hold: hold, chain: quote.chain, amount: quote.amount), now)
    // It changes nothing, like an answer that is repeated.
    isRepeated = true
    let level = quote.chain.holder
    let registered = nodes[level.node]?.registered ?? []
    var rooms = level.paymentLimit.map { [$0.value] } ?? []
    for limit in level.limits + registered {
      var used = UInt64(0)
      if let window = limit.window {
        used = spent(at: level.node, since: try bounds(of: window, at: now).start)
      } else {
        let (settled, held) = sums(at: level.node)
        used = settled + held + escrowed(at: level.node)
      }
      rooms.append(limit.amount.value - min(used, limit.amount.value))
    }
    return .quoted(room: rooms.min().flatMap(Msat.init))
  }

  mutating func admit(_ hold: Hold, _ chain: GrantChain, _ now: Timestamp) throws(Refused) {
    if hold.amount == .zero { throw Refused("invalid") }
    try checkStanding(chain, now)
    try checkBudget(hold.amount, of: chain, but: nil, now)
    if places[hold.id] != nil { throw Refused("conflict") }
    try meet(chain)
    places[hold.id] = holds.count
    for node in path(to: hold.node) { holdsBelow[node, default: []].append(holds.count) }
    holds.append(hold)
  }

  mutating func extend(
    _ extent: Extent, by actor: Actor, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    let hold = try openHold(extent.hold, actor)
    if hold.node != extent.chain.node { throw Refused("not_found") }
    let amount = extent.amount ?? hold.amount
    if amount < hold.amount { throw Refused("invalid") }
    guard let oldEnd = hold.expiresAt, let place = places[hold.id] else { throw Refused("invalid") }
    let end = extent.expiresAt ?? oldEnd
    if end < oldEnd { throw Refused("invalid") }
    try checkLife(until: end, since: hold.createdAt, now)
    try checkStanding(extent.chain, now)
    try checkBudget(amount, of: extent.chain, but: hold, now)
    holds[place].amount = amount
    holds[place].expiresAt = end
    // It is admitted anew.
    holds[place].admittedAt = now
    return .reserved(hold: hold.id, amount: amount, expiresAtMs: end.milliseconds)
  }

  mutating func settle(
    _ id: HoldID, _ amount: Msat, by actor: Actor
  ) throws(Refused) -> Outcome {
    let hold = try ownHold(id, actor)
    if hold.state == .settled, hold.settled == amount { return repeated(hold) }
    if hold.state != .held { throw Refused("conflict") }
    if amount > hold.amount { throw Refused("invalid") }
    return finish(id, .settled, settled: amount)
  }

  mutating func release(_ id: HoldID, by actor: Actor) throws(Refused) -> Outcome {
    let hold = try ownHold(id, actor)
    if hold.state == .released { return repeated(hold) }
    if hold.state != .held { throw Refused("conflict") }
    return finish(id, .released, settled: .zero)
  }

  private mutating func repeated(_ hold: Hold) -> Outcome {
    isRepeated = true
    return .ended(
      hold: hold.id, settled: hold.settled, released: hold.amount.subtractingToZero(hold.settled))
  }

  private func checkLife(
    until end: Timestamp, since start: Timestamp, _ now: Timestamp
  ) throws(Refused) {
    guard end > now, end <= start.adding(milliseconds: bounds.holdLifetimeMs) else {
      throw Refused("invalid")
    }
  }

  func ownHold(_ id: HoldID, _ actor: Actor) throws(Refused) -> Hold {
    guard let place = places[id], actor.node == nil || actor.node == holds[place].node else {
      throw Refused("not_found")
    }
    if holds[place].kind != .spend { throw Refused("conflict") }
    return holds[place]
  }

  func openHold(_ id: HoldID, _ actor: Actor) throws(Refused) -> Hold {
    let hold = try ownHold(id, actor)
    if hold.state != .held { throw Refused("conflict") }
    return hold
  }

  mutating func finish(_ id: HoldID, _ state: Hold.State, settled: Msat) -> Outcome {
    guard let place = places[id] else { return .done }
    holds[place].state = state
    holds[place].settled = settled
    return .ended(
      hold: id, settled: settled, released: holds[place].amount.subtractingToZero(settled))
  }
}
