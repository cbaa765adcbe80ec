internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// The operators' passphrase: what keeps an agent that runs as their user from acting as one of them.
extension Coordinator {
  private static let rule = "operator:passphrase"

  /// Refuses an operator who is to give the passphrase first, and did not on this connection.
  func checkUnlocked(_ session: Session, for caller: Caller) throws(Refusal) {
    guard caller.isOperator, operators.passphrase != nil, !session.isUnlocked else { return }
    throw .forbidden(
      rule: Self.rule,
      explanation: "operators have a passphrase: call operator.unlock on this connection first")
  }

  /// Unlocks a connection for the operator who knows the passphrase.
  func unlock(
    _ session: Session, with parameters: OperatorUnlock.Parameters, by caller: Caller
  ) async throws(Refusal) -> OperatorUnlock.Reply {
    guard operators.passphrase != nil else {
      throw .conflict("operators have no passphrase: nothing is locked")
    }
    var passphrase = Array(parameters.passphrase.utf8)
    defer { wipe(&passphrase) }
    switch await passphraseGate.check(passphrase, at: ledger.now()) {
    case .right: break
    case .wrong: throw .forbidden(rule: Self.rule, explanation: "this is not the passphrase")
    case .tooSoon(let wait): throw .overloaded(retryAfterMs: wait)
    }
    _ = try await submit(.note(AuditNote("operator.unlock")), by: caller)
    try session.unlock()
    return OperatorUnlock.Reply()
  }
}

/// Checks passphrases one at a time, and slowly after a wrong one.
actor PassphraseGate {
  enum Verdict: Equatable {
    case right
    case wrong
    /// One that was wrong has just been tried; the next may be in so many milliseconds.
    case tooSoon(UInt64)
  }

  /// How long after a wrong one the next is looked at, in milliseconds.
  private static let pauseMs: UInt64 = 1000

  private let passphrase: OperatorPassphrase?
  private var next = Timestamp(milliseconds: 0)

  init(_ passphrase: OperatorPassphrase?) { self.passphrase = passphrase }

  func check(_ bytes: [UInt8], at now: Timestamp) -> Verdict {
    guard now >= next else { return .tooSoon(next.milliseconds - now.milliseconds) }
    guard passphrase?.matches(bytes) == true else {
      next = Timestamp(milliseconds: now.milliseconds + Self.pauseMs)
      return .wrong
    }
    return .right
  }
}
