public import PurserCore

/// Random requests over a random forest of grants: what a ledger must stand, in an order that
/// follows from the seed.
///
/// Amounts and limits are small, and ids come from short lists, so that requests meet each other:
/// budgets run out, keys repeat, holds are ended twice, tokens that state different things for one
/// node take turns.
public struct LedgerWorkload {
  /// Where all the randomness comes from.
  public var random: SeededGenerator
  /// The most milliseconds that usually pass between two requests: some runs are minutes long, some
  /// years.
  public let paceMs: UInt64
  /// Whether the policy has ceilings over all grants: in half of the runs.
  private let hasCeilings: Bool
  /// A hold that may still be open, and how much it is for.
  struct OpenHold {
    let id: HoldID
    let chain: GrantChain
    var amount: Msat
  }

  var forest: TokenForest
  var holds: [OpenHold] = []
  var payments: [(payment: Payment, chain: GrantChain)] = []
  var registered: [GrantChain] = []
  var credentials: [CredentialID] = []
  var approvals: [ApprovalID] = []
  var frozen: [GrantChain] = []
  let hashes: [[UInt8]]
  private var keyed: [LedgerRequest] = []
  /// When the last requests were made, and for a while longer a few before them.
  private var moments: [Timestamp] = []

  /// The workload of `seed`, whose first tokens are good from `now` on.
  public init(seed: UInt64, now: Timestamp) {
    random = SeededGenerator(seed: seed)
    paceMs = [500, 4000, 60_000, 900_000, 14_400_000][Int.random(in: 0..<5, using: &random)]
    hasCeilings = seed.isMultiple(of: 2)
    var hashes: [[UInt8]] = []
    for _ in 0..<8 { hashes.append(random.bytes(32)) }
    self.hashes = hashes
    forest = TokenForest(paceMs: paceMs)
    for _ in 0..<3 { forest.addTop(now, &random) }
    for _ in 0..<20 { forest.addChild(now, &random) }
  }

  /// Bounds that its requests run into now and then.
  public var bounds: LedgerState.Bounds {
    var bounds = LedgerState.Bounds(
      descendants: 60, leastShare: 6, holdLifetimeMs: paceMs * 60)
    if hasCeilings {
      bounds.ceilings = GrantCeilings(
        spend: Msat(6000), windows: [SpendLimit(Msat(1200) ?? .zero, per: .rolling(seconds: 60))],
        payment: Msat(700))
      bounds.grantLifetimeSeconds = paceMs * 200 / 1000
    }
    return bounds
  }

  /// How long the clock stands before the next request, in milliseconds: often not at all, now and
  /// then for a long time, or just until a window begins or ends with an earlier request.
  public mutating func pause(at now: Timestamp) -> UInt64 {
    if random.once(in: 40), let moment = moments.randomElement(using: &random),
      case .rolling(let seconds) = TokenForest.window(&random), seconds * 1000 <= paceMs * 500
    {
      let width = SpendWindow.rolling(seconds: seconds).resolution.bucketMs
      let slack = random.once(in: 2) ? width : 2
      let edge = moment.milliseconds + seconds * 1000 + UInt64.random(in: 0...slack, using: &random)
      if edge > now.milliseconds { return edge - now.milliseconds }
    }
    return switch Int.random(in: 0..<100, using: &random) {
    case 0..<25: 0
    case 25..<97: UInt64.random(in: 0...paceMs, using: &random)
    case 97..<99: UInt64.random(in: 0...paceMs * 30, using: &random)
    default: UInt64.random(in: 0...paceMs * 400, using: &random)
    }
  }

  /// The next request.
  public mutating func next(at now: Timestamp) -> LedgerRequest {
    if moments.count < 30 {
      moments.append(now)
    } else {
      moments[Int.random(in: 0..<30, using: &random)] = now
    }
    if !keyed.isEmpty, random.once(in: 12) { return repeated() }
    if random.once(in: 12) { forest.renew(now, &random) }
    let chain = forest.usable(now, &random)
    let (command, usual) = command(by: chain, at: now)
    let actor = actor(usually: usual)
    if case .quote = command { return LedgerRequest(actor: actor, command: command) }
    guard random.once(in: 3) else { return LedgerRequest(actor: actor, command: command) }
    let claim = IdempotencyClaim(
      node: actor.node, method: Self.method(of: command),
      key: "key-\(Int.random(in: 0..<200, using: &random))", digest: random.bytes(32))
    let request = LedgerRequest(
      actor: actor, command: command, idempotency: claim, attachment: random.bytes(4))
    if keyed.count < 200 {
      keyed.append(request)
    } else {
      keyed[Int.random(in: 0..<200, using: &random)] = request
    }
    return request
  }

  /// An earlier request again, at times with other parameters under the same key.
  private mutating func repeated() -> LedgerRequest {
    let request = keyed[Int.random(in: keyed.indices, using: &random)]
    var claim = request.idempotency
    if let known = claim, random.once(in: 4) {
      claim = IdempotencyClaim(
        node: known.node, method: known.method, key: known.key, digest: random.bytes(32))
    }
    return LedgerRequest(
      actor: request.actor, command: withFreshHold(request.command), idempotency: claim,
      attachment: request.attachment)
  }

  /// The command as it is made for a request that comes again: ids are never used twice.
  private mutating func withFreshHold(_ command: Command) -> Command {
    let id: HoldID = random.id()
    switch command {
    case .reserve(let old):
      return .reserve(
        Reservation(hold: id, chain: old.chain, amount: old.amount, expiresAt: old.expiresAt))
    case .charge(let old):
      return .charge(Charge(hold: id, chain: old.chain, amount: old.amount))
    case .beginPayment(let old, let chain, let terms):
      return .beginPayment(
        Payment(
          hold: id, node: old.node, paymentHash: old.paymentHash, invoice: old.invoice,
          amount: old.amount, feeLimit: old.feeLimit,
          invoiceExpiresAtSeconds: old.invoiceExpiresAtSeconds, purchase: old.purchase,
          sealedToken: old.sealedToken), by: chain, under: terms)
    case .askApproval(let old):
      return .askApproval(
        ApprovalRequest(
          id: random.id(), chain: old.chain, purchase: old.purchase, payee: old.payee,
          total: old.total))
    case .issueCredential(let old):
      return .issueCredential(
        CredentialIssue(
          credential: old.credential, chain: old.chain, validUntilSeconds: old.validUntilSeconds,
          service: old.service, isCounted: old.isCounted, usesUp: old.usesUp,
          charge: old.charge.map { charge in
            IssueCharge(hold: id, amount: charge.amount, isForFirstCopy: charge.isForFirstCopy)
          }))
    default: return command
    }
  }

  private mutating func actor(usually usual: Actor) -> Actor {
    if random.once(in: 12) { return .operatorUser(peer: Self.peer) }
    if random.once(in: 12) { return .agent(forest.any(&random).node, peer: nil) }
    return usual
  }

  static let peer = PeerProcess(processID: 42, userID: 1000, groupID: 1000)

  /// A command, and who usually asks for it.
  private mutating func command(
    by chain: GrantChain, at now: Timestamp
  ) -> (Command, Actor) {
    let agent = Actor.agent(chain.node, peer: Self.peer)
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<33: return (spending(by: chain, at: now), agent)
    case 33..<35: return (.quote(Quote(chain: chain, amount: random.amount(0...400))), agent)
    case 35..<53: return ending(at: now)
    case 53..<60: return (.createGrant(registration(now)), agent)
    case 60..<68: return limitUpdate()
    case 68..<74: return marking()
    case 74: return (.endEscrow(forest.any(&random).node), .daemon)
    case 75..<95: return (paymentCommand(by: chain, at: now), .daemon)
    default: return (vaultCommand(by: chain, at: now), .daemon)
    }
  }

  private static func method(of command: Command) -> String {
    switch command {
    case .beginPayment, .issueCredential: "credential.request"
    case .reserve: "spend.reserve"
    case .settle: "spend.settle"
    default: "other"
    }
  }
}
