internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserAPI
internal import PurserCore

/// What a caller asks of a service, after its grant and the policy were applied.
struct CredentialAsk: Sendable {
  let service: Service
  let chain: GrantChain
  /// The capabilities that the copy may have; nil when nothing restricts them.
  let capabilities: [String]?
  /// Whether the caller named them, and so must get each; else it gets those that the token has.
  let namesCapabilities: Bool
  /// For how long the copy is to be good, in seconds; its grant may end before.
  let lifetimeSeconds: UInt64
  /// Unix seconds at which the copy ends.
  private(set) var validUntilSeconds: UInt64
  /// What the caller lets a purchase cost at most.
  let limits: PurchaseLimits

  /// A root that ends sooner than this is neither bought nor handed out any more, in seconds.
  static let rootMarginSeconds: UInt64 = 5

  /// The same for a copy whose time begins at `now`.
  func beginning(at now: Timestamp) -> CredentialAsk {
    var ask = self
    let end = now.seconds + lifetimeSeconds
    ask.validUntilSeconds = min(end, chain.validUntilSeconds ?? end)
    return ask
  }

  /// What the seller's own caveats are to say in a copy of `macaroon`.
  /// - Throws: `L402Error` when the token contradicts itself or has none of the capabilities.
  func narrowing(of macaroon: Macaroon) throws(L402Error) -> L402Narrowing {
    L402Narrowing(
      service: service.sellerName,
      capabilities: service.caveats.contains(.capabilities)
        ? try capabilities(within: macaroon)?.map(service.sellerCapability) : nil,
      validUntilSeconds: service.caveats.contains(.validUntil)
        ? Int64(clamping: validUntilSeconds) : nil,
      namesService: service.caveats.contains(.services))
  }

  private func capabilities(within macaroon: Macaroon) throws(L402Error) -> [String]? {
    guard !namesCapabilities, let capabilities,
      let present = try L402Restrictions(of: macaroon, service: service.sellerName).capabilities
    else { return capabilities }
    let common = capabilities.filter { present.contains(service.sellerCapability($0)) }
    guard !common.isEmpty else { throw .capabilityNotAllowed(capabilities.first ?? "") }
    return common
  }
}

// Copies: a root from the vault, narrowed for one caller.
extension Coordinator {
  func credentialAsk(
    of service: Service, by chain: GrantChain, capabilities asked: [String]?, ttl: UInt64?,
    limits: PurchaseLimits = PurchaseLimits()
  ) throws(Refusal) -> CredentialAsk {
    let lifetime = ttl ?? service.credentialLifetimeSeconds
    guard (1...service.credentialLifetimeSeconds).contains(lifetime) else {
      throw .invalid(
        "ttl_s is from 1 to the policy's credential_lifetime, \(service.credentialLifetimeSeconds)")
    }
    return CredentialAsk(
      service: service, chain: chain,
      capabilities: try capabilities(asked, of: service, by: chain),
      namesCapabilities: asked != nil, lifetimeSeconds: lifetime, validUntilSeconds: 0,
      limits: limits
    ).beginning(at: ledger.now())
  }

  private func capabilities(
    _ asked: [String]?, of service: Service, by chain: GrantChain
  ) throws(Refusal) -> [String]? {
    guard asked?.isEmpty != true else {
      throw .invalid("params.capabilities is empty; leave it out for all that you may use")
    }
    var trace = RuleTrace.deciding
    return try service.capabilities(asked, for: chain, trace: &trace)
  }

  /// A root of the vault that can serve the ask: the shared one, or one of the caller's own.
  ///
  /// Where the policy keeps grants apart, what was bought or imported for all of them serves none.
  func usableRoot(for ask: CredentialAsk, node: NodeID) throws(Refusal) -> Credential? {
    let isShared = ask.service.roots == .shared
    return try usableRoots(for: ask).last {
      guard $0.purchase.scope != node else { return !rootsInHand.contains($0.paymentHash) }
      return isShared && $0.purchase.scope == nil
    }
  }

  /// The roots that are handed out and good for a while yet, whomever they serve.
  func usableRoots(for ask: CredentialAsk) throws(Refusal) -> [Credential] {
    try usableRoots(of: ask.service)
  }

  func usableRoots(of service: Service) throws(Refusal) -> [Credential] {
    let earliestEnd = ledger.now().seconds + CredentialAsk.rootMarginSeconds
    return try ledger.activeCredentials(service: service.id).filter { root in
      root.validUntilSeconds.map { $0 > earliestEnd } ?? true
    }
  }

  /// Narrows a copy of `root`, records that it is handed out, and answers with it.
  ///
  /// `paid` is what this caller paid the seller for it; what the service's rule asks for a copy
  /// comes on top.
  func issue(
    _ root: Credential, _ ask: CredentialAsk, paid: Msat, to caller: Caller,
    claim: IdempotencyClaim?
  ) async throws(Refusal) -> CredentialReply {
    let secret = try TokenSecret(
      decoding: try sealer.open(root.sealed, at: .credential(root.id)))
    try checkUnchanged(ask.service)
    let charge = try charge(for: root, ask, paid: paid)
    if let charge { try ask.limits.check(charge: charge.amount) }
    guard let cost = paid.adding(charge?.amount ?? .zero) else {
      throw .invalid("what a copy costs is out of range; lower charge_price in the policy")
    }
    let reply = try copy(of: root, secret, ask, cost: cost)
    let attachment = try claim.map { claim throws(Refusal) in
      do { return try sealer.seal(try WireJSON.encode(reply), at: .answer(claim)) } catch {
        throw Refusal.storage("an answer was not sealed")
      }
    }
    // One that the caller paid for itself was counted when the payment was admitted.
    let issue = CredentialIssue(
      credential: root.id, chain: ask.chain, validUntilSeconds: reply.expiresAt,
      service: ask.service.id, isCounted: paid == .zero, usesUp: secret.isSingleUse,
      charge: charge)
    let applied: Applied
    do throws(Refusal) {
      applied = try await submit(
        .issueCredential(issue), by: caller, claim: claim, attachment: attachment)
    } catch {
      // Another request of the same grant paid the share a moment ago.
      guard case .conflict = error, charge?.isForFirstCopy == true,
        try ledger.hasCopy(of: root.id, at: ask.chain.node)
      else { throw error }
      return try await self.issue(root, ask, paid: paid, to: caller, claim: claim)
    }
    // Two requests with the same key at the same time: the second gets what the first got.
    guard applied.isReplay, let claim, let sealed = applied.attachment else { return reply }
    return try repeatedReply(sealed, claim: claim, chain: ask.chain)
  }

  /// What the service's rule asks for a copy; nil for nothing.
  private func charge(
    for root: Credential, _ ask: CredentialAsk, paid: Msat
  ) throws(Refusal) -> IssueCharge? {
    let node = ask.chain.node
    switch ask.service.charge {
    case .buyer: return nil
    case .shared(let share):
      guard root.boughtBy != node, !(try ledger.hasCopy(of: root.id, at: node)) else { return nil }
      return IssueCharge(
        hold: holdIDs.next(at: ledger.now()), amount: share, isForFirstCopy: true)
    case .perCredential(let price):
      guard paid == .zero else { return nil }
      return IssueCharge(
        hold: holdIDs.next(at: ledger.now()), amount: price, isForFirstCopy: false)
    case .perRequest: throw Self.chargedByRequest(ask.service)
    }
  }

  /// Refuses where nothing may be handed out: who has a copy makes requests that nobody counts.
  func checkHandOut(of service: Service) throws(Refusal) {
    if case .perRequest = service.charge { throw Self.chargedByRequest(service) }
  }

  private static func chargedByRequest(_ service: Service) -> Refusal {
    .forbidden(
      rule: "policy:charge",
      explanation: """
        each request to '\(service.id)' is charged, so that no copy is handed out: requests go \
        through the gateway
        """)
  }

  private func copy(
    of root: Credential, _ secret: TokenSecret, _ ask: CredentialAsk, cost: Msat
  ) throws(Refusal) -> CredentialReply {
    guard let preimage = secret.preimageBytes else {
      throw .storage("a credential in the vault has no preimage")
    }
    if secret.isSingleUse { return try oneUse(of: root, secret, preimage, ask, cost: cost) }
    let (token, restrictions) = try narrowed(secret.l402Token, for: ask)
    do throws(L402Error) {
      let credential = try L402Credential(
        scheme: secret.l402Scheme, tokens: [token], preimage: preimage)
      return CredentialReply(
        credential: root.id, service: ask.service.id, scheme: secret.scheme,
        token: try token.authorizationText(), preimage: Hex.encode(preimage),
        authorization: try credential.authorizationValue(),
        grpcMacaroon: try? credential.grpcMetadataValue(),
        expiresAt: sellerEnd(of: token, for: ask), costMsat: cost, restrictions: restrictions,
        bare: token == secret.l402Token && isBare(ask.service, token))
    } catch {
      throw .upstream("the token of '\(ask.service.id)' cannot be presented: \(error)")
    }
  }

  /// A credential of the Payment scheme, which the seller takes for one request: nothing narrows it,
  /// and the seller ends it.
  private func oneUse(
    of root: Credential, _ secret: TokenSecret, _ preimage: [UInt8], _ ask: CredentialAsk,
    cost: Msat
  ) throws(Refusal) -> CredentialReply {
    guard ask.service.bare == .allow else { throw ChallengeCheck.wouldBeBare(ask.service) }
    let end = root.validUntilSeconds
    let uses = CredentialReply.Restriction(condition: "uses", value: "1", enforcedBy: .seller)
    return CredentialReply(
      credential: root.id, service: ask.service.id, scheme: secret.scheme, token: secret.token,
      preimage: Hex.encode(preimage),
      authorization: try secret.authorization(for: secret.l402Token), grpcMacaroon: nil,
      expiresAt: end, costMsat: cost,
      restrictions: restrictions(of: ask, carried: nil, sellerEnd: end) + [uses], bare: true)
  }

  private func isBare(_ service: Service, _ token: L402Token) -> Bool {
    service.caveats.isEmpty || token.macaroon == nil
  }

  /// When the seller stops taking the copy, as its own caveats say.
  private func sellerEnd(of token: L402Token, for ask: CredentialAsk) -> UInt64? {
    guard let macaroon = token.macaroon,
      let present = try? L402Restrictions(of: macaroon, service: ask.service.sellerName)
    else { return nil }
    return present.validUntilSeconds.map { UInt64(clamping: $0) }
  }

  /// The token with the caveats that this seller's tokens may carry, and who enforces what.
  private func narrowed(
    _ token: L402Token, for ask: CredentialAsk
  ) throws(Refusal) -> (L402Token, [CredentialReply.Restriction]) {
    let service = ask.service
    guard !isBare(service, token), case .macaroon(let macaroon, let format) = token else {
      guard service.bare == .allow else { throw ChallengeCheck.wouldBeBare(service) }
      return (token, restrictions(of: ask, carried: nil))
    }
    do throws(L402Error) {
      let copy = try macaroon.narrowed(to: try ask.narrowing(of: macaroon))
      let carried = try L402Restrictions(of: copy, service: service.sellerName)
      return (.macaroon(copy, format), restrictions(of: ask, carried: carried))
    } catch {
      throw .forbidden(
        rule: "seller:token",
        explanation: "the token of '\(service.id)' does not allow what was asked for: \(error)")
    }
  }

  /// Every restriction, with who sees to it, as the copy in hand really carries them.
  private func restrictions(
    of ask: CredentialAsk, carried: L402Restrictions?, sellerEnd end: UInt64? = nil
  ) -> [CredentialReply.Restriction] {
    let isForServiceAlone = carried?.services?.map(\.name) == [ask.service.sellerName]
    let sellerEnd = end ?? carried?.validUntilSeconds.map { UInt64(clamping: $0) }
    let isEndedBySeller = sellerEnd.map { $0 <= ask.validUntilSeconds } ?? false
    var list = [
      CredentialReply.Restriction(
        condition: "services", value: ask.service.sellerName,
        enforcedBy: isForServiceAlone ? .seller : .advisory),
      CredentialReply.Restriction(
        condition: "valid_until",
        value: String(min(sellerEnd ?? ask.validUntilSeconds, ask.validUntilSeconds)),
        enforcedBy: isEndedBySeller ? .seller : .advisory),
    ]
    if let capabilities = carried?.capabilities ?? ask.capabilities {
      // The reference seller does not check capabilities, so nobody can be counted on to.
      list.append(
        CredentialReply.Restriction(
          condition: "capabilities", value: capabilities.joined(separator: ","),
          enforcedBy: .advisory))
    }
    if let limit = ask.chain.spendLimit {
      list.append(
        CredentialReply.Restriction(
          condition: "spend_msat", value: String(limit.value), enforcedBy: .purser))
    }
    return list
  }
}
