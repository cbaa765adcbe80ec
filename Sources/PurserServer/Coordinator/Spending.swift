internal import PurserAPI
internal import PurserCore

// Holds that an agent ends itself.
extension Coordinator {
  private static let defaultHoldSeconds: UInt64 = 60

  func reserve(
    _ parameters: SpendReserve.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReserve.Reply {
    let seconds = parameters.ttlSeconds ?? Self.defaultHoldSeconds
    guard (1...policy.holdLifetimeSeconds).contains(seconds) else {
      throw .invalid("ttl_s is from 1 to the policy's hold_lifetime, \(policy.holdLifetimeSeconds)")
    }
    let chain = try caller.requiredChain()
    // Before an earlier answer may be repeated, too.
    try checkStanding(of: chain)
    let reservation = Reservation(
      hold: freshID(), chain: chain, amount: parameters.amountMsat,
      expiresAt: ledger.now().adding(milliseconds: seconds * 1000))
    let applied = try await submit(
      .reserve(reservation), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendReserve.name))
    guard case .reserved(let hold, let amount, let expiresAtMs) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return SpendReserve.Reply(hold: hold, amountMsat: amount, expiresAtMs: expiresAtMs)
  }

  func settle(
    _ parameters: SpendSettle.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    _ = try caller.requiredChain()
    return try await end(
      .settle(hold: parameters.hold, amount: parameters.amountMsat), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendSettle.name))
  }

  func release(
    _ parameters: SpendRelease.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    _ = try caller.requiredChain()
    return try await end(
      .release(hold: parameters.hold), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendRelease.name))
  }

  private func end(
    _ command: Command, by caller: Caller, claim: IdempotencyClaim?
  ) async throws(Refusal) -> HoldEnded {
    let applied = try await submit(command, by: caller, claim: claim)
    guard case .ended(let hold, let settled, let released) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return HoldEnded(hold: hold, settledMsat: settled, releasedMsat: released)
  }
}
