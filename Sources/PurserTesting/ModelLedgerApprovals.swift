public import PurserCore

// Payments that wait for an operator.
extension ModelLedger {
  /// Refuses a payment that waits; the approval that it takes, if it needs one.
  func checkApproval(
    of payment: Payment, _ total: Msat, _ chain: GrantChain, _ terms: PaymentTerms,
    _ now: Timestamp
  ) throws(Refused) -> ApprovalID? {
    guard try mustWait(total, chain, terms, now) else { return nil }
    let said = asked.filter {
      $0.node == chain.node && $0.purchase == payment.purchase && $0.payee == terms.payee
        && $0.state != .used && now < $0.expiresAt
    }
    if said.contains(where: { $0.state == .denied }) { throw Refused("forbidden approval") }
    let fitting = said.filter { $0.greatestTotal >= total }
      .sorted { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }
    if let approved = fitting.first(where: { $0.state == .approved }) { return approved.id }
    throw Refused("approval_required \(fitting.first.map { "\($0.id)" } ?? "")")
  }

  private func mustWait(
    _ total: Msat, _ chain: GrantChain, _ terms: PaymentTerms, _ now: Timestamp
  ) throws(Refused) -> Bool {
    if terms.alwaysWaits { return true }
    if let most = terms.approveAbove, total > most { return true }
    for level in chain.levels {
      for limit in level.approvals {
        var used: UInt64 = 0
        if let window = limit.window {
          used = spent(at: level.node, since: try bounds(of: window, at: now).start)
        }
        if used + total.value > limit.amount.value { return true }
      }
    }
    return false
  }

  mutating func ask(_ request: ApprovalRequest, _ now: Timestamp) throws(Refused) -> Outcome {
    try checkStanding(request.chain, now)
    let node = request.chain.node
    let earlier = asked.filter {
      $0.node == node && $0.purchase == request.purchase && $0.payee == request.payee
        && $0.state == .pending && now < $0.expiresAt && $0.greatestTotal >= request.total
    }.min { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }
    if let earlier {
      isRepeated = true
      return .asked(approval: earlier.id)
    }
    let pending = asked.filter { $0.state == .pending && now < $0.expiresAt }
    let inTree = pending.filter { path(to: $0.node).last == request.chain.topNode }
    if pending.count(where: { $0.node == node }) >= 16 || inTree.count >= 256 {
      throw Refused("forbidden approval:pending")
    }
    try meet(request.chain)
    asked.append(
      Approval(
        id: request.id, node: node, purchase: request.purchase, payee: request.payee,
        greatestTotal: request.total, askedAt: now,
        expiresAt: now.adding(milliseconds: bounds.approvalLifetimeMs)))
    return .asked(approval: request.id)
  }

  mutating func decide(
    _ id: ApprovalID, isApproved: Bool, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    guard let place = asked.firstIndex(where: { $0.id == id }), asked[place].state != .used,
      now < asked[place].expiresAt
    else { throw Refused("not_found") }
    if asked[place].state != .pending { throw Refused("conflict") }
    asked[place].state = isApproved ? .approved : .denied
    return .done
  }

  /// Takes an approval for the one payment that it is good for.
  mutating func use(_ id: ApprovalID?) {
    for place in asked.indices where asked[place].id == id { asked[place].state = .used }
  }

  /// How the approvals of a ledger differ; nil when they do not.
  public func differenceOfApprovals(in state: LedgerState, now: Timestamp) -> String? {
    let wanted = asked.filter { $0.state != .used && now < $0.expiresAt }
    let found = state.approvals.values.filter { now < $0.expiresAt }
    let agrees =
      wanted.count == found.count && wanted.allSatisfy { state.approvals[$0.id] == $0 }
    return agrees ? nil : "approvals \(found), the model: \(wanted)"
  }
}
