// Commands on nodes: create, freeze, unfreeze, revoke.
extension LedgerState {
  mutating func createGrant(_ chain: GrantChain, step: inout Step) throws(Refusal) -> Outcome {
    guard nodes[chain.node] == nil else { throw .conflict("this grant exists already") }
    try checkStanding(of: chain, at: step.now)
    try meet(chain, step: &step)
    var details: AuditDetails = [:]
    if let name = chain.holder.name { details["name"] = .string(name) }
    if let limit = chain.holder.spendLimit { details["spend_msat"] = .msat(limit) }
    if let end = chain.holder.validUntilSeconds {
      details["valid_until"] = .integer(Int64(clamping: end))
    }
    if chain.levels.count > 1 {
      details["parent"] = .id(chain.levels[chain.levels.count - 2].node)
    }
    step.record("grant.create", node: chain.node, details)
    return .created(node: chain.node)
  }

  mutating func mark(_ marking: NodeMarking, step: inout Step) throws(Refusal) -> Outcome {
    try authorize(marking, step: step)
    let existing = marks[marking.node]
    if existing?.state == .revoked { throw .revoked(marking.node) }
    switch marking.action {
    case .freeze:
      guard existing == nil else { throw .frozen(marking.node) }
      set(NodeMark(state: .frozen, setBy: step.actor.node), on: marking.node, step: &step)
    case .revoke:
      set(NodeMark(state: .revoked, setBy: step.actor.node), on: marking.node, step: &step)
    case .unfreeze:
      guard let existing else { throw .conflict("this grant is not frozen") }
      try authorizeUnfreeze(existing, step: step)
      set(nil, on: marking.node, step: &step)
    }
    step.record("grant.\(marking.action.rawValue)", node: marking.node)
    return .marked(node: marking.node)
  }

  private mutating func set(_ mark: NodeMark?, on node: NodeID, step: inout Step) {
    marks[node] = mark
    step.changes.append(.mark(node, mark))
  }

  /// An operator acts on all; a holder on strict descendants of its own node, and never from a
  /// stopped one.
  private func authorize(_ marking: NodeMarking, step: Step) throws(Refusal) {
    guard !step.actor.isOperator else { return }
    guard let own = step.actor.node else { return }
    guard let path = marking.shownPath ?? path(to: marking.node), path.last == marking.node,
      let position = path.firstIndex(of: own), position < path.count - 1
    else {
      throw .notFound("no grant with this id below yours; show its token if it was never used")
    }
    try checkState(of: path[...position])
  }

  /// A freeze is lifted by the level that set it or above.
  private func authorizeUnfreeze(_ mark: NodeMark, step: Step) throws(Refusal) {
    guard let own = step.actor.node else { return }
    guard let setter = mark.setBy, path(to: setter)?.contains(own) ?? (setter == own) else {
      throw .forbidden(
        rule: "grant:freeze",
        explanation: "this freeze was set above your grant; whoever set it lifts it")
    }
  }
}
