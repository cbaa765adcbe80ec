internal import PurserAPI
internal import PurserCore

// What would become of a request, by the very rules that would decide it.
extension Coordinator {
  func explain(_ parameters: PolicyExplain.Parameters) throws(Refusal) -> PolicyExplain.Reply {
    let chain: GrantChain
    do throws(GrantTokenError) {
      chain = try GrantChain(
        verifying: try GrantToken(parsing: parameters.target), keyring: keys.current)
    } catch { throw .invalid("params.target: \(error)") }
    let policy = policy
    let proposal = Proposal(
      service: parameters.service, capabilities: parameters.capabilities,
      amount: parameters.amountMsat,
      feeReserve: parameters.amountMsat.map { wallet.feeReserve(for: $0) } ?? .zero,
      isBrought: parameters.brought ?? false, method: parameters.method)
    let decision = try policy.decide(proposal, by: chain) { question throws(Refusal) in
      try ledger.examine(chain, for: question, bounds: policy.bounds)
    }
    return PolicyExplain.Reply(decision, chain: chain)
  }
}
