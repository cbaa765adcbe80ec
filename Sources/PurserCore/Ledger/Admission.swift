// Who may spend, and how much: the checks before anything is set aside.
extension LedgerState {
  /// The nodes from the top down to `id`, as far as they have rows; nil when `id` has none.
  public func path(to id: NodeID) -> [NodeID]? {
    guard nodes[id] != nil else { return nil }
    var path: [NodeID] = []
    var next: NodeID? = id
    while let current = next {
      path.append(current)
      next = nodes[current]?.parent
    }
    return path.reversed()
  }

  /// Refuses when a node of the path is revoked or frozen; the topmost is named.
  public func checkState(of path: some Sequence<NodeID>) throws(Refusal) {
    for node in path {
      switch marks[node]?.state {
      case .revoked: throw .revoked(node)
      case .frozen: throw .frozen(node)
      case nil: break
      }
    }
  }

  /// Refuses when the chain is stopped or over at `now`.
  public func checkStanding(of chain: GrantChain, at now: Timestamp) throws(Refusal) {
    try checkState(of: chain.levels.map(\.node))
    if let node = chain.expiredNode(at: now) { throw .expired(node) }
  }

  /// Refuses when a node of the path is stopped, or over by the widest of its tokens.
  ///
  /// For what the daemon does on its own, with no token at hand.
  func checkStanding(of path: [NodeID], at now: Timestamp) throws(Refusal) {
    try checkState(of: path)
    for node in path {
      if let end = nodes[node]?.validUntilSeconds, now.seconds >= end { throw .expired(node) }
    }
  }

  /// Refuses when `amount` more would exceed a limit of any level.
  ///
  /// The limits are those of the presented chain alone: a copy of a token that somebody narrowed
  /// shares its node's counters, and must not narrow the node for the others. The holder's own
  /// level is asked first, since it is the one whose figures the holder may see.
  public func checkBudget(of chain: GrantChain, amount: Msat) throws(Refusal) {
    for level in chain.levels.reversed() {
      let node = nodes[level.node]
      let settled = node?.settled ?? .zero
      let held = node?.held ?? .zero
      func shortfall(_ limit: BudgetShortfall.Limit, _ limitAmount: Msat) -> Refusal {
        .budgetExceeded(
          BudgetShortfall(
            node: level.node, limit: limit, limitAmount: limitAmount, settled: settled,
            held: held, asked: amount))
      }
      if let limit = level.paymentLimit, amount > limit { throw shortfall(.payment, limit) }
      let limit = level.spendLimit ?? .max
      guard let used = settled.adding(held), let total = used.adding(amount), total <= limit else {
        throw shortfall(.spend, limit)
      }
    }
  }

  /// Admits a hold: checks everything, meets the chain's nodes, and moves the counters.
  mutating func admit(
    _ hold: Hold, by chain: GrantChain, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) {
    guard hold.amount > .zero else { throw .invalid("an amount must be positive") }
    // An id is used once: a hold that has ended keeps its row.
    guard openHolds[hold.id] == nil, try records.endedHold(hold.id) == nil else {
      throw .conflict("a hold with this id exists")
    }
    try checkStanding(of: chain, at: step.now)
    try checkBudget(of: chain, amount: hold.amount)
    try meet(chain, step: &step)
    openHolds[hold.id] = hold
    step.changes.append(.hold(hold))
    moveCounters(from: hold.node, step: &step) { node in
      // Within the limit that was checked for each level of the same path.
      node.held = node.held.adding(hold.amount) ?? .max
    }
  }

  /// Gives the nodes of a chain their rows.
  mutating func meet(_ chain: GrantChain, step: inout Step) throws(Refusal) {
    for level in chain.levels { widen(level, step: &step) }
    let fresh = chain.levels.filter { nodes[$0.node] == nil }
    guard !fresh.isEmpty else { return }
    // The top itself is not below itself.
    let below =
      nodes[chain.topNode].map { $0.descendants + UInt64(fresh.count) }
      ?? UInt64(fresh.count - 1)
    guard below <= bounds.descendants else {
      throw .forbidden(
        rule: "policy:descendants",
        explanation: "the top-level grant already has \(bounds.descendants) nodes below it")
    }
    var parent: NodeID?
    for level in chain.levels {
      if nodes[level.node] == nil {
        moveCounters(from: parent, step: &step) { $0.descendants += 1 }
        let node = Node(
          id: level.node, parent: parent, name: level.name, spendLimit: level.spendLimit,
          paymentLimit: level.paymentLimit, validUntilSeconds: level.validUntilSeconds,
          createdAt: step.now)
        nodes[level.node] = node
        step.changes.append(.node(node))
      }
      parent = level.node
    }
  }

  /// Changes the counters of `id` and of every node above it.
  mutating func moveCounters(
    from id: NodeID?, step: inout Step, _ change: (inout Node) -> Void
  ) {
    var next = id
    while let current = next {
      guard var node = nodes[current] else { return }
      change(&node)
      nodes[current] = node
      step.changes.append(.node(node))
      next = node.parent
    }
  }

  /// Takes note of a token that states more for a node than any before it.
  private mutating func widen(_ level: GrantLevel, step: inout Step) {
    guard var node = nodes[level.node] else { return }
    node.spendLimit = wider(node.spendLimit, level.spendLimit)
    node.paymentLimit = wider(node.paymentLimit, level.paymentLimit)
    node.validUntilSeconds = wider(node.validUntilSeconds, level.validUntilSeconds)
    guard node != nodes[level.node] else { return }
    nodes[level.node] = node
    step.changes.append(.node(node))
  }

  /// The wider of two limits, where nil is none.
  private func wider<Limit: Comparable>(_ first: Limit?, _ second: Limit?) -> Limit? {
    guard let first, let second else { return nil }
    return max(first, second)
  }
}
