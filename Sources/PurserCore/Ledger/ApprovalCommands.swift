// Payments that wait for an operator.
extension LedgerState {
  /// The most that may wait at one node, and in one tree.
  private static let mostPending = (atNode: 16, inTree: 256)

  /// Sees to it that a payment of `total` need not wait, or that it was approved.
  /// - Returns: The approval that it takes, if it needs one.
  mutating func checkApproval(
    of payment: Payment, _ total: Msat, by chain: GrantChain, under terms: PaymentTerms,
    at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Approval? {
    guard try mustWait(total, by: chain, under: terms, at: now, records: records) else {
      return nil
    }
    let said = approvals(for: payment.purchase, to: terms.payee, by: chain.node, at: now)
    guard !said.contains(where: { $0.state == .denied }) else {
      throw .forbidden(
        rule: "approval",
        explanation: "an operator denied this payment; ask for something else, or later")
    }
    let fitting = said.filter { $0.greatestTotal >= total }
    if let approved = fitting.first(where: { $0.state == .approved }) { return approved }
    throw .approvalRequired(fitting.first?.id)
  }

  /// Whether a level, or the policy, wants an operator to look at it.
  private mutating func mustWait(
    _ total: Msat, by chain: GrantChain, under terms: PaymentTerms, at now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) -> Bool {
    if terms.alwaysWaits { return true }
    var trace = RuleTrace.deciding
    try checkThresholds(
      for: total, by: chain, approveAbove: terms.approveAbove, at: now, records: records,
      trace: &trace)
    return trace.approvalRule != nil
  }

  /// Asks for an operator where a payment of `total` goes beyond the policy's threshold, or beyond
  /// that of a level.
  mutating func checkThresholds(
    for total: Msat, by chain: GrantChain, approveAbove: Msat?, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    if let most = approveAbove {
      try trace.askOperator(
        "policy:approve_above", says: "\(most), and up to \(total) are paid"
      ) { total > most }
    }
    for level in chain.levels {
      for limit in level.approvals {
        try trace.askOperator(
          "caveat:approve_above_msat", at: level.node,
          says: "approve_above_msat=\(limit.text), and up to \(total) are paid"
        ) { () throws(Refusal) in
          try exceeds(limit, total, at: level.node, now: now, records: records)
        }
      }
    }
  }

  /// Whether a payment of `total` goes beyond `limit`, by itself or with what was spent in its
  /// window.
  private mutating func exceeds(
    _ limit: SpendLimit, _ total: Msat, at id: NodeID, now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Bool {
    var used: UInt64 = 0
    if let window = limit.window {
      let start = try bounds(of: window, at: now).start
      used = try use(of: window, .amount, since: start, at: id, but: nil, now, records)
    }
    let (sum, overflow) = used.addingReportingOverflow(total.value)
    return overflow || sum > limit.amount.value
  }

  /// What was asked for and is not over, the first that was asked for first.
  private func approvals(
    for purchase: Purchase, to payee: [UInt8], by node: NodeID, at now: Timestamp
  ) -> [Approval] {
    approvals.values.filter { approval in
      approval.node == node && approval.purchase == purchase && approval.payee == payee
        && now < approval.expiresAt
    }.sorted { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }
  }

  mutating func askApproval(
    _ request: ApprovalRequest, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try checkStanding(of: request.chain, at: step.now)
    forgetApprovals(at: step.now)
    let node = request.chain.node
    let said = approvals(for: request.purchase, to: request.payee, by: node, at: step.now)
    if let earlier = said.first(where: {
      $0.state == .pending && $0.greatestTotal >= request.total
    }) {
      step.isReplay = true
      return .asked(approval: earlier.id)
    }
    guard approvals[request.id] == nil else { throw .conflict("an approval with this id exists") }
    try checkPending(at: request.chain)
    try meet(request.chain, step: &step)
    let approval = Approval(
      id: request.id, node: node, purchase: request.purchase, payee: request.payee,
      greatestTotal: request.total, askedAt: step.now,
      expiresAt: step.now.adding(milliseconds: bounds.approvalLifetimeMs))
    set(approval, step: &step)
    step.record("approval.ask", node: node, Self.describe(approval))
    return .asked(approval: approval.id)
  }

  private func checkPending(at chain: GrantChain) throws(Refusal) {
    let pending = approvals.values.filter { $0.state == .pending }
    let atNode = pending.count { $0.node == chain.node }
    guard atNode < Self.mostPending.atNode,
      pending.count(where: { path(to: $0.node)?.first == chain.topNode })
        < Self.mostPending.inTree
    else {
      throw .forbidden(
        rule: "approval:pending",
        explanation: "too many payments of yours wait for an operator; wait for an answer")
    }
  }

  /// What an operator says; nobody else gets here.
  mutating func decideApproval(
    _ decision: ApprovalDecision, step: inout Step
  ) throws(Refusal) -> Outcome {
    guard var approval = approvals[decision.approval], step.now < approval.expiresAt else {
      throw .notFound("no payment with this id waits; it may have been too late")
    }
    guard approval.state == .pending else {
      throw .conflict("this was decided already: \(approval.state.rawValue)")
    }
    approval.state = decision.isApproved ? .approved : .denied
    set(approval, step: &step)
    step.record(
      decision.isApproved ? "approval.approve" : "approval.deny", node: approval.node,
      Self.describe(approval, isAdvisory: decision.isAdvisory))
    return .done
  }

  /// Takes an approval for the one payment that it is good for.
  mutating func use(_ approval: Approval, step: inout Step) {
    var used = approval
    used.state = .used
    set(used, step: &step)
  }

  private mutating func set(_ approval: Approval, step: inout Step) {
    approvals[approval.id] = approval.state == .used ? nil : approval
    step.changes.append(.approval(approval))
  }

  /// Those that are over need no row to say so.
  private mutating func forgetApprovals(at now: Timestamp) {
    approvals = approvals.filter { now < $0.value.expiresAt }
  }

  private static func describe(
    _ approval: Approval, isAdvisory: Bool = false
  ) -> AuditDetails {
    var details: AuditDetails = [
      "approval": .id(approval.id), "payee": .hex(approval.payee),
      "service": .string(approval.purchase.service), "total_msat": .msat(approval.greatestTotal),
      "expires_at_ms": .integer(Int64(clamping: approval.expiresAt.milliseconds)),
    ]
    if isAdvisory { details["advisory"] = .bool(true) }
    return details
  }
}
