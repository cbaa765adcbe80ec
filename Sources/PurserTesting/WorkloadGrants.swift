internal import PurserCore

// Requests on grants: registering, changing limits, stopping.
extension LedgerWorkload {
  /// A grant that is nearly always new, shared or with an escrow, at times with less than its token
  /// states.
  mutating func registration(_ now: Timestamp) -> GrantRegistration {
    let isEscrowed = random.once(in: 2)
    let chain =
      random.once(in: 10)
      ? forest.any(&random) : forest.addChild(now, &random, isEscrow: isEscrowed)
    let limit = chain.holder.spendLimit
    guard limit != nil, random.once(in: 2) else {
      return GrantRegistration(chain: chain, isEscrowed: isEscrowed)
    }
    let most = limit.map { $0.value + (random.once(in: 6) ? 1 : 0) } ?? 1000
    return GrantRegistration(
      chain: chain, startLimit: random.amount(most / 4...most), isEscrowed: isEscrowed)
  }

  /// A change of a limit by a holder at or above the grant, or by an operator.
  mutating func limitUpdate() -> (Command, Actor) {
    let known = random.once(in: 3) ? nil : registered.randomElement(using: &random)
    let target = known ?? forest.any(&random)
    let level = Int.random(in: target.levels.indices, using: &random)
    let presented = forest.chains.first { $0.node == target.levels[level].node }
    let chain = random.once(in: 8) ? forest.any(&random) : presented
    let window: SpendWindow? =
      random.once(in: 2)
      ? nil
      : random.once(in: 8)
        ? TokenForest.window(&random) : target.holder.windows.randomElement(using: &random)?.window
    let size = Int64.random(in: 0...(random.once(in: 3) ? 2500 : 300), using: &random)
    let delta: Int64 =
      random.once(in: 40)
      ? [.min, .max, -(1 << 53), (1 << 53) - 1][Int.random(in: 0..<4, using: &random)]
      : random.once(in: 2) ? size : -size
    guard let chain, !random.once(in: 3) else {
      let update = LimitUpdate(node: target.node, window: window, delta: delta, chain: nil)
      return (.updateLimit(update), .operatorUser(peer: Self.peer))
    }
    let update = LimitUpdate(node: target.node, window: window, delta: delta, chain: chain)
    return (.updateLimit(update), .agent(chain.node, peer: Self.peer))
  }

  mutating func marking() -> (Command, Actor) {
    // Most of what was frozen is soon lifted again.
    if let stopped = frozen.randomElement(using: &random), !random.once(in: 4) {
      frozen.removeAll { $0.node == stopped.node }
      let unfreeze = NodeMarking(action: .unfreeze, node: stopped.node, shown: stopped)
      let level = Int.random(in: stopped.levels.indices, using: &random)
      return (
        .mark(unfreeze),
        random.once(in: 2)
          ? .operatorUser(peer: Self.peer) : .agent(stopped.levels[level].node, peer: Self.peer)
      )
    }
    let target = forest.any(&random)
    let level = Int.random(in: target.levels.indices, using: &random)
    let actor =
      random.once(in: 3)
      ? Actor.operatorUser(peer: Self.peer) : .agent(target.levels[level].node, peer: Self.peer)
    // Revokes are rare and low: what is revoked stays so, and answers everything in one way.
    let isFinal = target.levels.count > 2 && random.once(in: 3)
    let isFreeze = target.levels.count > 1 && random.once(in: 2)
    let action: NodeMarking.Action =
      isFinal ? (actor.node == target.node ? .close : .revoke) : isFreeze ? .freeze : .unfreeze
    if isFreeze, !isFinal { frozen.append(target) }
    let marking = NodeMarking(
      action: action, node: target.node, shown: random.once(in: 2) ? target : nil)
    return (.mark(marking), actor)
  }
}
