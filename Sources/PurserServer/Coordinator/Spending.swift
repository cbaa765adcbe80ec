internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Holds that an agent ends itself. A call becomes a request to the ledger, and the ledger's outcome
// a reply, in the same two functions whichever way the call came.
extension Coordinator {
  private static let defaultHoldSeconds: UInt64 = 60

  /// What `call` asks of the ledger, which checks everything that may change.
  func ledgerRequest(
    for call: SpendCall, by caller: Caller, repeatKey: RepeatKey?
  ) throws(Refusal) -> LedgerRequest {
    let chain = try caller.requiredChain()
    return LedgerRequest(
      actor: caller.actor, command: try command(for: call, of: chain),
      idempotency: repeatKey?.claim(of: caller, method: call.method))
  }

  /// The reply to a call with this outcome.
  func reply(to outcome: Outcome) throws(Refusal) -> SpendReply {
    switch outcome {
    case .reserved(let hold, let amount, let expiresAtMs):
      .reserved(.init(hold: hold, amountMsat: amount, expiresAtMs: expiresAtMs))
    case .ended(let hold, let settled, let released):
      .ended(HoldEnded(hold: hold, settledMsat: settled, releasedMsat: released))
    default: throw Self.unexpected
    }
  }

  private func command(for call: SpendCall, of chain: GrantChain) throws(Refusal) -> Command {
    switch call {
    case .reserve(let parameters):
      let now = ledger.now()
      return .reserve(
        Reservation(
          hold: holdIDs.next(at: now), chain: chain, amount: parameters.amountMsat,
          expiresAt: try lapse(after: parameters.ttlSeconds ?? Self.defaultHoldSeconds, now)))
    case .charge(let parameters):
      let hold = holdIDs.next(at: ledger.now())
      return .charge(Charge(hold: hold, chain: chain, amount: parameters.amountMsat))
    case .extend(let parameters):
      return .extend(try extent(parameters, of: chain))
    case .settle(let parameters):
      return .settle(hold: parameters.hold, amount: parameters.amountMsat)
    case .release(let parameters): return .release(hold: parameters.hold)
    }
  }

  private func extent(
    _ parameters: SpendExtend.Parameters, of chain: GrantChain
  ) throws(Refusal) -> Extent {
    guard parameters.amountMsat != nil || parameters.ttlSeconds != nil else {
      throw .invalid("say what is extended: amount_msat, ttl_s or both")
    }
    let end = try parameters.ttlSeconds.map { seconds throws(Refusal) in
      try lapse(after: seconds, ledger.now())
    }
    return Extent(
      hold: parameters.hold, chain: chain, amount: parameters.amountMsat, expiresAt: end)
  }

  /// The moment `seconds` from `now`, within the longest life of a hold.
  private func lapse(after seconds: UInt64, _ now: Timestamp) throws(Refusal) -> Timestamp {
    let longest = policies.current.policy.holdLifetimeSeconds
    guard (1...longest).contains(seconds) else {
      throw .invalid("ttl_s is from 1 to the policy's hold_lifetime, \(longest)")
    }
    return now.adding(milliseconds: seconds * 1000)
  }

  private static let unexpected = Refusal.storage(
    "the ledger gave another answer than this method has")
}

// The general way, which waits for the ledger.
extension Coordinator {
  func reserve(
    _ parameters: SpendReserve.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReserve.Reply {
    guard case .reserved(let reply) = try await spend(.reserve(parameters), caller, repeatKey)
    else { throw Self.unexpected }
    return reply
  }

  func charge(
    _ parameters: SpendCharge.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    guard case .ended(let reply) = try await spend(.charge(parameters), caller, repeatKey)
    else { throw Self.unexpected }
    return reply
  }

  func extend(
    _ parameters: SpendExtend.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReserve.Reply {
    guard case .reserved(let reply) = try await spend(.extend(parameters), caller, repeatKey)
    else { throw Self.unexpected }
    return reply
  }

  func settle(
    _ parameters: SpendSettle.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    guard case .ended(let reply) = try await spend(.settle(parameters), caller, repeatKey)
    else { throw Self.unexpected }
    return reply
  }

  func release(
    _ parameters: SpendRelease.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    guard case .ended(let reply) = try await spend(.release(parameters), caller, repeatKey)
    else { throw Self.unexpected }
    return reply
  }

  private func spend(
    _ call: SpendCall, _ caller: Caller, _ repeatKey: RepeatKey?
  ) async throws(Refusal) -> SpendReply {
    let request = try ledgerRequest(for: call, by: caller, repeatKey: repeatKey)
    return try reply(to: try await ledger.submit(request, from: caller.source).outcome)
  }
}
