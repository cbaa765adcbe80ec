public import PurserCore

extension Refusal {
  /// The refusal without its prose: its reason, and the node, limit or hold that it names.
  public var kind: String {
    switch self {
    case .unauthenticated: "unauthenticated"
    case .budgetExceeded(let shortfall):
      "budget_exceeded \(shortfall.limit.caveat) \(shortfall.node)"
    case .callsExceeded(let shortfall):
      """
      calls \(shortfall.limit.text) \(shortfall.node) used \(shortfall.used) \
      renews \(shortfall.renewsAt.map { "\($0.milliseconds)" } ?? "never")
      """
    case .forbidden(let rule, _): "forbidden \(rule)"
    case .notFound: "not_found"
    case .conflict: "conflict"
    case .approvalRequired(let id): "approval_required \(id.map { "\($0)" } ?? "")"
    case .invalid: "invalid"
    case .paymentFailed: "payment_failed"
    case .upstream: "upstream"
    case .overloaded: "overloaded"
    case .expired(let node): "expired \(node)"
    case .revoked(let node): "revoked \(node)"
    case .frozen(let node): "frozen \(node)"
    case .storage: "storage"
    case .paymentPending(let hold, _): "payment_pending \(hold)"
    }
  }

  /// The figures of a budget that would be exceeded; nil for another refusal.
  public var shortfall: BudgetShortfall? {
    if case .budgetExceeded(let shortfall) = self { shortfall } else { nil }
  }
}

extension BudgetShortfall.Limit {
  /// The caveat that states the limit, with its window.
  var caveat: String {
    switch self {
    case .spend: "spend_msat"
    case .window(let window): "spend_msat/\(window.text)"
    case .payment: "payment_msat"
    }
  }
}
