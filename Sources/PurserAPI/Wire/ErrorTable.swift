public import PurserCore

extension RPCError {
  /// The API's error for a refusal: the one table of codes and reasons.
  ///
  /// `viewer` is the caller's own node: figures of nodes above it are hidden. Nil shows
  /// everything, as operators see it.
  public init(_ refusal: Refusal, viewer: NodeID?) {
    switch refusal {
    case .unauthenticated(let failure):
      self.init(
        .unauthenticated, Self.explain(failure), data: ["cause": .string(Self.cause(failure))])
    case .budgetExceeded(let shortfall):
      self = Self.budgetExceeded(shortfall, viewer: viewer)
    case .callsExceeded(let shortfall):
      self = Self.callsExceeded(shortfall, viewer: viewer)
    case .forbidden(let rule, let explanation):
      self.init(.forbidden, explanation, data: ["rule": .string(rule)])
    case .notFound(let what): self.init(.notFound, what)
    case .approvalRequired(let approval):
      self.init(
        .approvalRequired,
        "this payment waits for an operator; repeat the request once it is approved",
        data: approval.map { ["approval": .string($0.hex)] } ?? [:])
    case .conflict(let what): self.init(.conflict, what)
    case .invalid(let what): self = .invalidParameters(what)
    case .paymentFailed(let reason, let moneyMayHaveMoved):
      self.init(
        .paymentFailed, "the payment failed: \(reason)",
        data: ["money_may_have_moved": .bool(moneyMayHaveMoved)])
    case .upstream(let what): self.init(.upstream, what)
    case .overloaded(let retryAfterMs):
      self.init(
        .overloaded, "too busy; try again in \(retryAfterMs) ms",
        data: ["retry_after_ms": .integer(Int64(clamping: retryAfterMs))])
    case .expired(let node):
      self.init(
        .expired, "the grant's time is over; ask whoever gave it to you for a new one",
        data: ["node": .string(node.hex)])
    case .revoked(let node):
      self.init(
        .revoked, "the grant, or one above it, was revoked; ask whoever gave it to you",
        data: ["node": .string(node.hex)])
    case .frozen(let node):
      self.init(
        .frozen, "the grant, or one above it, is frozen; ask whoever gave it to you",
        data: ["node": .string(node.hex)])
    case .storage(let what): self.init(.storage, what)
    case .paymentPending(let hold, let retryAfterMs):
      self.init(
        .paymentPending,
        "a payment for this is under way; repeat with the same idempotency key",
        data: [
          "hold": .string(hold.hex), "retry_after_ms": .integer(Int64(clamping: retryAfterMs)),
        ])
    }
  }

  private static func budgetExceeded(_ shortfall: BudgetShortfall, viewer: NodeID?) -> RPCError {
    var data: [String: CanonicalJSON] = [
      "limit": .string(shortfall.limit.condition), "asked_msat": .msat(shortfall.asked),
    ]
    if case .window(let window) = shortfall.limit { data["window"] = .string(window.text) }
    if shortfall.isCeiling { data["rule"] = .string(shortfall.rule) }
    let renewal = shortfall.renewsAt.map { $0.milliseconds.dividedRoundingUp(by: 1000) }
    if let renewal { data["renews_at"] = .integer(Int64(clamping: renewal)) }
    let patience = renewal.map { "; it fits from \($0) on (Unix seconds) if nothing else is spent" }
    guard viewer == nil || viewer == shortfall.node else {
      // Whose limit it is, and its figures, are not for those below.
      data["above"] = .bool(true)
      return RPCError(
        .budgetExceeded,
        "a grant above yours has not that much left"
          + (patience ?? "; ask whoever gave you yours"), data: data)
    }
    data.merge([
      "node": .string(shortfall.node.hex), "limit_msat": .msat(shortfall.limitAmount),
      "settled_msat": .msat(shortfall.settled), "held_msat": .msat(shortfall.held),
      "escrowed_msat": .msat(shortfall.escrowed), "used_msat": .msat(shortfall.used),
      "remaining_msat": .msat(shortfall.remaining), "shortfall_msat": .msat(shortfall.shortfall),
    ]) { first, _ in first }
    return RPCError(
      .budgetExceeded,
      "asked for \(shortfall.asked), but \(shortfall.limit.text) of this grant leaves "
        + "\(shortfall.remaining)"
        + (patience ?? "; ask for less, or ask whoever gave you the grant"), data: data)
  }

  private static func callsExceeded(_ shortfall: CallShortfall, viewer: NodeID?) -> RPCError {
    let window = shortfall.limit.window.text
    var data: [String: CanonicalJSON] = ["limit": .string("calls"), "window": .string(window)]
    let renewal = shortfall.renewsAt.map { $0.milliseconds.dividedRoundingUp(by: 1000) }
    if let renewal { data["renews_at"] = .integer(Int64(clamping: renewal)) }
    let patience =
      renewal.map { "; one more is admitted from \($0) on (Unix seconds)" }
      ?? "; ask whoever gave you the grant"
    guard viewer == nil || viewer == shortfall.node else {
      data["above"] = .bool(true)
      return RPCError(
        .budgetExceeded, "a grant above yours admits no more operations now" + patience, data: data)
    }
    data["node"] = .string(shortfall.node.hex)
    data["limit_calls"] = .integer(Int64(clamping: shortfall.limit.count))
    data["used_calls"] = .integer(Int64(clamping: shortfall.used))
    return RPCError(
      .budgetExceeded,
      "this grant admits \(shortfall.limit.count) operations per \(window), and there "
        + "were \(shortfall.used)" + patience, data: data)
  }

  private static func explain(_ failure: AuthenticationFailure) -> String {
    switch failure {
    case .noToken: "no token: put one into params.token or call session.open first"
    case .token(let error): "the token is refused: \(error)"
    }
  }

  private static func cause(_ failure: AuthenticationFailure) -> String {
    guard case .token(let error) = failure else { return "no_token" }
    return switch error {
    case .malformed: "malformed"
    case .tooLong: "too_long"
    case .unknownKey: "unknown_key"
    case .badSignature: "bad_signature"
    case .foreignCaveat: "foreign_caveat"
    case .caveat: "caveat"
    case .tooDeep: "too_deep"
    case .tooManyWindows: "too_many_windows"
    }
  }
}

extension BudgetShortfall.Limit {
  /// The caveat that states such a limit.
  fileprivate var condition: String { self == .payment ? "payment_msat" : "spend_msat" }

  /// The limit as people see it.
  fileprivate var text: String {
    if case .window(let window) = self { "\(condition) per \(window.text)" } else { condition }
  }
}

extension UInt64 {
  fileprivate func dividedRoundingUp(by divisor: UInt64) -> UInt64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder == 0 ? quotient : quotient + 1
  }
}
