internal import PurserCore

/// A request that has no result.
enum NWCFailure: Error, Equatable {
  /// The wallet says so, with a code of NIP-47 and its own words.
  case refused(code: String, String)
  /// No relay ever had the request.
  case notSent(RelayError)
  /// No answer came, or none that is one.
  case unanswered(String)

  /// What people read of it.
  var reason: String {
    switch self {
    case .refused(let code, let words):
      "the wallet answered \(code)" + (words.isEmpty ? "" : ": \(words)")
    case .notSent(let error): "the request was not sent: \(error.reason)"
    case .unanswered(let text): text
    }
  }

  var walletError: WalletError {
    switch self {
    case .refused("UNAUTHORIZED", _), .refused("RESTRICTED", _): .unauthorized(reason)
    case .refused, .notSent(.unusable): .unexpected(reason)
    case .notSent(.unreachable), .unanswered: .unreachable(reason)
    }
  }

  /// Whether the wallet refused before it tried to pay (NIP-47 "Error codes").
  ///
  /// `PAYMENT_FAILED` is none of them: it "may be due to a timeout". Nor are `INTERNAL`, `OTHER` and
  /// codes that are not known.
  var isBeforeSending: Bool {
    guard case .refused(let code, _) = self else { return false }
    return Self.codesBeforeSending.contains(code)
  }

  /// Whether the wallet tried to pay, and says that it did not work out.
  var isFailedPayment: Bool {
    guard case .refused("PAYMENT_FAILED", _) = self else { return false }
    return true
  }

  /// Whether the wallet could not find something, or does not look.
  var isAboutRecord: Bool {
    guard case .refused(let code, _) = self else { return false }
    return code == "NOT_FOUND" || code == "NOT_IMPLEMENTED"
  }

  private static let codesBeforeSending: Set<String> = [
    "INSUFFICIENT_BALANCE", "NOT_IMPLEMENTED", "QUOTA_EXCEEDED", "RATE_LIMITED", "RESTRICTED",
    "UNAUTHORIZED", "UNSUPPORTED_ENCRYPTION",
  ]
}
