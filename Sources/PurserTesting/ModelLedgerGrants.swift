internal import PurserCore

// Grants: standing, meeting nodes, creating, marking, and their limits.
extension ModelLedger {
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
    try checkPolicyEnd(chain.topNode, now)
  }

  /// The policy ends every grant at a moment, and those that were registered after their time.
  private func checkPolicyEnd(_ top: NodeID, _ now: Timestamp) throws(Refused) {
    if let end = bounds.ceilings.validUntilSeconds, now.seconds >= end {
      throw Refused("forbidden policy:valid_until")
    }
    guard let life = bounds.grantLifetimeSeconds, let made = registeredAt[top] else { return }
    if now >= made.adding(milliseconds: life * 1000) {
      throw Refused("forbidden policy:grant_lifetime")
    }
  }

  /// What is known of the nodes themselves, without a token, from the top down.
  func checkRegistered(_ path: [NodeID], _ now: Timestamp) throws(Refused) {
    try checkStopped(path)
    for node in path {
      if let end = nodes[node]?.validUntilSeconds, now.seconds >= end {
        throw Refused("expired \(node)")
      }
    }
    if let top = path.first { try checkPolicyEnd(top, now) }
  }

  /// Below a top there are as many nodes as the policy says, and below any other a quarter of what
  /// there may be below the node above it, or `leastShare` where that is less.
  func share(of level: Int) -> UInt64 {
    level == 0
      ? bounds.descendants
      : max(share(of: level - 1) / 4, min(bounds.leastShare, bounds.descendants))
  }

  func checkDescendants(of chain: GrantChain, shares: UInt64 = 1) throws(Refused) {
    guard chain.levels.contains(where: { nodes[$0.node] == nil }) else { return }
    for (index, level) in chain.levels.enumerated() {
      let fresh = chain.levels[(index + 1)...].count { nodes[$0.node] == nil }
      guard descendants(of: level.node) + UInt64(fresh) <= share(of: index) * shares else {
        throw Refused("forbidden policy:descendants")
      }
    }
  }

  mutating func meet(_ chain: GrantChain, shares: UInt64 = 1) throws(Refused) {
    try checkDescendants(of: chain, shares: shares)
    for (index, level) in chain.levels.enumerated() {
      // A level is over when one above it is.
      let end = chain.levels[...index].compactMap(\.validUntilSeconds).min()
      if nodes[level.node] != nil {
        widen(level, end)
      } else {
        nodes[level.node] = Entry(
          parent: index == 0 ? nil : chain.levels[index - 1].node, name: level.name,
          stated: level.limits, paymentLimit: level.paymentLimit, validUntilSeconds: end)
        for above in chain.levels[..<index] {
          nodesBelow[above.node, default: []].append(level.node)
        }
      }
    }
  }

  /// A node shows the most that any of its tokens stated; none is more than any number.
  private mutating func widen(_ level: GrantLevel, _ end: UInt64?) {
    guard var entry = nodes[level.node] else { return }
    entry.stated = entry.stated.compactMap { known in
      level.limits.amount(per: known.window).map {
        SpendLimit(max($0, known.amount), per: known.window)
      }
    }
    entry.paymentLimit = Self.wider(entry.paymentLimit, level.paymentLimit)
    entry.validUntilSeconds = Self.wider(entry.validUntilSeconds, end)
    nodes[level.node] = entry
  }

  private static func wider<Limit: Comparable>(_ first: Limit?, _ second: Limit?) -> Limit? {
    guard let first, let second else { return nil }
    return max(first, second)
  }

  mutating func create(
    _ grant: GrantRegistration, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    let chain = grant.chain
    let level = chain.holder
    if nodes[level.node] != nil { throw Refused("conflict") }
    try checkStanding(chain, now)
    for window in level.allWindows {
      if case .calendar(let period, let zone) = window,
        calendar.bounds(of: period, zone: zone, at: now) == nil
      {
        throw Refused("invalid")
      }
    }
    let start = grant.startLimit ?? (grant.isEscrowed ? level.spendLimit : nil)
    if let start, start > level.spendLimit ?? .zero || level.spendLimit == nil {
      throw Refused("invalid")
    }
    if grant.isEscrowed {
      guard let start, start > .zero, chain.validUntilSeconds != nil, chain.levels.count > 1 else {
        throw Refused("invalid")
      }
      for funder in chain.levels.dropLast().reversed() {
        let registered = nodes[funder.node]?.registered.amount(per: nil)
        let limit = Self.tighter(funder.spendLimit, registered) ?? .max
        try checkTotal(at: funder.node, within: limit, for: start, but: nil)
        if nodes[funder.node]?.isEscrowed == true { break }
        if funder.node == chain.topNode { try checkCeiling(at: funder.node, for: start) }
      }
    }
    try meet(chain)
    registeredAt[level.node] = now
    if let start { nodes[level.node]?.registered = [SpendLimit(start)] }
    if grant.isEscrowed {
      nodes[level.node]?.isEscrowed = true
      escrows.insert(level.node)
    }
    return .created(node: level.node)
  }

  /// Ends every escrow at `node` and below.
  mutating func endEscrows(below node: NodeID) {
    let ended = escrows.filter { path(to: $0).contains(node) }
    // What one inside another gives back goes to that one.
    for escrow in ended where ended.isDisjoint(with: path(to: escrow).dropFirst()) {
      returned += unspent(escrow)
    }
    for escrow in ended { endEscrow(of: escrow) }
  }

  mutating func endEscrow(of node: NodeID) {
    nodes[node]?.isEscrowed = false
    escrows.remove(node)
  }

  mutating func mark(_ marking: NodeMarking, by actor: Actor) throws(Refused) -> Outcome {
    let node = marking.node
    let existing = marks[node]
    if !actor.isOperator, let own = actor.node {
      let known = nodes[node] == nil ? nil : Array(path(to: node).reversed())
      guard let path = marking.shown?.levels.map(\.node) ?? known, path.last == node,
        let position = path.firstIndex(of: own),
        position < path.count - 1 || marking.action == .close
      else { throw Refused("not_found") }
      try checkStopped(path[...position])
    }
    if existing?.state == .revoked { throw Refused("revoked \(node)") }
    switch marking.action {
    case .freeze where existing != nil: throw Refused("frozen \(node)")
    case .unfreeze where existing == nil: throw Refused("conflict")
    case .unfreeze:
      if let own = actor.node {
        guard let setter = existing?.setBy, path(to: setter).contains(own) else {
          throw Refused("forbidden grant:freeze")
        }
      }
    default: break
    }
    if nodes[node] == nil, let shown = marking.shown {
      try meet(shown, shares: 2)
    }
    switch marking.action {
    case .freeze: marks[node] = NodeMark(state: .frozen, setBy: actor.node)
    case .unfreeze: marks[node] = nil
    case .revoke, .close:
      endEscrows(below: node)
      marks[node] = NodeMark(state: .revoked, setBy: actor.node)
    }
    return .marked(node: node)
  }

  mutating func updateLimit(
    _ update: LimitUpdate, by actor: Actor, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    if !actor.isOperator, let own = actor.node {
      guard let chain = update.chain, chain.node == own, nodes[update.node] != nil,
        path(to: update.node).contains(own)
      else { throw Refused("not_found") }
      try checkStanding(chain, now)
      if update.node == own, update.delta >= 0 { throw Refused("forbidden grant:update") }
    }
    guard let entry = nodes[update.node], let old = entry.limit(per: update.window),
      let ceiling = entry.stated.amount(per: update.window)
    else { throw Refused("conflict") }
    if marks[update.node]?.state == .revoked { throw Refused("revoked \(update.node)") }
    let (sum, overflow) = Int64(old.value).addingReportingOverflow(update.delta)
    guard update.delta != 0, update.delta.magnitude <= Msat.max.value, !overflow, sum >= 0,
      let new = Msat(UInt64(sum))
    else { throw Refused("invalid") }
    if new > ceiling { throw Refused("forbidden caveat:spend_msat") }
    if update.window == nil, entry.isEscrowed {
      try checkResizing(of: update.node, from: old, to: new, update.chain)
    }
    nodes[update.node]?.registered.removeAll { $0.window == update.window }
    nodes[update.node]?.registered.append(SpendLimit(new, per: update.window))
    return .limited(node: update.node, limit: new)
  }

  private func checkResizing(
    of node: NodeID, from old: Msat, to new: Msat, _ chain: GrantChain?
  ) throws(Refused) {
    let (settled, held) = sums(at: node)
    if new.value < settled + held + escrowed(at: node) { throw Refused("conflict") }
    guard let more = new.subtracting(old) else { return }
    for funder in funders(of: node) {
      let presented = chain?.levels.first { $0.node == funder }?.spendLimit
      let limit = Self.tighter(presented, nodes[funder]?.limit(per: nil)) ?? .max
      try checkTotal(at: funder, within: limit, for: more, but: nil)
      let isTop = nodes[funder]?.parent == nil
      if isTop, nodes[funder]?.isEscrowed != true { try checkCeiling(at: funder, for: more) }
    }
  }

  /// An escrow takes from the policy's ceiling as well.
  private func checkCeiling(at top: NodeID, for amount: Msat) throws(Refused) {
    guard let limit = bounds.ceilings.spend else { return }
    try checkTotal(at: top, within: limit, for: amount, but: nil, isCeiling: true)
  }

  static func tighter(_ first: Msat?, _ second: Msat?) -> Msat? {
    guard let first, let second else { return first ?? second }
    return min(first, second)
  }
}
