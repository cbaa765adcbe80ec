/// Something that the holder of a token may want to do.
public struct Proposal: Sendable, Equatable {
  /// The service that is to be bought of; nil to set money aside for something else.
  public var service: String?
  /// The capabilities that are asked for; nil for all that may be had.
  public var capabilities: [String]?
  /// What it costs, without routing; nil leaves out whatever depends on it.
  public var amount: Msat?
  /// What the wallet may take for routing without being told, beside the service's own limit.
  public var feeReserve: Msat
  /// Whom the invoice pays, 33 bytes; nil leaves out whatever depends on it.
  public var payee: [UInt8]?
  /// Whether the holder brings the challenge itself.
  public var isBrought: Bool
  /// The method that the holder would call; nil for the one that such a thing is asked for by.
  public var method: String?
  /// Who shows the token; nil leaves out whatever depends on it.
  public var peer: PeerIdentity?

  /// A purchase of `service`, or a hold, of `amount`.
  public init(
    service: String? = nil, capabilities: [String]? = nil, amount: Msat? = nil,
    feeReserve: Msat = .zero, payee: [UInt8]? = nil, isBrought: Bool = false,
    method: String? = nil, peer: PeerIdentity? = nil
  ) {
    self.service = service
    self.capabilities = capabilities
    self.amount = amount
    self.feeReserve = feeReserve
    self.payee = payee
    self.isBrought = isBrought
    self.method = method
    self.peer = peer
  }

  /// The method that is called for it.
  public var calledMethod: String {
    if let method { return method }
    guard service != nil else { return "spend.reserve" }
    return isBrought ? "challenge.pay" : "credential.request"
  }
}

/// What the ledger is asked about a proposal.
public struct LedgerQuestion: Sendable, Equatable {
  /// How much would be set aside, routing included; nil asks only whether the grants may be used.
  public var amount: Msat?
  /// Whether it would be for a payment, which may have to wait for an operator.
  public var isPayment: Bool
  /// The greatest payment that does not wait, by the policy; nil for no such rule.
  public var approveAbove: Msat?

  /// A question about a hold, or about a payment, of `amount`.
  public init(amount: Msat?, isPayment: Bool = false, approveAbove: Msat? = nil) {
    self.amount = amount
    self.isPayment = isPayment
    self.approveAbove = approveAbove
  }
}

/// What the ledger says of a proposal.
public struct LedgerFindings: Sendable, Equatable {
  /// Whether the grants may be used at all: states and ends.
  public var standing: [RuleFinding]
  /// Whether the amount, and one more operation, fit at every level; how many grants there are; and
  /// whether an operator is to be asked.
  public var budget: [RuleFinding]

  /// Findings in the order in which they decide.
  public init(standing: [RuleFinding] = [], budget: [RuleFinding] = []) {
    self.standing = standing
    self.budget = budget
  }
}

/// What would become of a proposal, with every rule that takes part in it.
public struct Decision: Sendable, Equatable {
  /// What would become of it.
  public enum Verdict: Sendable, Equatable {
    /// It would be done.
    case allow
    /// It would wait for an operator; the rule that asks for one.
    case approve(rule: String)
    /// It would be refused; the caller is told the first reason.
    case deny(Refusal)
  }

  /// What would become of it.
  public let verdict: Verdict
  /// Every rule that takes part, in the order in which they decide.
  public let findings: [RuleFinding]

  /// The conjunction of `findings`, which are in the order in which they decide.
  public init(of findings: [RuleFinding]) {
    self.findings = findings
    if let refusal = findings.compactMap(\.refusal).first {
      verdict = .deny(refusal)
    } else if let asking = findings.first(where: \.needsApproval) {
      verdict = .approve(rule: asking.rule)
    } else {
      verdict = .allow
    }
  }

  /// The findings from the top down: those of each level of `chain`, the top one first, and after
  /// them those that are about no level.
  public func findingsFromTheTop(of chain: GrantChain) -> [(level: Int?, finding: RuleFinding)] {
    var sorted: [(level: Int?, finding: RuleFinding)] = []
    for (index, level) in chain.levels.enumerated() {
      sorted += findings.filter { $0.node == level.node }.map { (index, $0) }
    }
    let nodes = Set(chain.levels.map(\.node))
    return sorted
      + findings.filter { $0.node.map { !nodes.contains($0) } ?? true }.map { (nil, $0) }
  }
}

extension Policy {
  /// What would become of `proposal` of the holder of `chain`.
  ///
  /// `ledger` gives what the ledger says, and is asked once; for a proposal without an amount, only
  /// the standing counts.
  public func decide(
    _ proposal: Proposal, by chain: GrantChain,
    ledger: (LedgerQuestion) throws(Refusal) -> LedgerFindings
  ) throws(Refusal) -> Decision {
    var access = RuleTrace.explaining
    try chain.checkMethod(proposal.calledMethod, trace: &access)
    try chain.checkPeer(proposal.peer, by: peerCheck, trace: &access)
    var trace = RuleTrace.explaining
    var service: Service?
    if let id = proposal.service {
      service = try self.service(id, for: chain, trace: &trace)
      _ = try service?.capabilities(proposal.capabilities, for: chain, trace: &trace)
    }
    if let service, let amount = proposal.amount { try service.checkPrice(amount, trace: &trace) }
    if let service, let payee = proposal.payee {
      try service.checkPayee(payee, isBrought: proposal.isBrought, trace: &trace)
    } else if let service, proposal.isBrought {
      try service.checkBringing(trace: &trace)
    }
    let findings = try ledger(
      LedgerQuestion(
        amount: proposal.amount.map { proposal.total(of: $0, for: service) },
        isPayment: proposal.service != nil, approveAbove: service?.approveAbove))
    return Decision(
      of: access.findings + findings.standing + trace.findings + findings.budget)
  }
}

extension Proposal {
  /// What is set aside for a price of `amount`.
  fileprivate func total(of amount: Msat, for service: Service?) -> Msat {
    guard let service else { return amount }
    return amount.adding(max(service.feeLimit, feeReserve)) ?? .max
  }
}

extension LedgerState {
  /// What this ledger says to `question` of the holder of `chain` at `now`.
  ///
  /// It goes through the checks that admit a hold and begin a payment; what operators have said
  /// already is not looked at. What is looked up on the way stays in memory, so this is for a copy
  /// of the state.
  /// - Throws: ``Refusal`` when what it needs cannot be read.
  public mutating func examine(
    _ chain: GrantChain, for question: LedgerQuestion, at now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) -> LedgerFindings {
    try bringIn(chain, records: records)
    var standing = RuleTrace.explaining
    try checkStanding(of: chain, at: now, trace: &standing)
    var budget = RuleTrace.explaining
    if let amount = question.amount {
      let charge = ProspectiveCharge(amount: amount)
      try checkBudget(of: chain, for: charge, at: now, records: records, trace: &budget)
    }
    try checkDescendants(of: chain, trace: &budget)
    if let amount = question.amount, question.isPayment {
      try checkThresholds(
        for: amount, by: chain, approveAbove: question.approveAbove, at: now, records: records,
        trace: &budget)
    }
    return LedgerFindings(standing: standing.findings, budget: budget.findings)
  }
}
