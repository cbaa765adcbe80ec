internal import PurserAPI
internal import PurserCore

// Freezing, revoking and closing grants, and changing their limits.
extension Coordinator {
  /// The most credentials that an answer names.
  private static let outstandingBound = 256

  func stopGrant(
    _ action: NodeMarking.Action, _ parameters: GrantTarget, by caller: Caller,
    repeatKey: RepeatKey?, method: String
  ) async throws(Refusal) -> GrantStopped {
    let node = try await mark(
      action, parameters, by: caller, repeatKey: repeatKey, method: method)
    // Read after the mark: a copy that was handed out before it is among them.
    let (outstanding, isCut) = try ledger.outstandingCredentials(
      under: node, at: ledger.now(), limit: Self.outstandingBound)
    return GrantStopped(
      node: node, outstanding: outstanding.map(OutstandingCopies.init), truncated: isCut)
  }

  func unfreezeGrant(
    _ parameters: GrantTarget, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> GrantMarked {
    GrantMarked(
      node: try await mark(
        .unfreeze, parameters, by: caller, repeatKey: repeatKey, method: GrantUnfreeze.name))
  }

  private func mark(
    _ action: NodeMarking.Action, _ parameters: GrantTarget, by caller: Caller,
    repeatKey: RepeatKey?, method: String
  ) async throws(Refusal) -> NodeID {
    let marking: NodeMarking
    switch (parameters.node, parameters.target) {
    case (let node?, nil):
      // An operator may stop a node before it is met: its id is known from `token inspect`.
      marking = NodeMarking(action: action, node: node)
    case (nil, let text?):
      let chain: GrantChain
      do throws(GrantTokenError) {
        chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keys.current)
      } catch { throw .invalid("params.target: \(error)") }
      marking = NodeMarking(action: action, node: chain.node, shown: chain)
    case (nil, nil) where action == .close && caller.chain != nil:
      marking = NodeMarking(
        action: action, node: try caller.requiredChain().node, shown: caller.chain)
    default: throw .invalid("say which grant: params.node or params.target, not both")
    }
    if let chain = caller.chain { try checkStanding(of: chain) }
    let applied = try await submit(
      .mark(marking), by: caller, claim: repeatKey?.claim(of: caller, method: method))
    guard case .marked(let node) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return node
  }

  func updateGrant(
    _ parameters: GrantUpdate.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> GrantUpdate.Reply {
    guard let node = parameters.node ?? caller.chain?.node else {
      throw .invalid("say which grant: params.node")
    }
    let window = parameters.per.map(SpendWindow.init)
    if case .some(.none) = window {
      throw .invalid("per is 90s, 15m, 1h or 7d, or day@, week@ or month@ and a time zone")
    }
    let update = LimitUpdate(
      node: node, window: window ?? nil, delta: parameters.deltaMsat, chain: caller.chain)
    let applied = try await submit(
      .updateLimit(update), by: caller,
      claim: repeatKey?.claim(of: caller, method: GrantUpdate.name))
    guard case .limited(let node, let limit) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return GrantUpdate.Reply(node: node, limitMsat: limit)
  }
}
