internal import PurserCore

/// The stable word in an error's `data.reason`: what programs decide by.
public enum RPCErrorReason: String, CaseIterable, Sendable {
  /// What came is not JSON, is too long, or was not finished in time.
  case parseError = "parse_error"
  /// It is JSON, but no request or batch of JSON-RPC 2.0.
  case invalidRequest = "invalid_request"
  /// This socket serves no method of that name.
  case methodNotFound = "method_not_found"
  /// The method does not take these parameters.
  case invalidParameters = "invalid_params"
  /// The answer could not be written.
  case `internal`
  /// There is no grant token, or it is not one of this daemon's.
  case unauthenticated
  /// A limit of the caller's grant, or of one above it, leaves less.
  case budgetExceeded = "budget_exceeded"
  /// A caveat of the token, or a rule of the policy, says no.
  case forbidden
  /// There is no such thing, or it is not the caller's to see.
  case notFound = "not_found"
  /// The key was used for another request, or a thing is in another state.
  case conflict
  /// A payment waits for an operator.
  case approvalRequired = "approval_required"
  /// The payment failed, and nothing was paid.
  case paymentFailed = "payment_failed"
  /// The seller, or the wallet outside of a payment, did not do its part.
  case upstream
  /// There is too much to do; ask again later.
  case overloaded
  /// The time of the caller's grant, or of one above it, is over.
  case expired
  /// The caller's grant, or one above it, was revoked.
  case revoked
  /// The caller's grant, or one above it, is frozen.
  case frozen
  /// The disk failed; nothing was changed.
  case storage
  /// A payment is under way; repeat with the same idempotency key.
  case paymentPending = "payment_pending"

  /// The refusals of a grant that is no longer in standing.
  public static let stopped: [RPCErrorReason] = [.expired, .revoked, .frozen]

  /// What any method may answer.
  public static let common: [RPCErrorReason] = [
    .invalidParameters, .unauthenticated, .overloaded, .storage,
  ]

  /// The code: that of JSON-RPC 2.0 §5.1, or of Purser's own range.
  public var code: Int {
    switch self {
    case .parseError: -32700
    case .invalidRequest: -32600
    case .methodNotFound: -32601
    case .invalidParameters: -32602
    case .internal: -32603
    case .unauthenticated: -32001
    case .budgetExceeded: -32002
    case .forbidden: -32003
    case .notFound: -32004
    case .conflict: -32005
    case .approvalRequired: -32006
    case .paymentFailed: -32007
    case .upstream: -32008
    case .overloaded: -32009
    case .expired, .revoked, .frozen: -32010
    case .storage: -32011
    case .paymentPending: -32012
    }
  }

  /// When it is given, in one sentence.
  public var summary: String {
    switch self {
    case .parseError: "What came is not JSON, is too long, or was not finished in time."
    case .invalidRequest: "It is JSON, but no request or batch of JSON-RPC 2.0."
    case .methodNotFound: "This socket serves no method of that name."
    case .invalidParameters: "The method does not take these parameters."
    case .internal: "The answer could not be written."
    case .unauthenticated: "There is no grant token, or it is not one of this daemon's."
    case .budgetExceeded: "A limit of the caller's grant, or of one above it, leaves less."
    case .forbidden: "A caveat of the token, or a rule of the policy, says no."
    case .notFound: "There is no such thing, or it is not the caller's to see."
    case .conflict: "The key was used for another request, or a thing is in another state."
    case .approvalRequired: "A payment waits for an operator; repeat once it is approved."
    case .paymentFailed: "The payment failed, and nothing was paid."
    case .upstream: "The seller, or the wallet outside of a payment, did not do its part."
    case .overloaded: "There is too much to do; ask again later."
    case .expired: "The time of the caller's grant, or of one above it, is over."
    case .revoked: "The caller's grant, or one above it, was revoked."
    case .frozen: "The caller's grant, or one above it, is frozen."
    case .storage: "The disk failed; nothing was changed."
    case .paymentPending: "A payment is under way; repeat with the same idempotency key."
    }
  }

  /// What `data` may hold beside `reason`.
  public var members: [RPCMember.Named] {
    switch self {
    case .parseError, .invalidRequest, .methodNotFound, .invalidParameters, .internal, .notFound,
      .conflict, .upstream, .storage:
      []
    case .unauthenticated:
      [
        .init(
          name: "cause",
          RPCMember(String.self, "What is wrong with the token.")
            .among(Self.authenticationCauses))
      ]
    case .budgetExceeded: Self.budgetMembers
    case .forbidden:
      [
        .init(
          name: "rule",
          RPCMember(
            String.self,
            "What said no: caveat:NAME, policy:KEY, request:max_cost, request:max_fee, "
              + "seller:token, grant:freeze, approval, restored, separation, operator_uids or operator:passphrase."
          ))
      ]
    case .approvalRequired:
      [
        .init(
          name: "approval",
          RPCMember(ApprovalID.self, "What an operator approves.", isRequired: false))
      ]
    case .paymentFailed:
      [
        .init(
          name: "money_may_have_moved",
          RPCMember(Bool.self, "Always false: where it may have, the reason is payment_pending."))
      ]
    case .overloaded: [Self.patience]
    case .expired, .revoked, .frozen:
      [.init(name: "node", RPCMember(NodeID.self, "The grant that is stopped, the topmost."))]
    case .paymentPending:
      [.init(name: "hold", RPCMember(HoldID.self, "The payment's hold.")), Self.patience]
    }
  }

  /// Everything that `data` may hold.
  public var dataSchema: JSONSchema {
    let reason = RPCMember.Named(
      name: "reason",
      RPCMember(String.self, "The stable word.").among([rawValue]))
    return .object([reason] + members)
  }

  /// The words of `cause` with ``unauthenticated``.
  static let authenticationCauses = [
    "no_token", "malformed", "too_long", "unknown_key", "bad_signature", "foreign_caveat",
    "caveat", "too_deep", "too_many_windows",
  ]

  private static let patience = RPCMember.Named(
    name: "retry_after_ms", RPCMember(UInt64.self, "How long to wait before asking again."))

  private static var budgetMembers: [RPCMember.Named] {
    func own(_ name: String, _ description: String) -> RPCMember.Named {
      .init(
        name: name,
        RPCMember(Msat.self, description + "; of the caller's own grant alone.", isRequired: false))
    }
    return [
      .init(
        name: "limit",
        RPCMember(String.self, "Which limit.").among(["spend_msat", "payment_msat", "calls"])),
      .init(
        name: "window",
        RPCMember(String.self, "The limit's window, such as 1h.", isRequired: false)),
      .init(
        name: "rule",
        RPCMember(
          String.self, "policy:grant_spend or policy:grant_payment, for a ceiling of the policy.",
          isRequired: false)),
      .init(
        name: "asked_msat",
        RPCMember(Msat.self, "What was asked for, fee included; not for calls.", isRequired: false)),
      .init(
        name: "renews_at",
        RPCMember(
          UInt64.self, "From when on as much fits, if nothing else is spent.", isRequired: false)),
      .init(
        name: "above",
        RPCMember(
          Bool.self, "True for a grant above the caller's, whose figures are hidden.",
          isRequired: false)),
      .init(
        name: "node",
        RPCMember(NodeID.self, "The caller's own grant, if it is the one.", isRequired: false)),
      own("limit_msat", "The limit"), own("used_msat", "What counts against the limit already"),
      own("remaining_msat", "What the limit leaves"), own("shortfall_msat", "What is missing"),
      own("settled_msat", "Spent, ever"), own("held_msat", "Set aside"),
      .init(
        name: "limit_calls",
        RPCMember(
          UInt64.self, "The limit on operations; of the caller's own grant alone.",
          isRequired: false)),
      .init(
        name: "used_calls",
        RPCMember(
          UInt64.self, "How many count against it; of the caller's own grant alone.",
          isRequired: false)),
      own("escrowed_msat", "Taken by escrows below and not spent"),
    ]
  }
}
