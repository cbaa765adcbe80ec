internal import PurserAPI
internal import PurserCore

/// Why a command could not do what it was asked, and the status that the program exits with.
///
/// Wrong usage is ArgumentParser's `ValidationError` instead: the program exits with 64.
struct CommandFailure: Error {
  let message: String
  let hint: String?
  let status: ExitStatus
  /// What programs read.
  let report: ErrorReport
  /// The daemon's own words; nil when it is not the daemon that refused.
  let refusal: RPCError?

  /// A failure of the program's own; `reason` is a stable word for programs.
  init(
    _ message: String, hint: String? = nil, status: ExitStatus = .failed, reason: String = "failed"
  ) {
    self.message = message
    self.hint = hint
    self.status = status
    report = ErrorReport(reason: reason, message: message)
    refusal = nil
  }

  /// The daemon's refusal of a call that can be repeated under `idempotencyKey`.
  init(_ error: RPCError, idempotencyKey: String?) {
    message = Terminal.sanitized(error.message, limit: 500)
    status = ExitStatus(reason: error.reason)
    hint = Self.hint(for: error, idempotencyKey: idempotencyKey)
    report = ErrorReport(error, idempotencyKey: status == .tryAgain ? idempotencyKey : nil)
    refusal = error
  }

  /// The connection ended before the answer to a call that can be repeated under `idempotencyKey`.
  init(interrupted reason: String, idempotencyKey: String?) {
    message = "the daemon gave no answer: \(reason)"
    status = .unreachable
    hint =
      idempotencyKey.map {
        "whether it was done is not known; repeat the same command with --idempotency-key \($0)"
      } ?? "repeat the same command"
    report = ErrorReport(reason: "interrupted", message: message, idempotencyKey: idempotencyKey)
    refusal = nil
  }

  private static func hint(for error: RPCError, idempotencyKey: String?) -> String? {
    switch error.reason {
    case "unauthenticated":
      return "set PURSER_TOKEN to a whole token, or give --token-file"
    case "method_not_found":
      return "operators' methods are served on their socket alone: give --socket or "
        + "PURSER_OPERATOR_SOCKET"
    case "overloaded", "payment_pending":
      let pause: String
      if case .integer(let milliseconds) = error.data["retry_after_ms"] {
        pause = "in \(milliseconds) ms, "
      } else {
        pause = ""
      }
      return idempotencyKey.map { "\(pause)repeat the same command with --idempotency-key \($0)" }
        ?? "\(pause)repeat the same command"
    case "payment_failed":
      guard error.data["money_may_have_moved"] == .bool(true) else { return nil }
      return "money may have moved: an operator can compare `purser audit list` with the wallet"
    case "storage":
      return "look at the daemon's log; its disk may be full or read-only"
    default: return nil
    }
  }
}

/// An error as programs read it: `{"error":{…}}`.
struct ErrorReport: Encodable {
  /// What is said of it.
  struct Body: Encodable {
    /// The daemon's code; nil when it never answered.
    var code: Int?
    let reason: String
    let message: String
    var data: [String: CanonicalJSON]?
    /// The key to repeat the call with.
    var idempotencyKey: String?

    enum CodingKeys: String, CodingKey {
      case code, reason, message, data
      case idempotencyKey = "idempotency_key"
    }
  }

  let error: Body

  init(reason: String, message: String, idempotencyKey: String? = nil) {
    error = Body(reason: reason, message: message, idempotencyKey: idempotencyKey)
  }

  init(_ error: RPCError, idempotencyKey: String?) {
    self.error = Body(
      code: error.code, reason: error.reason, message: error.message, data: error.data,
      idempotencyKey: idempotencyKey)
  }
}
