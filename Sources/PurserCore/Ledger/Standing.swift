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
    for level in chain.levels {
      switch mark(of: level.node)?.state {
      case .revoked: throw .revoked(level.node)
      case .frozen: throw .frozen(level.node)
      case nil: break
      }
    }
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
}
