internal import PurserAPI
internal import PurserCore

/// How `purser fetch` ends: its own table, which people know from other programs that fetch.
enum FetchStatus: Int32 {
  /// What was asked for came.
  case done = 0
  /// It could not be done.
  case failed = 1
  /// It costs more than the command, the grant or the policy allows.
  case tooDear = 2
  /// It was not paid, or is not given although it was paid.
  case paymentFailed = 3
  /// The server, or the daemon, cannot be reached, or broke off.
  case network = 4
  /// An operator has to approve the payment.
  case approvalRequired = 5

  /// The status for what the daemon said.
  init(_ error: RPCError) {
    self =
      switch error.kind {
      case .budgetExceeded: .tooDear
      case .forbidden where Self.isAboutMoney(error.data["rule"]): .tooDear
      case .approvalRequired: .approvalRequired
      case .paymentFailed, .paymentPending, .upstream: .paymentFailed
      default: .failed
      }
  }

  private static func isAboutMoney(_ rule: CanonicalJSON?) -> Bool {
    guard case .string(let rule) = rule else { return false }
    return rule.hasPrefix("request:max_") || rule == "policy:price_ceiling"
  }
}

/// Why something was not fetched.
struct FetchFailure: Error {
  let status: FetchStatus
  let message: String
  let hint: String?
  let report: ErrorReport

  /// A failure of the command's own; `reason` is a stable word for programs.
  init(_ status: FetchStatus, _ reason: String, _ message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
    report = ErrorReport(reason: reason, message: message)
  }

  /// What a call to the daemon ended with.
  init(_ failure: CommandFailure) {
    message = failure.message
    report = failure.report
    guard let refusal = failure.refusal else {
      hint = failure.hint
      status = failure.status == .unreachable ? .network : .failed
      return
    }
    status = FetchStatus(refusal)
    if case .string(let approval) = refusal.data["approval"] {
      hint =
        "an operator runs `purser approve \(Terminal.sanitized(approval))`; --wait waits for it"
    } else {
      hint = failure.hint
    }
  }

  /// The answer did not come, or not whole.
  static func network(_ message: String) -> FetchFailure {
    FetchFailure(.network, "network", message)
  }
}
