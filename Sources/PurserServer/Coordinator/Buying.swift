internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Credentials: find one in the vault, buy one if there is none, hand out a copy.
extension Coordinator {
  func requestCredential(
    _ parameters: CredentialRequest.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> CredentialReply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    let service = try sellingService(parameters.service, by: chain)
    try checkHandOut(of: service)
    let ask = try credentialAsk(
      of: service, by: chain, capabilities: parameters.capabilities, ttl: parameters.ttlSeconds,
      limits: PurchaseLimits(cost: parameters.maxCostMsat, fee: parameters.maxFeeMsat))
    let claim = repeatKey?.claim(of: caller, method: CredentialRequest.name)
    if let repeated = try repeatedCredential(claim, chain) { return repeated }
    let patience = try patience(parameters.waitSeconds)
    return try await findOrBuy(
      ask, for: caller, claim: claim, mayBuy: parameters.buy != .never, waitingUntil: patience)
  }

  /// A copy of what the vault has, or of what is bought now in the caller's name.
  func findOrBuy(
    _ ask: CredentialAsk, for caller: Caller, claim: IdempotencyClaim?, mayBuy: Bool = true,
    waitingUntil patience: Timestamp? = nil
  ) async throws(Refusal) -> CredentialReply {
    if let root = try usableRoot(for: ask, node: ask.chain.node) {
      return try await issue(
        root, ask, paid: try costPaid(for: root, under: claim), to: caller, claim: claim)
    }
    guard mayBuy else {
      throw .notFound(
        "the vault has no credential of '\(ask.service.id)' for you, and none may be bought")
    }
    let purchase = Purchase(
      service: ask.service.id, capabilities: [],
      scope: ask.service.roots == .shared ? nil : ask.chain.node)
    return try await buy(purchase, ask, for: caller, claim: claim, waitingUntil: patience) {
      () async throws(Refusal) -> PaymentPlan in try await self.fetchChallenge(for: ask)
    }
  }

  func payChallenge(
    _ parameters: ChallengePay.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> CredentialReply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    let service = try sellingService(parameters.service, by: chain)
    try checkHandOut(of: service)
    let ask = try credentialAsk(
      of: service, by: chain, capabilities: nil, ttl: parameters.ttlSeconds,
      limits: PurchaseLimits(cost: parameters.maxCostMsat, fee: parameters.maxFeeMsat))
    let claim = repeatKey?.claim(of: caller, method: ChallengePay.name)
    if let repeated = try repeatedCredential(claim, chain) { return repeated }
    let check = ChallengeCheck(
      ask: ask, network: network, now: ledger.now(), isFetchedByDaemon: false)
    let checked = try check.firstPayable(in: parameters.wwwAuthenticate)
    // What an agent brought serves its own grant alone, and its failure blocks nobody else.
    let purchase = Purchase(
      service: service.id, capabilities: [Hex.encode(checked.invoice.paymentHash)],
      scope: chain.node)
    let patience = try patience(parameters.waitSeconds)
    return try await buy(purchase, ask, for: caller, claim: claim, waitingUntil: patience) {
      () async throws(Refusal) -> PaymentPlan in
      // It may have waited for an operator, or for another purchase: an invoice expires meanwhile.
      let check = ChallengeCheck(
        ask: ask, network: network, now: ledger.now(), isFetchedByDaemon: false)
      let again = try check.firstPayable(in: parameters.wwwAuthenticate)
      guard again.invoice == checked.invoice else {
        throw .upstream("the challenge has expired meanwhile; ask the seller for a new one")
      }
      return again
    }
  }

  /// A service that sells tokens, if policy and grant allow it.
  func sellingService(_ id: String, by chain: GrantChain) throws(Refusal) -> Service {
    let service = try allowedService(id, by: chain)
    var trace = RuleTrace.deciding
    try service.checkOrigin(trace: &trace)
    return service
  }

  /// The policy's service, if the grant allows it.
  func allowedService(_ id: String, by chain: GrantChain) throws(Refusal) -> Service {
    var trace = RuleTrace.deciding
    guard let service = try policy.service(id, for: chain, trace: &trace) else {
      throw .forbidden(rule: "policy:services", explanation: "the policy has no such service")
    }
    return service
  }

  /// An answer given before under the same key; a secret, so the caller's standing was checked.
  func repeatedCredential(
    _ claim: IdempotencyClaim?, _ chain: GrantChain
  ) throws(Refusal) -> CredentialReply? {
    guard let claim, let record = try ledger.idempotencyRecord(for: claim) else { return nil }
    guard record.claim.digest == claim.digest else {
      throw .conflict("this idempotency key was used for a request with other parameters")
    }
    guard case .issued = record.outcome, let attachment = record.attachment else { return nil }
    return try repeatedReply(attachment, claim: claim, chain: chain)
  }

  /// Opens a stored answer; a secret, so the caller's standing is checked once more.
  func repeatedReply(
    _ attachment: [UInt8], claim: IdempotencyClaim, chain: GrantChain
  ) throws(Refusal) -> CredentialReply {
    let bytes = try sealer.open(attachment, at: .answer(claim))
    do {
      let reply = try WireJSON.decode(CredentialReply.self, from: bytes)
      try checkStanding(of: chain)
      _ = try allowedService(reply.service, by: chain)
      return reply
    } catch let refusal as Refusal { throw refusal } catch {
      throw .storage("a stored answer is not readable")
    }
  }

  /// What the request under this key paid before its answer was lost or late: the purchase that it
  /// began, if that is how the root came in.
  func costPaid(
    for root: Credential, under claim: IdempotencyClaim?
  ) throws(Refusal) -> Msat {
    guard let claim, let record = try ledger.idempotencyRecord(for: claim),
      case .purchasing(let hold) = record.outcome,
      let payment = try ledger.payment(hold: hold), payment.state == .settled,
      payment.paymentHash == root.paymentHash
    else { return .zero }
    return root.cost
  }

  func fetchChallenge(for ask: CredentialAsk) async throws(Refusal) -> PaymentPlan {
    let service = ask.service
    let answer: SellerAnswer
    do { answer = try await sellers.challenge(of: service) } catch {
      throw .upstream("'\(service.id)' did not answer: \(error.reason)")
    }
    guard answer.status == 402 else {
      throw .upstream(
        "'\(service.id)' answered HTTP \(answer.status) where 402 with a challenge was expected")
    }
    let check = ChallengeCheck(
      ask: ask, network: network, now: ledger.now(), isFetchedByDaemon: true)
    return try check.firstPayable(in: answer.wwwAuthenticate)
  }

  /// Buys once for all who ask, then hands out a copy to this caller in its own name.
  private func buy(
    _ purchase: Purchase, _ asked: CredentialAsk, for caller: Caller, claim: IdempotencyClaim?,
    waitingUntil patience: Timestamp?,
    challenge: @escaping @Sendable () async throws(Refusal) -> PaymentPlan
  ) async throws(Refusal) -> CredentialReply {
    var ask = asked
    let node = try caller.requiredChain().node
    // What is good for one request is bought by the grant for itself.
    let own = Purchase(
      service: purchase.service, capabilities: purchase.capabilities, scope: node)
    while true {
      let current = ask
      let (outcome, led) = await purchases.run(purchase) {
        do throws(Refusal) {
          // Open payments are read before the vault: one that settles between the two reads is then
          // seen in one of them, and not in neither, which would buy it again.
          let open = try ledger.openPayments().first {
            $0.purchase == purchase || $0.purchase == own
          }
          // Somebody may have finished buying it between the look into the vault and now.
          if let bought = try usableRoots(for: current).last(where: { $0.purchase == purchase }),
            try !isSingleUse(bought)
          {
            return .success(
              Purchases.Bought(credential: bought.id, isNew: false, singleUse: nil))
          }
          // While an earlier payment for it might settle, the seller is asked for nothing.
          if let open { throw .paymentPending(hold: open.hold, retryAfterMs: 1000) }
          let checked = try await challenge()
          guard checked.secret.isSingleUse else {
            let id = try await pay(
              checked, for: purchase, of: current.service, within: current.limits, by: caller,
              claim: claim)
            return .success(Purchases.Bought(credential: id, isNew: true, singleUse: nil))
          }
          let hash = checked.invoice.paymentHash
          rootsInHand.take(hash)
          do throws(Refusal) {
            let id = try await pay(
              checked, for: own, of: current.service, within: current.limits, by: caller,
              claim: claim)
            return .success(Purchases.Bought(credential: id, isNew: true, singleUse: hash))
          } catch {
            rootsInHand.release(hash)
            throw error
          }
        } catch { return .failure(error) }
      }
      switch outcome {
      case .success(let bought):
        // What the seller takes once is for the one who led; the next one leads.
        if !led, bought.singleUse != nil { continue }
        defer { if let hash = bought.singleUse { rootsInHand.release(hash) } }
        guard let root = try credential(bought.credential, of: purchase.service) else {
          throw .notFound("the credential that was bought is no longer in the vault; ask again")
        }
        let paid = led && bought.isNew ? root.cost : try costPaid(for: root, under: claim)
        return try await issue(root, ask, paid: paid, to: caller, claim: claim)
      case .failure(let refusal):
        // What waits for an operator leads nothing: others may buy it meanwhile.
        if led, case .approvalRequired(let id?) = refusal,
          await waitForOperator(id, until: patience)
        {
          // What was to be good for a while is so from now on.
          ask = asked.beginning(at: ledger.now())
          continue
        }
        // The leader's own limits are no reason to refuse those who joined it: the next one leads.
        if !led, refusal.isAboutTheCaller { continue }
        throw refusal
      }
    }
  }

  /// Whether the seller takes what is in the vault once.
  func isSingleUse(_ root: Credential) throws(Refusal) -> Bool {
    try TokenSecret(decoding: try sealer.open(root.sealed, at: .credential(root.id))).isSingleUse
  }

  func credential(_ id: CredentialID, of service: String) throws(Refusal) -> Credential? {
    try ledger.activeCredentials(service: service).first { $0.id == id }
  }
}

extension Refusal {
  /// Whether another caller with the same request might not be refused.
  fileprivate var isAboutTheCaller: Bool {
    switch self {
    case .budgetExceeded, .callsExceeded, .approvalRequired, .expired, .revoked, .frozen,
      .unauthenticated, .conflict:
      true
    case .forbidden(let rule, _):
      ["caveat:", "request:", "approval", "policy:descendants"].contains { rule.hasPrefix($0) }
    case .notFound, .invalid, .paymentFailed, .upstream, .overloaded, .storage, .paymentPending:
      false
    }
  }
}
