// Whether a grant may be used at all: nothing on its way stops it, and its time is not over.
extension LedgerState {
  /// What stops `node` itself, met or not.
  public func mark(of node: NodeID) -> NodeMark? {
    guard let place = nodes.index(forKey: node) else { return marks[node] }
    return nodes.values[place].mark ?? marks[node]
  }

  /// Refuses when a node of the path is revoked or frozen; the topmost is named.
  public func checkState(of path: some Sequence<NodeID>) throws(Refusal) {
    for node in path {
      switch mark(of: node)?.state {
      case .revoked: throw .revoked(node)
      case .frozen: throw .frozen(node)
      case nil: break
      }
    }
  }

  /// Refuses when the chain is stopped or over at `now`.
  public func checkStanding(of chain: GrantChain, at now: Timestamp) throws(Refusal) {
    var trace = RuleTrace.deciding
    try checkStanding(of: chain, at: now, trace: &trace)
  }

  func checkStanding(
    of chain: GrantChain, at now: Timestamp, trace: inout RuleTrace
  ) throws(Refusal) {
    for level in chain.levels {
      try trace.apply("ledger:state", at: level.node, says: describeState(of: level.node)) {
        () throws(Refusal) in try checkState(of: CollectionOfOne(level.node))
      }
    }
    try chain.checkEnd(at: now, trace: &trace)
    try checkPolicyEnd(of: chain.topNode, at: now, trace: &trace)
  }

  private func describeState(of id: NodeID) -> String {
    guard let node = nodes[id] else {
      return mark(of: id).map { "\($0.state.rawValue), and never used" } ?? "never used so far"
    }
    let counters = "settled \(node.settled), held \(node.held)"
    let escrowed = node.escrowed > .zero ? ", in escrows below \(node.escrowed)" : ""
    return "\(node.mark?.state.rawValue ?? "active"); \(counters)\(escrowed)"
  }

  /// Refuses when a node of the path is stopped, or over by the widest of its tokens.
  ///
  /// For what the daemon does on its own, with no token at hand.
  func checkStanding(of path: [NodeID], at now: Timestamp) throws(Refusal) {
    try checkState(of: path)
    for node in path {
      if let end = nodes[node]?.validUntilSeconds, now.seconds >= end { throw .expired(node) }
    }
    var trace = RuleTrace.deciding
    if let top = path.first { try checkPolicyEnd(of: top, at: now, trace: &trace) }
  }
}

extension GrantChain {
  /// Refuses when a level is over at `now`; the topmost is named.
  func checkEnd(at now: Timestamp, trace: inout RuleTrace) throws(Refusal) {
    for level in levels {
      guard let end = level.validUntilSeconds else { continue }
      try trace.apply(
        "caveat:valid_until", at: level.node, says: "valid_until=\(end), and it is \(now.seconds)"
      ) { () throws(Refusal) in
        if now.seconds >= end { throw .expired(level.node) }
      }
    }
  }
}
