internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// What would become of a charge, or of a challenge, if it were asked for now.
extension Coordinator {
  func quote(
    _ parameters: SpendQuote.Parameters, by caller: Caller
  ) async throws(Refusal) -> SpendQuote.Reply {
    try await quote(parameters.amountMsat, by: caller)
  }

  func quoteChallenge(
    _ parameters: ChallengeQuote.Parameters, by caller: Caller
  ) async throws(Refusal) -> ChallengeQuote.Reply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    let service = try allowedService(parameters.service, by: chain)
    let ask = try credentialAsk(of: service, by: chain, capabilities: nil, ttl: nil)
    let checked: CheckedChallenge
    if let brought = parameters.wwwAuthenticate {
      let check = ChallengeCheck(
        ask: ask, network: network, now: ledger.now(), isFetchedByDaemon: false)
      checked = try check.firstPayable(in: brought)
    } else {
      checked = try await fetchChallenge(for: ask)
    }
    let feeLimit = feeLimit(of: service, for: checked.amount)
    return ChallengeQuote.Reply(
      service: service.id, amountMsat: checked.amount, feeLimitMsat: feeLimit,
      paymentHash: Hex.encode(checked.invoice.paymentHash),
      payee: Hex.encode(checked.invoice.payee),
      expiresAt: checked.invoice.expiresAtSeconds,
      quote: try await quote(checked.amount.adding(feeLimit) ?? .max, by: caller))
  }

  /// Asks the ledger, whose check it is; what refuses a charge is the answer and no error.
  private func quote(
    _ amount: Msat, by caller: Caller
  ) async throws(Refusal) -> SpendQuote.Reply {
    let chain = try caller.requiredChain()
    do throws(Refusal) {
      let applied = try await submit(.quote(Quote(chain: chain, amount: amount)), by: caller)
      guard case .quoted(let room) = applied.outcome else {
        throw .storage("the ledger gave another answer than this method has")
      }
      return SpendQuote.Reply(remainingMsat: room)
    } catch {
      switch error {
      case .budgetExceeded, .callsExceeded, .forbidden, .expired, .revoked, .frozen:
        return SpendQuote.Reply(refusedWith: RPCError(error, viewer: chain.node))
      case .unauthenticated, .notFound, .conflict, .invalid, .paymentFailed, .upstream,
        .overloaded, .storage, .approvalRequired, .paymentPending:
        throw error
      }
    }
  }
}
