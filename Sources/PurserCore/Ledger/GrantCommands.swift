// Commands on nodes: create, freeze, unfreeze, revoke, close.
extension LedgerState {
  mutating func createGrant(
    _ grant: GrantRegistration, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let chain = grant.chain
    guard nodes[chain.node] == nil else { throw .conflict("this grant exists already") }
    try checkStanding(of: chain, at: step.now)
    try checkWindows(of: chain.holder, at: step.now)
    let start = grant.startLimit ?? (grant.isEscrowed ? chain.holder.spendLimit : nil)
    if let start { try checkStart(start, of: chain.holder) }
    if grant.isEscrowed { try checkEscrow(of: start, for: chain) }
    try meet(chain, step: &step)
    nodes[chain.node]?.isRegistered = true
    if let start { nodes[chain.node]?.registered.set(start, per: nil) }
    step.changes.append(.terms(chain.node))
    if grant.isEscrowed { openEscrow(at: chain.node, step: &step) }
    step.record("grant.create", node: chain.node, Self.describe(grant))
    return .created(node: chain.node)
  }

  private func checkStart(_ start: Msat, of level: GrantLevel) throws(Refusal) {
    guard let ceiling = level.spendLimit, start <= ceiling else {
      throw .invalid("a grant starts with at most the limit that its token states")
    }
  }

  /// Refuses a window whose time zone is not known, before there is a token with it.
  private func checkWindows(of level: GrantLevel, at now: Timestamp) throws(Refusal) {
    for window in level.allWindows {
      guard case .calendar(let period, let zone) = window else { continue }
      guard calendar.bounds(of: period, zone: zone, at: now) != nil else {
        throw .invalid("a window names a time zone that is not known here")
      }
    }
  }

  /// Meets a claimed grant; it is not registered, since a later claim gives it a longer life.
  mutating func claim(
    _ chain: GrantChain, _ note: AuditNote, step: inout Step
  ) throws(Refusal) -> Outcome {
    try checkStanding(of: chain, at: step.now)
    try meet(chain, step: &step)
    step.record(note.action, node: note.node, note.details)
    return .done
  }

  private static func describe(_ grant: GrantRegistration) -> AuditDetails {
    let level = grant.chain.holder
    var details: AuditDetails = [:]
    if let name = level.name { details["name"] = .string(name) }
    if let limit = level.spendLimit { details["spend_msat"] = .msat(limit) }
    if !level.windows.isEmpty {
      details["windows"] = .array(level.windows.map { .string($0.text) })
    }
    if let limit = level.paymentLimit { details["payment_msat"] = .msat(limit) }
    if !level.rules.isEmpty {
      details["caveats"] = .array(level.rules.map { .string($0.text) })
    }
    if let start = grant.startLimit { details["start_msat"] = .msat(start) }
    if grant.isEscrowed { details["escrow"] = .bool(true) }
    if let end = level.validUntilSeconds {
      details["valid_until"] = .integer(Int64(clamping: end))
    }
    if let parent = grant.chain.levels.dropLast().last {
      details["parent"] = .id(parent.node)
    }
    return details
  }

  mutating func mark(
    _ marking: NodeMarking, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let node = marking.node
    if let shown = marking.shown { try bringIn(shown, records: records) }
    try bringIn(node, records: records)
    try authorize(marking, step: step)
    try checkChange(by: marking, step: step)
    // Whoever shows a token that was never used gives its node a row, within a bound.
    if nodes[node] == nil, let shown = marking.shown {
      try meet(shown, step: &step, shares: 2)
    }
    var details: AuditDetails = [:]
    switch marking.action {
    case .freeze: set(NodeMark(state: .frozen, setBy: step.actor.node), on: node, step: &step)
    case .unfreeze: set(nil, on: node, step: &step)
    case .revoke, .close:
      let returned = endEscrows(below: node, step: &step)
      if returned > .zero { details["returned_msat"] = .msat(returned) }
      set(NodeMark(state: .revoked, setBy: step.actor.node), on: node, step: &step)
      step.changes.append(.revoked(node))
    }
    step.record("grant.\(marking.action.rawValue)", node: node, details)
    return .marked(node: node)
  }

  /// Refuses what is so already, or for good.
  private func checkChange(by marking: NodeMarking, step: Step) throws(Refusal) {
    let existing = mark(of: marking.node)
    if existing?.state == .revoked { throw .revoked(marking.node) }
    switch marking.action {
    case .freeze: if existing != nil { throw .frozen(marking.node) }
    case .unfreeze:
      guard let existing else { throw .conflict("this grant is not frozen") }
      try authorizeUnfreeze(existing, step: step)
      try checkRestored(unfreezing: marking.node)
    case .revoke, .close: break
    }
  }

  mutating func set(_ mark: NodeMark?, on node: NodeID, step: inout Step) {
    if nodes[node] != nil {
      nodes[node]?.mark = mark
      step.changes.append(.terms(node))
    } else {
      marks[node] = mark
      step.changes.append(.mark(node, mark))
    }
  }

  /// An operator acts on all; a holder on strict descendants of its own node, and closes its own;
  /// never from a stopped one.
  private func authorize(_ marking: NodeMarking, step: Step) throws(Refusal) {
    guard !step.actor.isOperator, let own = step.actor.node else { return }
    guard let path = marking.shown?.levels.map(\.node) ?? path(to: marking.node),
      path.last == marking.node, let position = path.firstIndex(of: own),
      position < path.count - 1 || marking.action == .close
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
