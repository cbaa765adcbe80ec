public import PurserCore

extension Refusal {
  /// The refusal without its prose: its reason, and the node, limit or hold that it names.
  public var kind: String {
    switch self {
    case .unauthenticated: "unauthenticated"
    case .budgetExceeded(let shortfall):
      "budget_exceeded \(shortfall.limit.rawValue) \(shortfall.node)"
    case .forbidden(let rule, _): "forbidden \(rule)"
    case .notFound: "not_found"
    case .conflict: "conflict"
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
}
