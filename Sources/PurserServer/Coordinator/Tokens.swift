internal import Macaroons
internal import PurserAPI
internal import PurserCore

// Tokens: what one says, and narrower copies of the caller's.
extension Coordinator {
  func inspectToken(
    _ parameters: TokenInspect.Parameters, by caller: Caller
  ) throws(Refusal) -> TokenInspect.Reply {
    guard let target = parameters.target else {
      guard let token = caller.token, let chain = caller.chain else {
        throw .invalid("say which token: params.target")
      }
      return try view(of: token, chain)
    }
    let token: GrantToken
    let chain: GrantChain
    do throws(GrantTokenError) {
      token = try GrantToken(parsing: target)
      chain = try GrantChain(verifying: token, keyring: keys.current)
    } catch { throw .invalid("params.target: \(error)") }
    return try view(of: token, chain)
  }

  private func view(
    of token: GrantToken, _ chain: GrantChain
  ) throws(Refusal) -> TokenInspect.Reply {
    var caveats: [[CredentialReply.Restriction]] = [[]]
    for caveat in token.macaroon.caveats {
      let text = String(decoding: caveat.condition, as: UTF8.self)
      guard let equals = text.firstIndex(of: "=") else { continue }
      let condition = String(text[..<equals])
      if condition == "grant" {
        caveats.append([])
        continue
      }
      // A name is for people; all else is looked at with each request.
      caveats[caveats.count - 1].append(
        CredentialReply.Restriction(
          condition: condition, value: String(text[text.index(after: equals)...]),
          enforcedBy: condition == "name" ? .advisory : .purser))
    }
    return TokenInspect.Reply(
      node: chain.node, state: try state(of: chain, at: ledger.now()),
      validUntil: chain.validUntilSeconds, depth: chain.remainingDepth,
      services: policy.services.keys.filter { chain.allows(service: $0) }.sorted(),
      levels: zip(chain.levels, caveats).map { .init(node: $0.node, caveats: $1) })
  }

  func attenuateToken(
    _ parameters: TokenAttenuate.Parameters, by caller: Caller
  ) throws(Refusal) -> TokenAttenuate.Reply {
    let parent = try caller.requiredChain()
    try checkStanding(of: parent)
    let (token, chain) = try newToken(parameters.limits, by: caller)
    return TokenAttenuate.Reply(
      node: chain.node, token: token.text, validUntil: chain.validUntilSeconds)
  }
}
