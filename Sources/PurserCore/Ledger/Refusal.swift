/// Why a request was refused; nothing was changed by it.
///
/// One switch in the server turns a refusal into the API's error with its code, reason and data.
public enum Refusal: Error, Equatable, Sendable {
  /// No token, or one that is not ours.
  case unauthenticated(AuthenticationFailure)
  /// A limit of a node would be exceeded.
  case budgetExceeded(BudgetShortfall)
  /// A limit of a node on how often it may be used would be exceeded.
  case callsExceeded(CallShortfall)
  /// A rule said no. `rule` is a stable word such as `caveat:services`; `explanation` is for people
  /// and says what to do.
  case forbidden(rule: String, explanation: String)
  /// No such thing, or not the caller's to see.
  case notFound(String)
  /// An idempotency key used for something else, or a thing that is not in the state for this.
  case conflict(String)
  /// Parameters that the method does not take.
  case invalid(String)
  /// A payment waits for an operator; nil when none was asked about it yet.
  case approvalRequired(ApprovalID?)
  /// The wallet says that the payment failed, or the seller's invoice is not one to pay.
  case paymentFailed(reason: String, moneyMayHaveMoved: Bool)
  /// The seller did not answer as L402 says.
  case upstream(String)
  /// Too much at once.
  case overloaded(retryAfterMs: UInt64)
  /// The time of a node is over.
  case expired(NodeID)
  /// A node was revoked.
  case revoked(NodeID)
  /// A node is frozen.
  case frozen(NodeID)
  /// The disk did not take it.
  case storage(String)
  /// A payment is under way; the same request with the same key joins it.
  case paymentPending(hold: HoldID, retryAfterMs: UInt64)
}

extension Refusal {
  /// The stable word for it, as the API and the audit log have it.
  public var reason: String {
    switch self {
    case .unauthenticated: "unauthenticated"
    case .budgetExceeded, .callsExceeded: "budget_exceeded"
    case .forbidden: "forbidden"
    case .notFound: "not_found"
    case .conflict: "conflict"
    case .approvalRequired: "approval_required"
    case .invalid: "invalid_params"
    case .paymentFailed: "payment_failed"
    case .upstream: "upstream"
    case .overloaded: "overloaded"
    case .expired: "expired"
    case .revoked: "revoked"
    case .frozen: "frozen"
    case .storage: "storage"
    case .paymentPending: "payment_pending"
    }
  }
}

/// Why a caller is not known.
public enum AuthenticationFailure: Error, Equatable, Sendable {
  /// The request carries no token and the connection has no session.
  case noToken
  /// The token is refused.
  case token(GrantTokenError)
}

/// By how much, and where, a limit would be exceeded.
public struct BudgetShortfall: Equatable, Sendable {
  /// Which limit of the node.
  public enum Limit: Equatable, Sendable {
    /// The total of what was spent, is set aside, and was taken by escrows.
    case spend
    /// What was spent or set aside within a window.
    case window(SpendWindow)
    /// The size of one payment or hold.
    case payment
  }

  /// The node that said no.
  public let node: NodeID
  /// Which of its limits.
  public let limit: Limit
  /// The limit itself.
  public let limitAmount: Msat
  /// Spent at the node and below, ever.
  public let settled: Msat
  /// Set aside at the node and below.
  public let held: Msat
  /// Taken by escrows below the node and not spent.
  public let escrowed: Msat
  /// What counts against the limit already.
  public internal(set) var used: Msat
  /// What was asked for.
  public let asked: Msat
  /// When the same amount fits, if nothing else is spent meanwhile; nil when only a wider limit or
  /// the end of a hold makes room.
  public internal(set) var renewsAt: Timestamp?
  /// Whether it is a ceiling of the policy, and not a limit that the grant was given.
  public internal(set) var isCeiling = false

  /// By how much the request is too large; at least 1.
  public var shortfall: Msat {
    // Both within 2^53, so the sum does not overflow.
    let total = used.value + asked.value
    return Msat(total - min(limitAmount.value, total)) ?? .max
  }

  /// What could still be asked for.
  public var remaining: Msat { limitAmount.subtractingToZero(used) }

  /// A shortfall at `node`.
  public init(
    node: NodeID, limit: Limit, limitAmount: Msat, settled: Msat, held: Msat,
    escrowed: Msat = .zero, used: Msat, asked: Msat, renewsAt: Timestamp? = nil,
    isCeiling: Bool = false
  ) {
    self.node = node
    self.limit = limit
    self.limitAmount = limitAmount
    self.settled = settled
    self.held = held
    self.escrowed = escrowed
    self.used = used
    self.asked = asked
    self.renewsAt = renewsAt
    self.isCeiling = isCeiling
  }
}

/// Where, and until when, no more operations are admitted.
public struct CallShortfall: Equatable, Sendable {
  /// The node that said no.
  public let node: NodeID
  /// Which of its limits.
  public let limit: CallLimit
  /// How many operations count in its window already.
  public let used: UInt64
  /// When one more fits, if there is no other meanwhile; nil when only a wider limit makes room.
  public internal(set) var renewsAt: Timestamp?

  /// A shortfall at `node`.
  public init(node: NodeID, limit: CallLimit, used: UInt64, renewsAt: Timestamp?) {
    self.node = node
    self.limit = limit
    self.used = used
    self.renewsAt = renewsAt
  }
}
