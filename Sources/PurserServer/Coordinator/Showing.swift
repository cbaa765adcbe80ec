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
    let path = try path(to: target)
    if path.isEmpty, let own = caller.chain, target == own.node { return try unmetGrant(own) }
    guard let summary = path.first,
      caller.chain.map({ own in path.contains { $0.node.id == own.node } }) ?? caller.isOperator
    else { throw .notFound("no grant with this id at or below yours") }
    let index = Dictionary(uniqueKeysWithValues: path.map { ($0.node.id, $0) })
    return GrantView(
      summary.node, state: state(of: target, in: index, at: ledger.now()),
      showsParent: target != caller.chain?.node)
  }

  /// A node and those above it up to the top; none when it was never met.
  private func path(to id: NodeID) throws(Refusal) -> [NodeSummary] {
    var path: [NodeSummary] = []
    var next: NodeID? = id
    while let current = next, let summary = try ledger.node(current) {
      path.append(summary)
      next = summary.node.parent
    }
    return path
  }

  func showTree(
    _ parameters: GrantTree.Parameters, to caller: Caller
  ) throws(Refusal) -> GrantTree.Reply {
    var views = try subtree(at: parameters.node ?? caller.chain?.node, to: caller)
    if views.isEmpty, let own = caller.chain, parameters.node ?? own.node == own.node {
      views = [try unmetGrant(own)]
    }
    if views.isEmpty, parameters.node != nil {
      throw .notFound("no grant with this id at or below yours")
    }
    return GrantTree.Reply(
      grants: Array(views.prefix(Self.treeBound)), truncated: views.count > Self.treeBound)
  }

  /// The grants from `root` down, or all of them, depth first; none when the caller may not see
  /// `root` or it was never met.
  private func subtree(at root: NodeID?, to caller: Caller) throws(Refusal) -> [GrantView] {
    let summaries = try ledger.nodes()
    let index = Dictionary(uniqueKeysWithValues: summaries.map { ($0.node.id, $0) })
    guard isVisible(root, to: caller, in: index) else { return [] }
    let now = ledger.now()
    var below: [NodeID?: [NodeSummary]] = [:]
    for summary in summaries { below[summary.node.parent, default: []].append(summary) }
    var views: [GrantView] = []
    var pending: [NodeSummary] =
      root.map { index[$0].map { [$0] } ?? [] } ?? (below[nil] ?? []).reversed()
    while let next = pending.popLast() {
      let state = state(of: next.node.id, in: index, at: now)
      let isOwn = next.node.id == caller.chain?.node
      views.append(GrantView(next.node, state: state, showsParent: !isOwn))
      pending += (below[next.node.id] ?? []).reversed()
    }
    return views
  }

  private func isVisible(
    _ root: NodeID?, to caller: Caller, in index: [NodeID: NodeSummary]
  ) -> Bool {
    guard let own = caller.chain?.node else { return caller.isOperator }
    var next = root
    while let node = next {
      if node == own { return true }
      next = index[node]?.node.parent
    }
    return false
  }

  /// The state that counts for a node: its own and those of all nodes above it.
  private func state(
    of id: NodeID, in index: [NodeID: NodeSummary], at now: Timestamp
  ) -> GrantView.State {
    var result = GrantView.State.active
    var next: NodeID? = id
    while let current = next, let summary = index[current] {
      switch summary.mark?.state {
      case .revoked: return .revoked
      case .frozen: result = .frozen
      case nil: break
      }
      let isOver = summary.node.validUntilSeconds.map { now.seconds >= $0 } ?? false
      if isOver, result == .active { result = .expired }
      next = summary.node.parent
    }
    return result
  }

  /// A grant whose node has no row yet: nothing was spent on it, but it, or one above it, may have
  /// been stopped already.
  private func unmetGrant(_ chain: GrantChain) throws(Refusal) -> GrantView {
    let level = chain.holder
    let now = ledger.now()
    let node = Node(
      id: level.node, parent: nil, name: level.name, spendLimit: level.spendLimit,
      paymentLimit: level.paymentLimit, validUntilSeconds: chain.validUntilSeconds, createdAt: now)
    let marks = try ledger.marks(among: chain.levels.map(\.node)).values.map(\.state)
    let state: GrantView.State =
      if marks.contains(.revoked) {
        .revoked
      } else if marks.contains(.frozen) {
        .frozen
      } else { chain.expiredNode(at: now) == nil ? .active : .expired }
    return GrantView(node, state: state, showsParent: false)
  }

  func markGrant(
    _ action: NodeMarking.Action, _ parameters: GrantTarget, by caller: Caller,
    repeatKey: RepeatKey?, method: String
  ) async throws(Refusal) -> GrantMarked {
    let marking: NodeMarking
    switch (parameters.node, parameters.target) {
    case (let node?, nil):
      // An operator may stop a node before it is met: its id is known from `token inspect`.
      marking = NodeMarking(action: action, node: node, shownPath: nil)
    case (nil, let text?):
      let chain: GrantChain
      do throws(GrantTokenError) {
        chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keyring)
      } catch { throw .invalid("params.target: \(error)") }
      marking = NodeMarking(
        action: action, node: chain.node, shownPath: chain.levels.map(\.node))
    default: throw .invalid("say which grant: params.node or params.target, not both")
    }
    if let chain = caller.chain { try checkStanding(of: chain) }
    let applied = try await submit(
      .mark(marking), by: caller, claim: repeatKey?.claim(of: caller, method: method))
    guard case .marked(let node) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return GrantMarked(node: node)
  }
}
