/// How the program ends; `docs/CLI.md` has the table for people.
enum ExitStatus: Int32 {
  /// It could not be done.
  case failed = 1
  /// A limit or a rule said no: repeating it changes nothing.
  case refused = 3
  /// No token, or one that the daemon does not accept.
  case unauthenticated = 4
  /// No daemon answers, or the connection ended before its answer.
  case unreachable = 5
  /// The same call can succeed later.
  case tryAgain = 6
  /// The seller or the wallet said no.
  case paymentFailed = 7
  /// Wrong usage, as sysexits(3) has it.
  case usage = 64

  /// The status for the daemon's own word for an error.
  init(reason: String) {
    self =
      switch reason {
      case "budget_exceeded", "forbidden", "expired", "revoked", "frozen", "approval_required":
        .refused
      case "unauthenticated": .unauthenticated
      case "overloaded", "payment_pending": .tryAgain
      case "payment_failed", "upstream": .paymentFailed
      default: .failed
      }
  }
}
