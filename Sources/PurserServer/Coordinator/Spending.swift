internal import PurserAPI
internal import PurserCore

// Holds that an agent ends itself.
extension Coordinator {
  private static let defaultHoldSeconds: UInt64 = 60

  func reserve(
    _ parameters: SpendReserve.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReserve.Reply {
    let reservation = Reservation(
      hold: freshID(), chain: try caller.requiredChain(), amount: parameters.amountMsat,
      expiresAt: try lapse(after: parameters.ttlSeconds ?? Self.defaultHoldSeconds))
    let applied = try await submit(
      .reserve(reservation), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendReserve.name))
    guard case .reserved(let hold, let amount, let expiresAtMs) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return SpendReserve.Reply(hold: hold, amountMsat: amount, expiresAtMs: expiresAtMs)
  }

  func charge(
    _ parameters: SpendCharge.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    let charge = Charge(
      hold: freshID(), chain: try caller.requiredChain(), amount: parameters.amountMsat)
    return try await end(
      .charge(charge), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendCharge.name))
  }

  func extend(
    _ parameters: SpendExtend.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReserve.Reply {
    guard parameters.amountMsat != nil || parameters.ttlSeconds != nil else {
      throw .invalid("say what is extended: amount_msat, ttl_s or both")
    }
    let end = try parameters.ttlSeconds.map { seconds throws(Refusal) in
      try lapse(after: seconds)
    }
    let extent = Extent(
      hold: parameters.hold, chain: try caller.requiredChain(), amount: parameters.amountMsat,
      expiresAt: end)
    let applied = try await submit(
      .extend(extent), by: caller,
      claim: repeatKey?.claim(of: caller, method: SpendExtend.name))
    guard case .reserved(let hold, let amount, let expiresAtMs) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return SpendReserve.Reply(hold: hold, amountMsat: amount, expiresAtMs: expiresAtMs)
  }

  /// The moment `seconds` from now, within the longest life of a hold.
  private func lapse(after seconds: UInt64) throws(Refusal) -> Timestamp {
    guard (1...policy.holdLifetimeSeconds).contains(seconds) else {
      throw .invalid("ttl_s is from 1 to the policy's hold_lifetime, \(policy.holdLifetimeSeconds)")
    }
    return ledger.now().adding(milliseconds: seconds * 1000)
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
