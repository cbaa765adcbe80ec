/// One rule that took part in a decision, and what it said.
public struct RuleFinding: Sendable, Equatable {
  /// The rule's stable name, such as `caveat:services`, `policy:price_ceiling` or `ledger:state`.
  public let rule: String
  /// The level that it belongs to; nil for a rule that is about no level.
  public let node: NodeID?
  /// What the rule says, and what it was held against, for people.
  public let says: String
  /// Why it refuses; nil when it does not.
  public let refusal: Refusal?
  /// Whether it lets the request pass only once an operator has approved it.
  public let needsApproval: Bool
}

/// What the rules are applied through, so that deciding and explaining are the same code.
///
/// While deciding, the first rule that refuses ends it. While explaining, what each rule says is
/// put down and the next one is looked at as well.
public struct RuleTrace: Sendable {
  /// Whether every rule is looked at and put down.
  public let isExplaining: Bool
  /// What was put down, in the order in which the rules decide; empty while deciding.
  public private(set) var findings: [RuleFinding] = []
  /// The first rule that asks for an operator's approval; nil when none did.
  public private(set) var approvalRule: String?

  private init(isExplaining: Bool) { self.isExplaining = isExplaining }

  /// A trace that stops at the first refusal.
  public static var deciding: RuleTrace { RuleTrace(isExplaining: false) }

  /// A trace that puts down what every rule says.
  public static var explaining: RuleTrace { RuleTrace(isExplaining: true) }

  /// Applies one rule; `says` is put down while explaining, and need not be told otherwise.
  /// - Throws: What the rule throws, while deciding.
  mutating func apply(
    _ rule: @autoclosure () -> String, at node: NodeID? = nil, says: @autoclosure () -> String,
    _ check: () throws(Refusal) -> Void
  ) throws(Refusal) {
    guard isExplaining else { return try check() }
    var refusal: Refusal?
    do throws(Refusal) { try check() } catch { refusal = error }
    findings.append(
      RuleFinding(
        rule: rule(), node: node, says: says(), refusal: refusal, needsApproval: false))
  }

  /// Applies one rule that may have a request wait for an operator, as `waits` says; one that
  /// does is enough while deciding.
  /// - Throws: What `waits` throws, while deciding.
  mutating func askOperator(
    _ rule: String, at node: NodeID? = nil, says: @autoclosure () -> String,
    if waits: () throws(Refusal) -> Bool
  ) throws(Refusal) {
    guard isExplaining else {
      if approvalRule == nil, try waits() { approvalRule = rule }
      return
    }
    var refusal: Refusal?
    var isAsked = false
    do throws(Refusal) { isAsked = try waits() } catch { refusal = error }
    if isAsked { approvalRule = approvalRule ?? rule }
    findings.append(
      RuleFinding(rule: rule, node: node, says: says(), refusal: refusal, needsApproval: isAsked))
  }
}

extension Refusal {
  /// The name of the rule that refuses, where a rule does: as ``RuleFinding/rule`` has it.
  public var rule: String? {
    switch self {
    case .forbidden(let rule, _): rule
    case .budgetExceeded(let shortfall): shortfall.rule
    case .callsExceeded: "caveat:calls"
    case .expired: "caveat:valid_until"
    case .revoked, .frozen: "ledger:state"
    default: nil
    }
  }
}

extension BudgetShortfall {
  /// The name of the rule whose limit it is.
  public var rule: String {
    switch (isCeiling, limit) {
    case (true, .payment): "policy:grant_payment"
    case (true, _): "policy:grant_spend"
    case (false, .payment): "caveat:payment_msat"
    case (false, _): "caveat:spend_msat"
    }
  }
}
