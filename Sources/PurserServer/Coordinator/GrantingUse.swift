internal import PurserAPI
internal import PurserCore

// How a new grant may be used: which methods, how often, and what waits for an operator.
extension Coordinator {
  func useCaveats(
    of parameters: GrantCreate.Parameters, parent: GrantChain?
  ) throws(Refusal) -> [GrantCaveat] {
    var caveats: [GrantCaveat] = []
    if let methods = parameters.methods {
      try checkMethods(methods, parent: parent)
      caveats.append(.methods(methods))
    }
    caveats += try calls(of: parameters, parent: parent).map { .calls($0) }
    caveats += try approvals(of: parameters, parent: parent).map { .approveAbove($0) }
    return caveats
  }

  private func checkMethods(_ methods: [String], parent: GrantChain?) throws(Refusal) {
    for pattern in methods where !MethodPattern.isValid(pattern) {
      throw .invalid("methods are names, such as spend.reserve, or spend.* for all that begin so")
    }
    guard let own = parent?.methods else { return }
    for pattern in methods where MethodPattern.common([pattern], own) != [pattern] {
      throw .forbidden(
        rule: "caveat:methods",
        explanation: "your own grant does not allow \(pattern); it allows: \(Policy.list(own))")
    }
  }

  private func calls(
    of parameters: GrantCreate.Parameters, parent: GrantChain?
  ) throws(Refusal) -> [CallLimit] {
    let limits = parameters.calls ?? []
    let read = limits.compactMap(\.limit)
    try checkWindows(read.map(\.window), of: limits.count, "calls")
    for limit in read {
      let own = parent?.levels.flatMap(\.calls).filter { $0.window == limit.window }
      guard let least = own?.map(\.count).min(), limit.count > least else { continue }
      throw .forbidden(
        rule: "caveat:calls",
        explanation: "your own calls are \(least) per \(limit.window.text); give at most that")
    }
    return read
  }

  private func approvals(
    of parameters: GrantCreate.Parameters, parent: GrantChain?
  ) throws(Refusal) -> [SpendLimit] {
    let limits = parameters.approveAbove ?? []
    let read = limits.compactMap(\.limit)
    try checkWindows(read.map(\.window), of: limits.count, "approve_above")
    for limit in read {
      let own = parent?.levels.compactMap { $0.approvals.amount(per: limit.window) }.min()
      try refuseWider(limit.amount, than: own, "approve_above_msat")
    }
    return read
  }
}
