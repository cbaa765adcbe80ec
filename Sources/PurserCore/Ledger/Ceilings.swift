// What the policy holds every top-level grant to, beside what its tokens state.
extension LedgerState {
  /// Refuses when `charge` would exceed a ceiling of the policy at the top of `chain`.
  ///
  /// Below an escrow its unspent rest is left out: what the escrow took counts there already, but
  /// under a ceiling that was lowered since, what is really spent must fit all the same.
  mutating func checkCeilings(
    of chain: GrantChain, for charge: ProspectiveCharge, isFunded: Bool, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    let top = chain.topNode
    let ceilings = bounds.ceilings
    if let limit = ceilings.payment {
      try trace.apply(
        "policy:grant_payment", at: top, says: "\(limit) for one payment or hold"
      ) { () throws(Refusal) in
        guard charge.amount > limit else { return }
        throw Self.ceiling(shortfall(of: .payment, limit, at: top, charge))
      }
    }
    if let limit = ceilings.spend {
      let used = isFunded ? nodes[top]?.spentOrHeld : nodes[top]?.used
      try trace.apply(
        "policy:grant_spend", at: top,
        says: "\(limit) in all, of which \(used ?? .zero) are used"
      ) { () throws(Refusal) in
        try Self.asCeiling { () throws(Refusal) in
          try checkRoom(at: top, beside: used ?? .zero, within: limit, for: charge)
        }
      }
    }
    for limit in ceilings.windows {
      guard let window = limit.window else { continue }
      let says =
        trace.isExplaining
        ? describe(window, limit.amount, at: top, for: charge, at: now, records: records) : ""
      try trace.apply("policy:grant_spend", at: top, says: says) { () throws(Refusal) in
        try Self.asCeiling { () throws(Refusal) in
          try check(window, limit.amount, at: top, for: charge, at: now, records: records)
        }
      }
    }
  }

  /// Runs a check whose limit is a ceiling, so that its refusal says so.
  static func asCeiling(_ check: () throws(Refusal) -> Void) throws(Refusal) {
    do throws(Refusal) { try check() } catch {
      guard case .budgetExceeded(let shortfall) = error else { throw error }
      throw ceiling(shortfall)
    }
  }

  private static func ceiling(_ shortfall: BudgetShortfall) -> Refusal {
    var shortfall = shortfall
    shortfall.isCeiling = true
    return .budgetExceeded(shortfall)
  }

  /// Refuses when the policy says that the grant with this top is over.
  func checkPolicyEnd(of top: NodeID, at now: Timestamp, trace: inout RuleTrace) throws(Refusal) {
    guard bounds.grantLifetimeSeconds != nil || bounds.ceilings.validUntilSeconds != nil else {
      return
    }
    // By its place: a copy of the node would cost more than the check.
    let made = nodes.index(forKey: top).flatMap { nodes.values[$0].registeredAt }
    try bounds.checkEnd(of: top, registeredAt: made, at: now, trace: &trace)
  }

  /// Takes over what another policy holds everybody to.
  mutating func changePolicy(_ change: PolicyChange, step: inout Step) -> Outcome {
    bounds = change.bounds
    step.record("policy.reload", node: nil, change.details)
    return .done
  }
}

extension LedgerState.Bounds {
  /// Refuses when the time of every grant is over, or that of the top-level grant `top`.
  ///
  /// Its life counts from its making. One that was only ever met, and not made by `grant.create`,
  /// has no `registeredAt` and ends when its token says.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkEnd(
    of top: NodeID, registeredAt: Timestamp?, at now: Timestamp, trace: inout RuleTrace
  ) throws(Refusal) {
    if let end = ceilings.validUntilSeconds {
      try trace.apply("policy:valid_until", says: "every grant is over at \(end) (Unix seconds)") {
        () throws(Refusal) in
        guard now.seconds >= end else { return }
        throw .forbidden(
          rule: "policy:valid_until",
          explanation: "the policy's valid_until, \(end), is over; an operator sets a later one")
      }
    }
    guard let life = grantLifetimeSeconds, let registeredAt else { return }
    let end = registeredAt.adding(milliseconds: life * 1000)
    try trace.apply(
      "policy:grant_lifetime", at: top,
      says: "\(life) s from its making on, so until \(end.seconds) (Unix seconds)"
    ) { () throws(Refusal) in
      guard now >= end else { return }
      throw .forbidden(
        rule: "policy:grant_lifetime",
        explanation: """
          the policy's grant_lifetime of \(life) s is over for this grant; ask whoever gave it to \
          you for a new one
          """)
    }
  }
}

extension Node {
  /// When the daemon made it; nil for one that was only ever met.
  public var registeredAt: Timestamp? { isRegistered ? createdAt : nil }

  /// What was spent and what is set aside, here and below.
  var spentOrHeld: Msat { settled.adding(held) ?? .max }
}

/// Another policy that is in force from now on.
public struct PolicyChange: Sendable {
  /// What of it the ledger holds everybody to.
  public let bounds: LedgerState.Bounds
  /// What the audit log says of it; never a secret.
  public let details: AuditDetails

  /// The policy with these bounds.
  public init(bounds: LedgerState.Bounds, details: AuditDetails) {
    self.bounds = bounds
    self.details = details
  }
}
