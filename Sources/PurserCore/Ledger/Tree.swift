// The tree of grants: bringing nodes in, meeting new ones, and letting go of those that are over.
extension LedgerState {
  /// The nodes from the top down to `id`, as far as they are in memory; nil when `id` is not.
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

  /// Whether a node is in memory; it costs less than taking the node out to look at it.
  func hasNode(_ id: NodeID) -> Bool { nodes.index(forKey: id) != nil }

  /// Sees to it that every level of `chain` that was ever met is in memory.
  mutating func bringIn(
    _ chain: GrantChain, records: some LedgerRecords
  ) throws(Refusal) {
    for level in chain.levels where !hasNode(level.node) {
      guard let node = try records.node(level.node) else { continue }
      nodes[node.id] = node
      keepTrack(of: node)
    }
  }

  /// Sees to it that `id` and every node above it are in memory, if it was ever met.
  mutating func bringIn(_ id: NodeID, records: some LedgerRecords) throws(Refusal) {
    var next: NodeID? = id
    while let current = next {
      if let node = nodes[current] {
        next = node.parent
      } else {
        guard let node = try records.node(current) else { return }
        nodes[node.id] = node
        keepTrack(of: node)
        next = node.parent
      }
    }
  }

  /// Writes down when a node is over, and whether it has an escrow.
  mutating func keepTrack(of node: Node) {
    if let end = node.validUntilSeconds { nodeAgenda.add(node.id, at: Timestamp(seconds: end)) }
    if node.isEscrowed { escrows[top(of: node.id), default: []].insert(node.id) }
  }

  /// The node at the top of the tree that `id` is in.
  func top(of id: NodeID) -> NodeID {
    var top = id
    while let parent = nodes[top]?.parent { top = parent }
    return top
  }

  /// Lets go of nodes whose time is over and on which nothing is set aside, at most so many.
  ///
  /// A command that needs one brings it in again.
  /// - Returns: Those that were let go.
  public mutating func letGo(at now: Timestamp, atMost limit: Int) -> [NodeID] {
    var gone: [NodeID] = []
    // An order of their own: that of a set is another one in each run.
    for id in nodeAgenda.due(at: now).sorted() where gone.count < limit {
      guard let node = nodes[id], node.held == .zero, node.escrowed == .zero,
        !hasEscrow(atOrBelow: id)
      else { continue }
      forget(id)
      gone.append(id)
    }
    return gone
  }

  /// Whether an escrow that has not ended is at `id` or below, spent to the last or not.
  private func hasEscrow(atOrBelow id: NodeID) -> Bool {
    escrows[top(of: id)]?.contains { path(to: $0)?.contains(id) == true } ?? false
  }

  /// Gives the nodes of a chain their rows, below each at most its share, so many times over.
  mutating func meet(
    _ chain: GrantChain, step: inout Step, shares: UInt64 = 1
  ) throws(Refusal) {
    // Nearly always all of them are known, and state nothing new.
    if isKnown(chain) { return }
    var trace = RuleTrace.deciding
    try checkDescendants(of: chain, shares: shares, trace: &trace)
    var end: UInt64?
    var parent: NodeID?
    for level in chain.levels {
      end = Self.earlier(end, level.validUntilSeconds)
      if nodes[level.node] == nil {
        add(level, under: parent, end: end, step: &step)
      } else {
        widen(level, end: end, step: &step)
      }
      parent = level.node
    }
  }

  /// Whether every level was met, by tokens that stated the same.
  private func isKnown(_ chain: GrantChain) -> Bool {
    var end: UInt64?
    for level in chain.levels {
      end = Self.earlier(end, level.validUntilSeconds)
      guard let place = nodes.index(forKey: level.node),
        Self.isKnown(level, end: end, to: nodes.values[place])
      else { return false }
    }
    return true
  }

  private static func isKnown(_ level: GrantLevel, end: UInt64?, to node: Node) -> Bool {
    node.paymentLimit == level.paymentLimit && node.validUntilSeconds == end
      && level.states(node.stated)
  }

  /// Refuses when a node of a chain would have more below it than its share, with those of the
  /// chain that are new.
  func checkDescendants(of chain: GrantChain) throws(Refusal) {
    var trace = RuleTrace.deciding
    try checkDescendants(of: chain, trace: &trace)
  }

  /// As above, where a node may have `shares` times its share.
  func checkDescendants(
    of chain: GrantChain, shares: UInt64 = 1, trace: inout RuleTrace
  ) throws(Refusal) {
    var fresh = UInt64(chain.levels.count { !hasNode($0.node) })
    guard fresh > 0 else { return }
    for (above, level) in chain.levels.enumerated() {
      let node = nodes[level.node]
      // A node is not below itself.
      if node == nil { fresh -= 1 }
      let bound = bounds.share(under: above) * shares
      let below = (node?.descendants ?? 0) + fresh
      try trace.apply(
        "policy:descendants", at: level.node,
        says: "\(bound) below it, and there would be \(below)"
      ) { () throws(Refusal) in
        guard below > bound else { return }
        throw .forbidden(
          rule: "policy:descendants",
          explanation: above == 0
            ? "the top-level grant already has \(bound) nodes below it"
            : "a grant at or above yours already has its share of \(bound) nodes below it")
      }
    }
  }

  private mutating func add(
    _ level: GrantLevel, under parent: NodeID?, end: UInt64?, step: inout Step
  ) {
    var above = parent
    while let id = above {
      nodes[id]?.descendants += 1
      step.changes.append(.node(id))
      above = nodes[id]?.parent
    }
    let node = Node(
      id: level.node, number: nextNumber, parent: parent, name: level.name, stated: level.limits,
      paymentLimit: level.paymentLimit, validUntilSeconds: end, createdAt: step.now,
      mark: marks[level.node])
    nextNumber += 1
    if marks.removeValue(forKey: level.node) != nil {
      step.changes.append(.mark(level.node, nil))
    }
    nodes[node.id] = node
    keepTrack(of: node)
    step.changes.append(.newNode(node.id))
    let rules = level.rules
    if !rules.isEmpty { step.changes.append(.newRules(node.id, rules.map(\.text))) }
  }

  /// Takes note of a token that states more for a node than any before it.
  private mutating func widen(_ level: GrantLevel, end: UInt64?, step: inout Step) {
    guard let node = nodes[level.node] else { return }
    if Self.isKnown(level, end: end, to: node) { return }
    let stated = node.stated.compactMap { known in
      level.limits.amount(per: known.window).map {
        SpendLimit(max($0, known.amount), per: known.window)
      }
    }
    let payment = Self.wider(node.paymentLimit, level.paymentLimit)
    let widestEnd = Self.wider(node.validUntilSeconds, end)
    guard
      stated != node.stated || payment != node.paymentLimit || widestEnd != node.validUntilSeconds
    else { return }
    if widestEnd != node.validUntilSeconds { move(node, to: widestEnd) }
    nodes[node.id]?.stated = stated
    nodes[node.id]?.paymentLimit = payment
    nodes[node.id]?.validUntilSeconds = widestEnd
    step.changes.append(.terms(node.id))
  }

  private mutating func move(_ node: Node, to end: UInt64?) {
    if let old = node.validUntilSeconds { nodeAgenda.remove(node.id, at: Timestamp(seconds: old)) }
    if let end { nodeAgenda.add(node.id, at: Timestamp(seconds: end)) }
  }

  /// The wider of two limits, where nil is none.
  private static func wider<Limit: Comparable>(_ first: Limit?, _ second: Limit?) -> Limit? {
    guard let first, let second else { return nil }
    return max(first, second)
  }

  /// The earlier of two ends, where nil is none.
  private static func earlier(_ first: UInt64?, _ second: UInt64?) -> UInt64? {
    guard let first, let second else { return first ?? second }
    return min(first, second)
  }
}
