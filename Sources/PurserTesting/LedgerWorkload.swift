public import PurserCore

/// Random requests over a random tree of grants: what a ledger must stand, in an order that follows
/// from the seed.
///
/// Amounts and limits are small, and ids come from short lists, so that requests meet each other:
/// budgets run out, keys repeat, holds are ended twice.
public struct LedgerWorkload {
  /// Where all the randomness comes from.
  public var random: SeededGenerator
  private let maker = GrantMaker()
  private var tokens: [(token: GrantToken, chain: GrantChain)] = []
  private var holds: [HoldID] = []
  private var payments: [Payment] = []
  private var credentials: [CredentialID] = []
  private var hashes: [[UInt8]] = []
  private var keyed: [LedgerRequest] = []

  /// The workload of `seed`, whose first tokens are good from `now` on.
  public init(seed: UInt64, now: Timestamp) {
    random = SeededGenerator(seed: seed)
    for _ in 0..<8 { hashes.append(random.bytes(32)) }
    for _ in 0..<2 {
      // A top that expires would end the run.
      let token = maker.top(random.id(), [.spend(random.amount(5000...20_000))])
      tokens.append((token, maker.chain(token)))
    }
    for _ in 0..<10 { addToken(now: now) }
  }

  /// The chains of all tokens that there are.
  public var chains: [GrantChain] { tokens.map(\.chain) }

  /// The next request.
  public mutating func next(at now: Timestamp) -> LedgerRequest {
    if !keyed.isEmpty, random.once(in: 12) { return repeated() }
    let chain = anyChain()
    let command = command(by: chain, at: now)
    let actor = actor(of: chain)
    guard random.once(in: 3) else { return LedgerRequest(actor: actor, command: command) }
    let claim = IdempotencyClaim(
      node: actor.node, method: Self.method(of: command),
      key: "key-\(Int.random(in: 0..<200, using: &random))", digest: random.bytes(32))
    let request = LedgerRequest(
      actor: actor, command: command, idempotency: claim, attachment: random.bytes(4))
    keyed.append(request)
    return request
  }

  /// An earlier request again, at times with other parameters under the same key.
  private mutating func repeated() -> LedgerRequest {
    let request = keyed[Int.random(in: keyed.indices, using: &random)]
    guard let claim = request.idempotency, random.once(in: 4) else { return request }
    return LedgerRequest(
      actor: request.actor, command: request.command,
      idempotency: IdempotencyClaim(
        node: claim.node, method: claim.method, key: claim.key, digest: random.bytes(32)),
      attachment: request.attachment)
  }

  private mutating func actor(of chain: GrantChain) -> Actor {
    let peer = PeerProcess(processID: 42, userID: 1000, groupID: 1000)
    if random.once(in: 12) { return .operatorUser(peer: peer) }
    if random.once(in: 12) { return .agent(anyChain().node, peer: nil) }
    return .agent(chain.node, peer: peer)
  }

  private mutating func command(by chain: GrantChain, at now: Timestamp) -> Command {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<28:
      let id: HoldID = random.id()
      holds.append(id)
      return .reserve(
        Reservation(
          hold: id, chain: chain, amount: random.amount(0...900),
          expiresAt: now.adding(milliseconds: UInt64.random(in: 0...70_000, using: &random))))
    case 28..<46: return .settle(hold: anyHold(), amount: random.amount(0...900))
    case 46..<54: return .release(hold: anyHold())
    case 54..<57: return .expire(hold: anyHold())
    case 57..<62:
      addToken(now: now)
      return .createGrant(tokens[tokens.count - 1].chain)
    case 62..<68: return .mark(marking())
    case 68..<95: return paymentCommand(by: chain, at: now)
    default: return vaultCommand(by: chain, at: now)
    }
  }

  private mutating func marking() -> NodeMarking {
    let target = anyChain()
    let isShown = random.once(in: 2)
    // Revokes are rare and low: what is revoked stays so, and answers everything in one way.
    let isRevoked = target.levels.count > 2 && random.once(in: 10)
    let action: NodeMarking.Action = random.once(in: 3) ? .freeze : .unfreeze
    return NodeMarking(
      action: isRevoked ? .revoke : action, node: target.node,
      shownPath: isShown ? target.levels.map(\.node) : nil)
  }

  private mutating func paymentCommand(by chain: GrantChain, at now: Timestamp) -> Command {
    guard let payment = payments.randomElement(using: &random), !random.once(in: 3) else {
      let payment = freshPayment(by: chain, at: now)
      payments.append(payment)
      holds.append(payment.hold)
      return .beginPayment(payment, by: chain)
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4: return .sendPayment(hold: payment.hold, by: chain)
    case 4..<6: return .finishPayment(hold: payment.hold, .failed(reason: "no route"))
    case 6..<7: return .finishPayment(hold: payment.hold, .unknown(reason: "no answer"))
    default:
      let credential = freshCredential(
        hash: payment.paymentHash, purchase: payment.purchase, by: payment.node, at: now)
      let mostFee = payment.feeLimit.value + (random.once(in: 10) ? 300 : 0)
      return .finishPayment(
        hold: payment.hold, .settled(fee: random.amount(0...mostFee), credential))
    }
  }

  private mutating func freshPayment(by chain: GrantChain, at now: Timestamp) -> Payment {
    let hash = random.once(in: 3) ? hashes[Int.random(in: 0..<8, using: &random)] : random.bytes(32)
    return Payment(
      hold: random.id(), node: chain.node, paymentHash: hash, invoice: "lnbcrt1invoice",
      amount: random.amount(1...700), feeLimit: random.amount(0...60),
      invoiceExpiresAtSeconds: now.seconds + 600,
      purchase: Purchase(
        service: ["data", "maps", "news"][Int.random(in: 0..<3, using: &random)],
        capabilities: random.once(in: 2) ? ["read", "a\"b,c"] : [],
        scope: random.once(in: 3) ? chain.topNode : nil),
      sealedToken: random.bytes(8))
  }

  private mutating func freshCredential(
    hash: [UInt8], purchase: Purchase, by node: NodeID?, at now: Timestamp
  ) -> Credential {
    let credential = Credential(
      id: random.id(), purchase: purchase, paymentHash: hash,
      validUntilSeconds: random.once(in: 2) ? now.seconds + 60 : nil,
      cost: random.amount(0...700), boughtBy: node, sealed: random.bytes(16), createdAt: now)
    credentials.append(credential.id)
    return credential
  }

  private mutating func vaultCommand(by chain: GrantChain, at now: Timestamp) -> Command {
    let id = credentials.randomElement(using: &random) ?? random.id()
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4:
      return .issueCredential(
        CredentialIssue(
          credential: id, chain: chain, validUntilSeconds: now.seconds + 5, service: "data"))
    case 4..<6:
      return .importCredential(
        freshCredential(
          hash: random.bytes(32),
          purchase: Purchase(service: "maps", capabilities: ["x"], scope: nil), by: nil, at: now))
    case 6..<7: return .retireCredential(id, reason: "refused")
    case 7..<8: return .removeCredential(id)
    default:
      return .recordRefusals(
        RefusalCount(
          node: random.once(in: 2) ? chain.node : nil, method: "spend.reserve",
          reason: "budget_exceeded", count: 3, peer: nil))
    }
  }

  private mutating func addToken(now: Timestamp) {
    let parents = tokens.filter { $0.chain.levels.count < 6 }
    guard let parent = parents.randomElement(using: &random) else { return }
    let child = maker.child(
      of: parent.token, nonce: random.bytes(16), caveats(now: now, widest: 6000))
    tokens.append((child, maker.chain(child)))
  }

  private mutating func caveats(now: Timestamp, widest: UInt64) -> [GrantCaveat] {
    var caveats: [GrantCaveat] = []
    if random.once(in: 3) { caveats.append(.name("n\u{e9} \u{0}\(random.next() % 10)")) }
    if !random.once(in: 4) { caveats.append(.spend(random.amount(100...widest))) }
    if random.once(in: 4) { caveats.append(.payment(random.amount(50...800))) }
    if random.once(in: 5) {
      caveats.append(.validUntil(now.seconds + UInt64.random(in: 1...2000, using: &random)))
    }
    return caveats
  }

  private mutating func anyChain() -> GrantChain {
    tokens[Int.random(in: tokens.indices, using: &random)].chain
  }

  private mutating func anyHold() -> HoldID {
    // Mostly one of the last, which may still be open.
    let recent = holds.suffix(random.once(in: 4) ? holds.count : 12)
    return recent.randomElement(using: &random) ?? random.id()
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
