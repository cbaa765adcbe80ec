internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Grants: create, show, stop.
extension Coordinator {
  func createGrant(
    _ parameters: GrantCreate.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> GrantCreate.Reply {
    let (token, chain) = try newToken(parameters, by: caller)
    let claim = repeatKey?.claim(of: caller, method: GrantCreate.name)
    let sealed = try claim.map { claim throws(Refusal) in
      try sealer.seal(Array(token.text.utf8), at: .answer(claim))
    }
    let applied = try await submit(
      .createGrant(chain), by: caller, claim: claim, attachment: sealed)
    guard applied.isReplay, let claim, let attachment = applied.attachment else {
      return GrantCreate.Reply(
        node: chain.node, token: token.text, validUntil: chain.validUntilSeconds)
    }
    return try repeatedGrant(attachment, claim: claim, caller: caller)
  }

  /// The token that was made the first time; a secret, so the caller must still be in standing.
  private func repeatedGrant(
    _ attachment: [UInt8], claim: IdempotencyClaim, caller: Caller
  ) throws(Refusal) -> GrantCreate.Reply {
    if let chain = caller.chain { try checkStanding(of: chain) }
    let text = String(
      decoding: try sealer.open(attachment, at: .answer(claim)), as: UTF8.self)
    do {
      let chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keyring)
      return GrantCreate.Reply(
        node: chain.node, token: text, validUntil: chain.validUntilSeconds)
    } catch { throw .unauthenticated(.token(error)) }
  }

  private func newToken(
    _ parameters: GrantCreate.Parameters, by caller: Caller
  ) throws(Refusal) -> (GrantToken, GrantChain) {
    let limits = try limits(of: parameters, by: caller)
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
    of parameters: GrantCreate.Parameters, by caller: Caller
  ) throws(Refusal) -> [GrantCaveat] {
    let parent = caller.chain
    var caveats: [GrantCaveat] = []
    if let name = parameters.name { caveats.append(.name(name)) }
    if let amount = parameters.spendMsat {
      try refuseWider(amount, than: parent?.spendLimit, "spend_msat")
      caveats.append(.spend(amount))
    }
    if let amount = parameters.paymentMsat {
      try refuseWider(amount, than: parent?.paymentLimit, "payment_msat")
      caveats.append(.payment(amount))
    }
    if let services = parameters.services {
      try checkServices(services, parent: parent)
      caveats.append(.services(services))
    }
    for (service, names) in (parameters.capabilities ?? [:]).sorted(by: { $0.key < $1.key }) {
      try checkCapabilities(names, of: service, parent: parent)
      caveats.append(.capabilities(service: service, names))
    }
    if let end = try end(of: parameters, parent: parent) { caveats.append(.validUntil(end)) }
    if let depth = parameters.depth { caveats.append(.depth(depth)) }
    try checkGrammar(caveats)
    return caveats
  }

  /// A grant that cannot be read back is not made.
  private func checkGrammar(_ caveats: [GrantCaveat]) throws(Refusal) {
    for caveat in caveats {
      do throws(GrantCaveatError) {
        _ = try GrantCaveat(parsing: Array(caveat.text.utf8))
      } catch { throw .invalid("\(error)") }
    }
  }

  private func refuseWider(
    _ amount: Msat, than limit: Msat?, _ condition: String
  ) throws(Refusal) {
    guard let limit, amount > limit else { return }
    throw .forbidden(
      rule: "caveat:\(condition)",
      explanation: "your own \(condition) is \(limit); give at most that")
  }

  private func checkServices(_ services: [String], parent: GrantChain?) throws(Refusal) {
    for service in services {
      guard policy.services[service] != nil else {
        throw .forbidden(
          rule: "policy:services",
          explanation: "the policy has no service '\(service)'; it has: \(knownServices)")
      }
      guard parent?.allows(service: service) ?? true else {
        throw .forbidden(
          rule: "caveat:services", explanation: "your own grant does not allow '\(service)'")
      }
    }
  }

  private func checkCapabilities(
    _ names: [String], of service: String, parent: GrantChain?
  ) throws(Refusal) {
    try checkServices([service], parent: parent)
    guard let allowed = parent?.capabilities(of: service), !allowed.isSuperset(of: names) else {
      return
    }
    throw .forbidden(
      rule: "caveat:\(service)_capabilities",
      explanation:
        "your own grant allows of '\(service)': \(allowed.sorted().joined(separator: ", "))")
  }

  /// The end in Unix seconds; a top-level grant always has one.
  private func end(
    of parameters: GrantCreate.Parameters, parent: GrantChain?
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
      let latest = now + policy.grantLifetimeSeconds
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

  var knownServices: String { policy.services.keys.sorted().joined(separator: ", ") }
}

extension GrantChain {
  /// The tightest stated spend limit; nil when no level states one.
  var spendLimit: Msat? { levels.compactMap(\.spendLimit).min() }
}
