internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Grants: create, show, stop.
extension Coordinator {
  func createGrant(
    _ parameters: GrantCreate.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> GrantCreate.Reply {
    let (token, chain) = try newToken(parameters, by: caller)
    let grant = GrantRegistration(
      chain: chain, startLimit: parameters.ceilingMsat == nil ? nil : parameters.spendMsat,
      isEscrowed: parameters.escrow ?? false)
    let claim = repeatKey?.claim(of: caller, method: GrantCreate.name)
    let sealed = try claim.map { claim throws(Refusal) in
      try sealer.seal(Array(token.text.utf8), at: .answer(claim))
    }
    let applied = try await submit(
      .createGrant(grant), by: caller, claim: claim, attachment: sealed)
    guard applied.isReplay else {
      return GrantCreate.Reply(
        node: chain.node, token: token.text, validUntil: chain.validUntilSeconds)
    }
    guard let claim, let attachment = applied.attachment else {
      throw .storage("a stored answer is not complete")
    }
    return try repeatedGrant(attachment, claim: claim)
  }

  /// The token that was made the first time; a secret, so its grant and all above it, the caller's
  /// among them, must still be in standing.
  private func repeatedGrant(
    _ attachment: [UInt8], claim: IdempotencyClaim
  ) throws(Refusal) -> GrantCreate.Reply {
    let text = String(
      decoding: try sealer.open(attachment, at: .answer(claim)), as: UTF8.self)
    let chain: GrantChain
    do throws(GrantTokenError) {
      chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keys.current)
    } catch { throw .unauthenticated(.token(error)) }
    try checkStanding(of: chain)
    return GrantCreate.Reply(node: chain.node, token: text, validUntil: chain.validUntilSeconds)
  }

  func newToken(
    _ parameters: GrantCreate.Parameters, by caller: Caller
  ) throws(Refusal) -> (GrantToken, GrantChain) {
    let limits = try limits(of: parameters, by: caller, policy)
    let keyring = keys.current
    do throws(GrantTokenError) {
      let token: GrantToken
      if let parent = caller.token {
        let opening = GrantCaveat.grant(random(16))
        token = try parent.attenuated(with: [opening] + limits)
      } else {
        token = try GrantToken.mint(grantID: freshID(), caveats: limits, keyring: keyring)
      }
      return (token, try GrantChain(verifying: token, keyring: keyring))
    } catch {
      throw .invalid("this grant cannot be made: \(error)")
    }
  }

  /// The caveats for the parameters, each checked against what the caller may give away.
  private func limits(
    of parameters: GrantCreate.Parameters, by caller: Caller, _ policy: Policy
  ) throws(Refusal) -> [GrantCaveat] {
    let parent = caller.chain
    if parent == nil { try policy.ceilings.check(parameters) }
    var caveats: [GrantCaveat] = []
    if let name = parameters.name { caveats.append(.name(name)) }
    if let amount = try ceiling(of: parameters) {
      try refuseWider(amount, than: parent?.spendLimit, "spend_msat")
      caveats.append(.spend(amount))
    }
    for limit in try windows(of: parameters, parent: parent) { caveats.append(.spendPer(limit)) }
    if let amount = parameters.paymentMsat {
      try refuseWider(amount, than: parent?.paymentLimit, "payment_msat")
      caveats.append(.payment(amount))
    }
    if let services = parameters.services {
      try checkServices(services, parent: parent, policy)
      caveats.append(.services(services))
    }
    for (service, names) in (parameters.capabilities ?? [:]).sorted(by: { $0.key < $1.key }) {
      try checkCapabilities(names, of: service, parent: parent, policy)
      caveats.append(.capabilities(service: service, names))
    }
    if let end = try end(of: parameters, parent: parent, policy) {
      caveats.append(.validUntil(end))
    }
    try checkDepth(parameters.depth, parent: parent)
    if let depth = parameters.depth { caveats.append(.depth(depth)) }
    caveats += try useCaveats(of: parameters, parent: parent)
    caveats += try PeerAsked.caveats(for: parameters.peer ?? [], parent: parent)
    try checkGrammar(caveats)
    return caveats
  }

  /// What the token states as its total limit: how far the grant's limit can be raised.
  private func ceiling(of parameters: GrantCreate.Parameters) throws(Refusal) -> Msat? {
    guard let ceiling = parameters.ceilingMsat else { return parameters.spendMsat }
    guard let start = parameters.spendMsat, start <= ceiling else {
      throw .invalid("ceiling_msat goes with spend_msat, and is no less")
    }
    return ceiling
  }

  private func windows(
    of parameters: GrantCreate.Parameters, parent: GrantChain?
  ) throws(Refusal) -> [SpendLimit] {
    let limits = parameters.windows ?? []
    let read = limits.compactMap(\.limit)
    try checkWindows(read.map(\.window), of: limits.count, "windows")
    for limit in read {
      let own = parent?.levels.compactMap { $0.windows.amount(per: limit.window) }.min()
      try refuseWider(limit.amount, than: own, "spend_msat")
    }
    return read
  }

  /// A grant that cannot be read back is not made.
  private func checkGrammar(_ caveats: [GrantCaveat]) throws(Refusal) {
    for caveat in caveats {
      do throws(GrantCaveatError) {
        _ = try GrantCaveat(parsing: Array(caveat.text.utf8))
      } catch { throw .invalid("\(error)") }
    }
  }

  /// Refuses windows of which some could not be read, and more than a level may have.
  func checkWindows<Window: Hashable>(
    _ windows: [Window], of count: Int, _ member: String
  ) throws(Refusal) {
    guard windows.count == count else {
      throw .invalid("per is 90s, 15m, 1h or 7d, or day@, week@ or month@ and a time zone")
    }
    guard Set(windows).count == count, count <= GrantLevel.mostWindows else {
      throw .invalid("\(member) has at most \(GrantLevel.mostWindows) limits, one for each window")
    }
  }

  func refuseWider(
    _ amount: Msat, than limit: Msat?, _ condition: String
  ) throws(Refusal) {
    guard let limit, amount > limit else { return }
    throw .forbidden(
      rule: "caveat:\(condition)",
      explanation: "your own \(condition) is \(limit); give at most that")
  }

  private func checkDepth(_ depth: UInt64?, parent: GrantChain?) throws(Refusal) {
    guard let remaining = parent?.remainingDepth else { return }
    guard remaining > 0, depth ?? 0 <= remaining - 1 else {
      throw .forbidden(
        rule: "caveat:depth",
        explanation: remaining == 0
          ? "your own grant may open no level below it"
          : "your own depth is \(remaining); give at most \(remaining - 1)")
    }
  }

  private func checkServices(
    _ services: [String], parent: GrantChain?, _ policy: Policy
  ) throws(Refusal) {
    for service in services {
      guard policy.services[service] != nil else {
        throw .forbidden(
          rule: "policy:services",
          explanation:
            "the policy has no such service; it has: \(policy.serviceNames(for: parent))")
      }
      guard parent?.allows(service: service) ?? true else {
        throw .forbidden(
          rule: "caveat:services", explanation: "your own grant does not allow '\(service)'")
      }
    }
  }

  private func checkCapabilities(
    _ names: [String], of service: String, parent: GrantChain?, _ policy: Policy
  ) throws(Refusal) {
    try checkServices([service], parent: parent, policy)
    guard let allowed = parent?.capabilities(of: service), !allowed.isSuperset(of: names) else {
      return
    }
    throw .forbidden(
      rule: "caveat:\(service)_capabilities",
      explanation:
        "your own grant allows of '\(service)': \(Policy.list(allowed.sorted()))")
  }

  /// The end in Unix seconds; a top-level grant always has one.
  private func end(
    of parameters: GrantCreate.Parameters, parent: GrantChain?, _ policy: Policy
  ) throws(Refusal) -> UInt64? {
    let now = ledger.now().seconds
    guard parameters.validUntil == nil || parameters.ttlSeconds == nil else {
      throw .invalid("give valid_until or ttl_s, not both")
    }
    let (sum, overflow) = now.addingReportingOverflow(parameters.ttlSeconds ?? 0)
    let asked = parameters.validUntil ?? (parameters.ttlSeconds == nil || overflow ? nil : sum)
    guard !overflow, asked.map({ $0 > now && $0 <= Msat.max.value }) ?? true else {
      throw .invalid("the end must be in the future and before 2^53")
    }
    guard let parent else {
      if let end = policy.ceilings.validUntilSeconds, asked ?? now >= end {
        throw .forbidden(
          rule: "policy:valid_until",
          explanation: "the policy's valid_until is \(end) (Unix seconds); give an earlier end")
      }
      let life = now + policy.grantLifetimeSeconds
      let latest = min(life, policy.ceilings.validUntilSeconds ?? life)
      guard let asked else { return latest }
      guard asked <= latest else {
        throw .forbidden(
          rule: "policy:grant_lifetime",
          explanation: "the policy's grant_lifetime is \(policy.grantLifetimeSeconds) s")
      }
      return asked
    }
    if let asked, let latest = parent.validUntilSeconds, asked > latest {
      throw .forbidden(
        rule: "caveat:valid_until",
        explanation: "your own grant ends at \(latest); give at most that")
    }
    return asked
  }
}

extension GrantCeilings {
  /// Refuses a top-level grant that states more than a ceiling.
  ///
  /// One that states less, or nothing, is bound by the ceiling at each spend.
  fileprivate func check(_ parameters: GrantCreate.Parameters) throws(Refusal) {
    try refuse(parameters.ceilingMsat ?? parameters.spendMsat, above: spend, "grant_spend")
    try refuse(parameters.paymentMsat, above: payment, "grant_payment")
    for limit in (parameters.windows ?? []).compactMap(\.limit) {
      try refuse(limit.amount, above: windows.amount(per: limit.window), "grant_spend")
    }
  }

  private func refuse(
    _ amount: Msat?, above ceiling: Msat?, _ key: String
  ) throws(Refusal) {
    guard let amount, let ceiling, amount > ceiling else { return }
    throw .forbidden(
      rule: "policy:\(key)", explanation: "the policy's \(key) is \(ceiling); give at most that")
  }
}

extension GrantChain {
  /// The tightest stated spend limit; nil when no level states one.
  var spendLimit: Msat? { levels.compactMap(\.spendLimit).min() }
}
