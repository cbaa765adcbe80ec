internal import LibSQLite

extension SimulatedFault {
  /// The columns `kind`, `delay_ms` and `reason` of the table of faults.
  var columns: [SQLiteValue] {
    switch self {
    case .fail(let reason): [.text("fail"), .integer(0), .text(reason)]
    case .timeoutAfterPaying: [.text("timeout_after_paying"), .integer(0), .null]
    case .timeoutNotPaid: [.text("timeout_not_paid"), .integer(0), .null]
    case .pendingThenSettled(let delay): [.text("pending_settled"), .optional(delay), .null]
    case .pendingThenFailed(let delay, let reason):
      [.text("pending_failed"), .optional(delay), .text(reason)]
    }
  }

  /// The fault in those columns; nil for a kind that does not exist.
  init?(kind: String, delayMilliseconds: UInt64, reason: String) {
    switch kind {
    case "fail": self = .fail(reason: reason)
    case "timeout_after_paying": self = .timeoutAfterPaying
    case "timeout_not_paid": self = .timeoutNotPaid
    case "pending_settled": self = .pendingThenSettled(milliseconds: delayMilliseconds)
    case "pending_failed":
      self = .pendingThenFailed(milliseconds: delayMilliseconds, reason: reason)
    default: return nil
    }
  }
}
