internal import PurserAPI
internal import PurserCore

// The tree as a caller may see it: its own node and what is below; an operator sees all.
extension Coordinator {
  private static let treeBound = 10_000

  func showGrant(
    _ parameters: GrantGet.Parameters, to caller: Caller
  ) throws(Refusal) -> GrantView {
    guard let target = parameters.node ?? caller.chain?.node else {
      throw .invalid("say which grant: params.node")
    }
    let path = try visiblePath(to: target, by: caller)
    guard let node = path.first else {
      guard let own = caller.chain, target == own.node else { throw Self.notVisible }
      return try unmetGrant(own)
    }
    let state = state(of: path, at: ledger.now())
    if let own = caller.chain, target == own.node {
      return GrantView(node, state: state, showsParent: false, caveats: Self.rules(of: own))
    }
    return GrantView(
      node, state: state, showsParent: true, caveats: try ledger.rules(of: target))
  }

  private static let notVisible = Refusal.notFound("no grant with this id at or below yours")

  /// A node and those above it up to the top; none when it was never met, or is not the caller's to
  /// see.
  private func visiblePath(to id: NodeID, by caller: Caller) throws(Refusal) -> [Node] {
    var path: [Node] = []
    var next: NodeID? = id
    while let current = next, let node = try ledger.node(current) {
      path.append(node)
      next = node.parent
    }
    let isVisible =
      caller.chain.map { own in path.contains { $0.id == own.node } } ?? caller.isOperator
    return isVisible ? path : []
  }

  /// The state that counts for a node: its own and those of all nodes above it, which `path` holds.
  private func state(of path: some Sequence<Node>, at now: Timestamp) -> GrantView.State {
    var state = GrantView.State.active
    for node in path { state = self.state(of: node, under: state, at: now) }
    return state
  }

  /// The state of a node, given what the others on its way up to the top or down from it make it.
  private func state(
    of node: Node, under others: GrantView.State, at now: Timestamp
  ) -> GrantView.State {
    switch (node.mark?.state, others) {
    case (.revoked, _), (_, .revoked): return .revoked
    case (.frozen, _), (_, .frozen): return .frozen
    default:
      let isOver = node.validUntilSeconds.map { now.seconds >= $0 } ?? false
      return isOver ? .expired : others
    }
  }

  func showTree(
    _ parameters: GrantTree.Parameters, to caller: Caller
  ) throws(Refusal) -> GrantTree.Reply {
    let root = parameters.node ?? caller.chain?.node
    let above = try root.map { id throws(Refusal) in try visiblePath(to: id, by: caller) }
    if let above, above.isEmpty {
      guard let own = caller.chain, root == own.node else { throw Self.notVisible }
      return GrantTree.Reply(grants: [try unmetGrant(own)], truncated: false)
    }
    let (nodes, isCut) = try ledger.nodes(
      under: root, includesOver: parameters.all ?? false, limit: Self.treeBound)
    let now = ledger.now()
    var states: [NodeID: GrantView.State] = [:]
    let views = nodes.map { node in
      let others =
        node.id == root
        ? state(of: above?.dropFirst() ?? [], at: now)
        : node.parent.flatMap { states[$0] } ?? .active
      let state = state(of: node, under: others, at: now)
      states[node.id] = state
      return GrantView(node, state: state, showsParent: node.id != caller.chain?.node)
    }
    return GrantTree.Reply(grants: views, truncated: isCut)
  }

  /// A grant whose node has no row yet: nothing was spent on it, but it, or one above it, may have
  /// been stopped already.
  private func unmetGrant(_ chain: GrantChain) throws(Refusal) -> GrantView {
    let level = chain.holder
    let now = ledger.now()
    let node = Node(
      id: level.node, number: 0, parent: nil, name: level.name, stated: level.limits,
      paymentLimit: level.paymentLimit, validUntilSeconds: chain.validUntilSeconds, createdAt: now)
    return GrantView(
      node, state: try state(of: chain, at: now), showsParent: false,
      caveats: Self.rules(of: chain))
  }

  private static func rules(of chain: GrantChain) -> [String] { chain.holder.rules.map(\.text) }

  /// Where a token is in its life, whether its nodes were met or not.
  func state(of chain: GrantChain, at now: Timestamp) throws(Refusal) -> GrantView.State {
    let marks = try ledger.marks(among: chain.levels.map(\.node)).values.map(\.state)
    if marks.contains(.revoked) { return .revoked }
    if marks.contains(.frozen) { return .frozen }
    return chain.expiredNode(at: now) == nil ? .active : .expired
  }
}
