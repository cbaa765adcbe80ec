public import PurserCore

/// One expected decision of a policy: a grant, what its holder proposes, and what becomes of it.
public struct PolicyCase: Sendable {
  /// What a decision comes to.
  public enum Verdict: String, Sendable, CaseIterable {
    /// It is done.
    case allow
    /// It waits for an operator.
    case approve
    /// It is refused.
    case deny
  }

  /// What stops a level.
  public enum State: String, Sendable, CaseIterable {
    /// Nothing.
    case active
    /// A freeze.
    case frozen
    /// It was revoked.
    case revoked
  }

  /// One level of the grant, and what the ledger knows of it.
  public struct Level: Sendable {
    /// What its token states.
    public var limits = GrantLimits()
    /// What its holder has spent, a moment ago.
    public var spent = Msat.zero
    /// How many operations of its holder were admitted, a moment ago; at most 10^9.
    public var operations: UInt64 = 0
    /// What stops it.
    public var state = State.active
    /// How long ago it was made, in seconds.
    public var ageSeconds: UInt64?

    /// A level without limits that was never used.
    public init() {}
  }

  /// What people see.
  public var name = ""
  /// The claim of the policy that is the top level; nil when `levels` begins with it.
  public var claim: String?
  /// The levels, the top one first; those below the claim where there is one.
  public var levels: [Level] = []
  /// What the holder proposes.
  public var proposal = Proposal()
  /// What is to become of it.
  public var expected = Verdict.allow
  /// The rule that is to decide; nil for any.
  public var rule: String?
  /// Where the case stands, as `file:line`.
  public var place = ""
}

/// The outcome of one case.
public struct PolicyCaseOutcome: Sendable {
  /// The case.
  public let policyCase: PolicyCase
  /// How the decision differs from what was expected, for people; nil when it does not.
  public let fault: String?
}

extension PolicyCase {
  /// Decides the case under `policy` at `now`, by the rules that the daemon decides by and over a
  /// ledger that knows what the case says.
  public func run(
    under policy: Policy, at now: Timestamp, calendar: any SpendCalendar
  ) -> PolicyCaseOutcome {
    let fault: String?
    do {
      fault = difference(from: try decide(under: policy, at: now, calendar: calendar))
    } catch { fault = "\(error)" }
    return PolicyCaseOutcome(policyCase: self, fault: fault)
  }

  private func difference(from decision: Decision) -> String? {
    let verdict: Verdict
    var decisive: String?
    var message = ""
    switch decision.verdict {
    case .allow: verdict = .allow
    case .approve(let rule): (verdict, decisive) = (.approve, rule)
    case .deny(let refusal):
      (verdict, decisive) = (.deny, refusal.rule ?? refusal.reason)
      if case .forbidden(_, let explanation) = refusal { message = ": \(explanation)" }
    }
    guard verdict != expected || rule != nil && rule != decisive else { return nil }
    return
      "expected \(Self.words(expected, rule)), found \(Self.words(verdict, decisive))\(message)"
  }

  private static func words(_ verdict: Verdict, _ rule: String?) -> String {
    verdict.rawValue + (rule.map { " by \($0)" } ?? "")
  }

  private func decide(
    under policy: Policy, at now: Timestamp, calendar: any SpendCalendar
  ) throws -> Decision {
    var levels = levels
    if let claim {
      guard let known = policy.claims[claim] else { throw PolicyCaseError.unknownClaim(claim) }
      var top = Level()
      top.limits = known.limits
      levels.insert(top, at: 0)
    }
    if levels.isEmpty { levels.append(Level()) }
    let ledger = try DescribedLedger(levels, at: now)
    let decision: Result<Decision, Refusal>
    do throws(Refusal) {
      decision = .success(
        try policy.decide(proposal, by: ledger.chain) { question throws(Refusal) in
          var state = ledger.state(bounds: policy.bounds, calendar: calendar)
          return try state.examine(ledger.chain, for: question, at: now, records: ledger)
        })
    } catch { decision = .failure(error) }
    return try decision.get()
  }
}

/// Why a case cannot be decided.
enum PolicyCaseError: Error, CustomStringConvertible {
  case unknownClaim(String)

  var description: String {
    switch self {
    case .unknownClaim(let name): "the policy has no claim \"\(shown(name))\""
    }
  }
}
