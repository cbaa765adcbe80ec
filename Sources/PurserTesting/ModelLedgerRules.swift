internal import PurserCore

// Nodes.
extension ModelLedger {
  /// The nodes from `id` to the top.
  func path(to id: NodeID) -> [NodeID] {
    var path = [id]
    while let parent = path.last.flatMap({ nodes[$0]?.parent }) { path.append(parent) }
    return path
  }

  func checkStopped(_ path: some Sequence<NodeID>) throws(Refused) {
    for node in path {
      guard let mark = marks[node] else { continue }
      throw Refused("\(mark.state.rawValue) \(node)")
    }
  }

  func checkStanding(_ chain: GrantChain, _ now: Timestamp) throws(Refused) {
    try checkStopped(chain.levels.map(\.node))
    for level in chain.levels {
      if let end = level.validUntilSeconds, now.seconds >= end {
        throw Refused("expired \(level.node)")
      }
    }
    try checkRegistered(chain.levels.map(\.node), now)
  }

  /// What is known of the nodes themselves, without a token.
  func checkRegistered(_ path: [NodeID], _ now: Timestamp) throws(Refused) {
    try checkStopped(path)
    for node in path {
      if let end = nodes[node]?.validUntilSeconds, now.seconds >= end {
        throw Refused("expired \(node)")
      }
    }
  }

  mutating func meet(_ chain: GrantChain) throws(Refused) {
    let fresh = chain.levels.filter { nodes[$0.node] == nil }
    if fresh.isEmpty { return }
    let known = nodes.keys.filter { path(to: $0).last == chain.topNode }
    guard UInt64(known.count + fresh.count - 1) <= bounds.descendants else {
      throw Refused("forbidden policy:descendants")
    }
    for (index, level) in chain.levels.enumerated() where nodes[level.node] == nil {
      nodes[level.node] = Entry(
        parent: index == 0 ? nil : chain.levels[index - 1].node, spendLimit: level.spendLimit,
        paymentLimit: level.paymentLimit, validUntilSeconds: level.validUntilSeconds)
    }
  }

  mutating func mark(
    _ marking: NodeMarking, by actor: Actor
  ) throws(Refused) -> Outcome {
    let existing = marks[marking.node]
    if !actor.isOperator, let own = actor.node {
      let known = nodes[marking.node] == nil ? nil : Array(path(to: marking.node).reversed())
      guard let path = marking.shownPath ?? known, path.last == marking.node,
        let position = path.firstIndex(of: own), position < path.count - 1
      else { throw Refused("not_found") }
      try checkStopped(path[...position])
    }
    if existing?.state == .revoked { throw Refused("revoked \(marking.node)") }
    switch marking.action {
    case .freeze:
      if existing != nil { throw Refused("frozen \(marking.node)") }
      marks[marking.node] = NodeMark(state: .frozen, setBy: actor.node)
    case .revoke: marks[marking.node] = NodeMark(state: .revoked, setBy: actor.node)
    case .unfreeze:
      guard let existing else { throw Refused("conflict") }
      if let own = actor.node {
        guard let setter = existing.setBy, path(to: setter).contains(own) else {
          throw Refused("forbidden grant:freeze")
        }
      }
      marks[marking.node] = nil
    }
    return .marked(node: marking.node)
  }
}

// Holds and payments.
extension ModelLedger {
  mutating func reserve(
    _ reservation: Reservation, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    guard reservation.expiresAt > now,
      reservation.expiresAt <= now.adding(milliseconds: bounds.holdLifetimeMs)
    else { throw Refused("invalid") }
    let hold = Hold(
      id: reservation.hold, node: reservation.chain.node, kind: .spend,
      amount: reservation.amount, createdAt: now, expiresAt: reservation.expiresAt)
    try admit(hold, reservation.chain, now)
    return .reserved(
      hold: hold.id, amount: hold.amount, expiresAtMs: reservation.expiresAt.milliseconds)
  }

  mutating func admit(
    _ hold: Hold, _ chain: GrantChain, _ now: Timestamp
  ) throws(Refused) {
    if hold.amount == .zero { throw Refused("invalid") }
    if claims[hold.id] != nil { throw Refused("conflict") }
    try checkStanding(chain, now)
    for level in chain.levels {
      let payment = [level.paymentLimit, nodes[level.node]?.paymentLimit].compactMap(\.self).min()
      if let payment, hold.amount > payment {
        throw Refused("budget_exceeded payment_msat \(level.node)")
      }
      let limits = [level.spendLimit, nodes[level.node]?.spendLimit].compactMap(\.self)
      let used = settled(at: level.node) + held(at: level.node)
      if used + hold.amount.value > (limits.min() ?? .max).value {
        throw Refused("budget_exceeded spend_msat \(level.node)")
      }
    }
    try meet(chain)
    claims[hold.id] = Claim(nodes: path(to: hold.node), hold: hold)
  }

  func ownHold(_ id: HoldID, _ actor: Actor) throws(Refused) -> Hold {
    guard let hold = claims[id]?.hold, actor.node == nil || actor.node == hold.node else {
      throw Refused("not_found")
    }
    guard hold.kind == .spend, hold.state == .held else { throw Refused("conflict") }
    return hold
  }

  @discardableResult
  mutating func finish(_ id: HoldID, _ state: Hold.State, settled: Msat) -> Outcome {
    let amount = claims[id]?.hold.amount ?? .zero
    claims[id]?.hold.state = state
    claims[id]?.hold.settled = settled
    return .ended(hold: id, settled: settled, released: amount.subtractingToZero(settled))
  }

  mutating func begin(
    _ payment: Payment, _ chain: GrantChain, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    for other in payments.values where other.state.isOpen && other.purchase == payment.purchase {
      throw Refused("payment_pending \(other.hold)")
    }
    for other in payments.values where other.paymentHash == payment.paymentHash {
      if other.state.isOpen { throw Refused("payment_pending \(other.hold)") }
      if other.state == .settled { throw Refused("conflict") }
    }
    let hold = Hold(
      id: payment.hold, node: chain.node, kind: .payment,
      amount: payment.amount.adding(payment.feeLimit) ?? .max, createdAt: now, expiresAt: nil)
    try admit(hold, chain, now)
    payments[payment.hold] = payment
    return .purchasing(hold: payment.hold)
  }

  mutating func finish(
    _ id: HoldID, _ result: PaymentResult
  ) throws(Refused) -> Outcome {
    guard let payment = payments[id], payment.state.isOpen, let claim = claims[id] else {
      throw Refused("conflict")
    }
    switch result {
    case .unknown:
      payments[id]?.state = .unknown
      return .purchasing(hold: id)
    case .failed:
      payments[id]?.state = .failed
      return finish(id, .released, settled: .zero)
    case .settled(let fee, let credential):
      payments[id]?.state = .settled
      credentials[credential.id] = credential
      let spent = payment.amount.adding(fee) ?? .max
      if spent > claim.hold.amount {
        overruns.formUnion(claim.nodes)
        if marks[payment.node] == nil {
          marks[payment.node] = NodeMark(state: .frozen, setBy: nil)
        }
      }
      return finish(id, .settled, settled: spent)
    }
  }
}
