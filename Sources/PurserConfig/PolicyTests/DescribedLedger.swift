internal import PurserCore

/// A ledger that knows of one chain of grants what a case of a policy test says, and nothing else.
struct DescribedLedger: LedgerRecords {
  /// The token of the lowest level, as the daemon would read it.
  let chain: GrantChain
  private let nodes: [Node]
  /// How many operations were admitted at each node and below.
  private let operations: [NodeID: UInt64]
  private let now: Timestamp

  /// The ledger of `levels`, the top one first and at least one.
  /// - Throws: `GrantCaveatError`, `GrantTokenError` when no such token can be made.
  init(_ levels: [PolicyCase.Level], at now: Timestamp) throws {
    self.now = now
    chain = try Self.chain(of: levels, at: now)
    nodes = Self.nodes(of: levels, chain, at: now)
    var operations: [NodeID: UInt64] = [:]
    for (index, level) in chain.levels.enumerated() {
      operations[level.node] = levels[index...].reduce(0) { $0 + $1.operations }
    }
    self.operations = operations
  }

  /// The state in memory.
  func state(bounds: LedgerState.Bounds, calendar: any SpendCalendar) -> LedgerState {
    LedgerState(
      nodes: nodes, lastNumber: UInt64(nodes.count), bounds: bounds, calendar: calendar)
  }

  private static func chain(
    of levels: [PolicyCase.Level], at now: Timestamp
  ) throws -> GrantChain {
    // A key of its own: the token leaves this function as what it says alone.
    let key = [UInt8](repeating: 0, count: 32)
    guard let keyring = Keyring(keys: [1: key], currentKeyID: 1),
      let top = NodeID(bytes: [UInt8](repeating: 1, count: 16))
    else { throw GrantTokenError.unknownKey }
    var token: GrantToken?
    for level in levels {
      let caveats = try level.limits.caveats(at: now)
      token =
        try token?.attenuated(with: [.grant([UInt8](repeating: 2, count: 16))] + caveats)
        ?? GrantToken.mint(grantID: top, caveats: caveats, keyring: keyring)
    }
    guard let token else { throw GrantTokenError.malformed }
    return try GrantChain(verifying: token, keyring: keyring)
  }

  private static func nodes(
    of levels: [PolicyCase.Level], _ chain: GrantChain, at now: Timestamp
  ) -> [Node] {
    zip(chain.levels, levels).enumerated().map { index, pair in
      let (level, described) = pair
      // What was spent below counts here as well.
      let spent = levels[index...].reduce(Msat.zero) { $0.adding($1.spent) ?? .max }
      let ageMs = (described.ageSeconds ?? 0) * 1000
      let made = Timestamp(milliseconds: now.milliseconds - min(now.milliseconds, ageMs))
      return Node(
        id: level.node, number: UInt64(index + 1),
        parent: index == 0 ? nil : chain.levels[index - 1].node, name: nil,
        stated: level.limits,
        createdAt: made, mark: mark(described.state), settled: spent,
        isRegistered: described.ageSeconds != nil, descendants: UInt64(levels.count - 1 - index))
    }
  }

  private static func mark(_ state: PolicyCase.State) -> NodeMark? {
    switch state {
    case .active: nil
    case .frozen: NodeMark(state: .frozen, setBy: nil)
    case .revoked: NodeMark(state: .revoked, setBy: nil)
    }
  }

  func node(_ id: NodeID) -> Node? { nil }

  func buckets(of node: Node, _ kind: SpendSeries.Kind) -> [SpendSeries.Bucket] { [] }

  func charges(
    at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
  ) -> [SpendSeries.Bucket] {
    let amount =
      switch kind.measure {
      case .amount: node.settled.value
      case .calls: operations[node.id] ?? 0
      }
    let number = now.milliseconds / kind.resolution.bucketMs
    return amount > 0 ? [SpendSeries.Bucket(number: number, amount: amount)] : []
  }

  func logExtent() -> LogExtent { LogExtent(gone: 0, archived: 0, end: 0) }

  func endedHold(_ id: HoldID) -> Hold? { nil }

  func payment(hash: [UInt8]) -> Payment? { nil }
  func hasWalletPayment(hash: [UInt8]) -> Bool { false }

  func idempotencyRecord(for claim: IdempotencyClaim) -> IdempotencyRecord? { nil }

  func credential(_ id: CredentialID) -> Credential? { nil }

  func hasCopy(of credential: CredentialID, at node: NodeID) -> Bool { false }
}
