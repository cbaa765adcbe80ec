internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// What would become of a charge, or of a challenge, if it were asked for now.
extension Coordinator {
  func quote(
    _ parameters: SpendQuote.Parameters, by caller: Caller
  ) async throws(Refusal) -> SpendQuote.Reply {
    // Either of the two spends an amount of the caller's own choice.
    let method =
      try caller.requiredChain().allows(method: SpendCharge.name)
      ? SpendCharge.name : SpendReserve.name
    return try await quote(parameters.amountMsat, calling: method, by: caller)
  }

  func quoteChallenge(
    _ parameters: ChallengeQuote.Parameters, by caller: Caller
  ) async throws(Refusal) -> ChallengeQuote.Reply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    let service = try sellingService(parameters.service, by: chain)
    let ask = try credentialAsk(of: service, by: chain, capabilities: nil, ttl: nil)
    let checked: PaymentPlan
    if let brought = parameters.wwwAuthenticate {
      let check = ChallengeCheck(
        ask: ask, network: network, now: ledger.now(), isFetchedByDaemon: false)
      checked = try check.firstPayable(in: brought)
    } else {
      checked = try await fetchChallenge(for: ask)
    }
    let feeLimit = feeLimit(of: service, for: checked.amount)
    let total = checked.amount.adding(feeLimit) ?? .max
    let method =
      parameters.wwwAuthenticate == nil ? CredentialRequest.name : ChallengePay.name
    var asking = checked.approvalRule
    if asking == nil { asking = try ruleThatAsks(about: total, of: service, by: chain) }
    return ChallengeQuote.Reply(
      service: service.id, amountMsat: checked.amount, feeLimitMsat: feeLimit,
      paymentHash: Hex.encode(checked.invoice.paymentHash),
      payee: Hex.encode(checked.invoice.payee),
      expiresAt: checked.invoice.expiresAtSeconds,
      quote: try await quote(total, calling: method, by: caller),
      approvalRule: asking)
  }

  /// The first rule by which a payment would wait for an operator, as the ledger sees it.
  private func ruleThatAsks(
    about total: Msat, of service: Service, by chain: GrantChain
  ) throws(Refusal) -> String? {
    let question = LedgerQuestion(
      amount: total, isPayment: true, approveAbove: service.approveAbove)
    return try ledger.examine(chain, for: question, bounds: policy.bounds)
      .budget.first { $0.needsApproval }?.rule
  }

  /// Asks the ledger, whose check it is; what refuses a charge is the answer and no error.
  private func quote(
    _ amount: Msat, calling method: String, by caller: Caller
  ) async throws(Refusal) -> SpendQuote.Reply {
    let chain = try caller.requiredChain()
    do throws(Refusal) {
      try caller.checkMethod(method)
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
