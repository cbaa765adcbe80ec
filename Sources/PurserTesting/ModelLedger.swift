public import PurserCore

/// The ledger's rules written for clarity: it keeps every hold that ever was, and adds them up each
/// time it is asked.
public struct ModelLedger {
  /// A node, without any counter.
  public struct Entry {
    /// The node above.
    public let parent: NodeID?
    let spendLimit: Msat?
    let paymentLimit: Msat?
    let validUntilSeconds: UInt64?
  }

  /// A hold and all the nodes that it weighs on.
  public struct Claim {
    /// The spender first, the top last.
    public let nodes: [NodeID]
    /// The hold.
    public var hold: Hold
  }

  /// What became of a request: what was done, or the kind of its refusal.
  public enum Answer: Equatable {
    /// It was done.
    case done(Outcome)
    /// It was refused.
    case refused(String)
  }

  /// The nodes that were met.
  public internal(set) var nodes: [NodeID: Entry] = [:]
  /// The nodes that are frozen or revoked.
  public internal(set) var marks: [NodeID: NodeMark] = [:]
  /// Every hold, open or ended.
  public internal(set) var claims: [HoldID: Claim] = [:]
  /// Every payment.
  public internal(set) var payments: [HoldID: Payment] = [:]
  /// The credentials in the vault.
  public internal(set) var credentials: [CredentialID: Credential] = [:]
  /// How many requests changed something.
  public internal(set) var events: UInt64 = 0
  /// The nodes at which more was spent than was held.
  public internal(set) var overruns: Set<NodeID> = []
  private var answers: [String: (digest: [UInt8], outcome: Outcome)] = [:]
  let bounds: LedgerState.Bounds

  /// An empty ledger.
  public init(bounds: LedgerState.Bounds) { self.bounds = bounds }

  /// What was spent at `node` and below.
  public func settled(at node: NodeID) -> UInt64 {
    claims.values.filter { $0.nodes.contains(node) }.reduce(0) { $0 + $1.hold.settled.value }
  }

  /// What is set aside at `node` and below.
  public func held(at node: NodeID) -> UInt64 {
    claims.values.filter { $0.hold.state == .held && $0.nodes.contains(node) }
      .reduce(0) { $0 + $1.hold.amount.value }
  }

  /// How many nodes are below `node`.
  public func descendants(of node: NodeID) -> UInt64 {
    UInt64(nodes.keys.filter { $0 != node && path(to: $0).contains(node) }.count)
  }

  /// The total limit of `node` that was registered for it.
  public func spendLimit(of node: NodeID) -> Msat? { nodes[node]?.spendLimit }

  /// Does what a request asks, or says why not.
  public mutating func apply(_ request: LedgerRequest, at now: Timestamp) -> Answer {
    if let claim = request.idempotency, let record = answers[Self.address(claim)] {
      guard record.digest == claim.digest else { return .refused("conflict") }
      if !isToBeDoneAgain(record.outcome, request.command) { return .done(record.outcome) }
    }
    do throws(Refused) {
      let outcome = try perform(request.command, by: request.actor, at: now)
      events += 1
      if let claim = request.idempotency {
        answers[Self.address(claim)] = (claim.digest, outcome)
      }
      return .done(outcome)
    } catch { return .refused(error.kind) }
  }

  /// Ends the spend holds that have run out.
  public mutating func sweep(at now: Timestamp) {
    for (id, claim) in claims where claim.hold.state == .held {
      guard let end = claim.hold.expiresAt, now >= end else { continue }
      finish(id, .expired, settled: .zero)
      events += 1
    }
  }

  struct Refused: Error {
    let kind: String
    init(_ kind: String) { self.kind = kind }
  }

  private func isToBeDoneAgain(_ outcome: Outcome, _ command: Command) -> Bool {
    guard case .purchasing(let hold) = outcome else { return false }
    if case .issueCredential = command { return true }
    return payments[hold]?.state.isOpen != true
  }

  private static func address(_ claim: IdempotencyClaim) -> String {
    "\(claim.node?.hex ?? "operator") \(claim.method) \(claim.key)"
  }

  private mutating func perform(
    _ command: Command, by actor: Actor, at now: Timestamp
  ) throws(Refused) -> Outcome {
    switch command {
    case .createGrant(let chain):
      if nodes[chain.node] != nil { throw Refused("conflict") }
      try checkStanding(chain, now)
      try meet(chain)
      return .created(node: chain.node)
    case .mark(let marking): return try mark(marking, by: actor)
    case .reserve(let reservation): return try reserve(reservation, now)
    case .settle(let id, let amount):
      let hold = try ownHold(id, actor)
      if amount > hold.amount { throw Refused("invalid") }
      return finish(id, .settled, settled: amount)
    case .release(let id):
      _ = try ownHold(id, actor)
      return finish(id, .released, settled: .zero)
    case .expire(let id):
      let hold = try ownHold(id, actor)
      guard let end = hold.expiresAt, now >= end else { throw Refused("conflict") }
      return finish(id, .expired, settled: .zero)
    case .beginPayment(let payment, let chain): return try begin(payment, chain, now)
    case .sendPayment(let id, let chain):
      guard let payment = payments[id], payment.state.isOpen else { throw Refused("not_found") }
      if payment.state == .sent { throw Refused("conflict") }
      if let chain { try checkStanding(chain, now) }
      try checkRegistered(path(to: payment.node).reversed(), now)
      payments[id]?.state = .sent
      return .purchasing(hold: id)
    case .finishPayment(let id, let result): return try finish(id, result)
    case .issueCredential(let issue):
      try checkStanding(issue.chain, now)
      guard credentials[issue.credential]?.state == .active else { throw Refused("not_found") }
      try meet(issue.chain)
      return .issued(credential: issue.credential)
    case .importCredential(let credential):
      if credentials[credential.id] != nil { throw Refused("conflict") }
      credentials[credential.id] = credential
      return .done
    case .retireCredential(let id, _):
      guard let credential = credentials[id] else { throw Refused("not_found") }
      if credential.state == .retired { throw Refused("conflict") }
      credentials[id]?.state = .retired
      return .done
    case .removeCredential(let id):
      if credentials.removeValue(forKey: id) == nil { throw Refused("not_found") }
      return .done
    case .recordRefusals: return .done
    }
  }
}
