public import PurserCore

/// The ledger's rules written for clarity: it keeps every hold that ever was, and adds them up each
/// time it is asked.
///
/// It knows no disk, no counter and no bucket that it would have to keep right.
public struct ModelLedger {
  /// A node, without any counter.
  struct Entry {
    let parent: NodeID?
    let name: String?
    /// The widest limits that a token stated, one a window.
    var stated: [SpendLimit]
    /// In the order in which they were last changed.
    var registered: [SpendLimit] = []
    var paymentLimit: Msat?
    var validUntilSeconds: UInt64?
    var isEscrowed = false

    func limit(per window: SpendWindow?) -> Msat? {
      registered.amount(per: window) ?? stated.amount(per: window)
    }
  }

  /// What became of a request.
  public enum Answer: Equatable {
    /// It was done.
    case done(Outcome)
    /// It was refused: the kind of the refusal, and the figures of a budget.
    case refused(String, BudgetShortfall? = nil)
  }

  struct Refused: Error {
    let kind: String
    var shortfall: BudgetShortfall?

    init(_ kind: String, _ shortfall: BudgetShortfall? = nil) {
      self.kind = kind
      self.shortfall = shortfall
    }
  }

  struct StoredAnswer {
    let digest: [UInt8]
    let outcome: Outcome
    let attachment: [UInt8]?
    let at: Timestamp
  }

  var nodes: [NodeID: Entry] = [:]
  /// What stops nodes, met or not.
  public internal(set) var marks: [NodeID: NodeMark] = [:]
  /// Every hold, open or ended.
  public internal(set) var holds: [Hold] = []
  var places: [HoldID: Int] = [:]
  /// For each node the places of the holds at it and below it.
  var holdsBelow: [NodeID: [Int]] = [:]
  /// For each node those that are below it.
  var nodesBelow: [NodeID: [NodeID]] = [:]
  /// When the nodes that were registered were.
  var registeredAt: [NodeID: Timestamp] = [:]
  /// The nodes with an escrow that has not ended.
  var escrows: Set<NodeID> = []
  /// Every payment.
  public internal(set) var payments: [HoldID: Payment] = [:]
  /// The credentials in the vault.
  public internal(set) var credentials: [CredentialID: Credential] = [:]
  /// The copies of credentials that were handed out.
  var copies: [CredentialCopy] = []
  /// Every payment that an operator was asked about.
  var asked: [Approval] = []
  /// How many requests changed something.
  public internal(set) var events: UInt64 = 0
  /// What the last request gave back of escrows to the grants above.
  public internal(set) var returned: UInt64 = 0
  /// What the last request was given back with the answer that it repeats.
  public internal(set) var attachment: [UInt8]?
  /// The answers that are kept for their keys.
  var answers: [String: StoredAnswer] = [:]
  /// Whether the request that is being done repeats an answer, and so changes nothing.
  var isRepeated = false
  var bounds: LedgerState.Bounds
  let calendar: any SpendCalendar

  /// An empty ledger.
  public init(bounds: LedgerState.Bounds, calendar: any SpendCalendar = TestCalendar()) {
    self.bounds = bounds
    self.calendar = calendar
  }

  /// Does what a request asks, or says why not.
  public mutating func apply(_ request: LedgerRequest, at now: Timestamp) -> Answer {
    returned = 0
    attachment = nil
    isRepeated = false
    do throws(Refused) {
      if let answer = try repeatedAnswer(to: request, at: now) {
        attachment = answer.attachment
        return .done(answer.outcome)
      }
      let outcome = try perform(request.command, by: request.actor, at: now)
      if isRepeated { return .done(outcome) }
      // What is about the log is not in it.
      switch request.command {
      case .trimLog, .storeCheckpoint, .closeKey: break
      default: events += 1
      }
      if let claim = request.idempotency {
        answers[Self.address(claim)] = StoredAnswer(
          digest: claim.digest, outcome: outcome, attachment: request.attachment, at: now)
      }
      return .done(outcome)
    } catch { return .refused(error.kind, error.shortfall) }
  }

  /// Ends the spend holds and the escrows that have run out.
  public mutating func sweep(at now: Timestamp) {
    for place in holds.indices where holds[place].state == .held {
      guard let end = holds[place].expiresAt, now >= end else { continue }
      holds[place].state = .expired
      events += 1
    }
    for node in escrows {
      guard let end = nodes[node]?.validUntilSeconds, now.seconds >= end else { continue }
      endEscrow(of: node)
      events += 1
    }
  }

  /// Forgets the answers that are older than `lifetimeMs`, but for those of open payments.
  public mutating func prune(at now: Timestamp, lifetimeMs: UInt64) {
    answers = answers.filter { _, answer in
      if case .purchasing(let hold) = answer.outcome, payments[hold]?.state.isOpen == true {
        return true
      }
      return answer.at.adding(milliseconds: lifetimeMs) >= now
    }
  }

  private func repeatedAnswer(
    to request: LedgerRequest, at now: Timestamp
  ) throws(Refused) -> StoredAnswer? {
    guard let claim = request.idempotency, let answer = answers[Self.address(claim)] else {
      return nil
    }
    guard answer.digest == claim.digest else { throw Refused("conflict") }
    // The second command of a purchase completes the first's answer; a payment that has ended
    // left nothing to repeat.
    if case .purchasing(let hold) = answer.outcome {
      if case .issueCredential = request.command { return nil }
      guard payments[hold]?.state.isOpen == true else { return nil }
    }
    if let chain = Self.token(of: request.command) { try checkStanding(chain, now) }
    return answer
  }

  private static func address(_ claim: IdempotencyClaim) -> String {
    "\(claim.node?.hex ?? "operator") \(claim.method) \(claim.key)"
  }

  /// The token that must be good for an answer to be repeated.
  private static func token(of command: Command) -> GrantChain? {
    switch command {
    case .createGrant(let grant): grant.chain
    case .reserve(let reservation): reservation.chain
    case .charge(let charge): charge.chain
    case .extend(let extent): extent.chain
    case .quote(let quote): quote.chain
    case .beginPayment(_, let chain, _): chain
    case .askApproval(let request): request.chain
    case .issueCredential(let issue): issue.chain
    case .updateLimit(let update): update.chain
    default: nil
    }
  }

  private mutating func perform(
    _ command: Command, by actor: Actor, at now: Timestamp
  ) throws(Refused) -> Outcome {
    switch command {
    case .createGrant(let grant): return try create(grant, now)
    case .updateLimit(let update): return try updateLimit(update, by: actor, now)
    case .mark(let marking): return try mark(marking, by: actor)
    case .endEscrow(let node):
      guard let entry = nodes[node], entry.isEscrowed, let end = entry.validUntilSeconds,
        now.seconds >= end
      else { throw Refused("conflict") }
      endEscrows(below: node)
      return .done
    case .reserve(let reservation): return try reserve(reservation, now)
    case .charge(let charge): return try self.charge(charge, now)
    case .extend(let extent): return try extend(extent, by: actor, now)
    case .quote(let quote): return try self.quote(quote, now)
    case .settle(let id, let amount): return try settle(id, amount, by: actor)
    case .release(let id): return try release(id, by: actor)
    case .expire(let id):
      let hold = try openHold(id, actor)
      guard let end = hold.expiresAt, now >= end else { throw Refused("conflict") }
      return finish(id, .expired, settled: .zero)
    case .beginPayment(let payment, let chain, let terms):
      return try begin(payment, chain, terms, now)
    case .askApproval(let request): return try ask(request, now)
    case .decideApproval(let decision):
      return try decide(decision.approval, isApproved: decision.isApproved, now)
    case .sendPayment(let id, let chain): return try send(id, chain, now)
    case .finishPayment(let id, let result, _): return try finish(id, result)
    case .issueCredential(let issue):
      try checkStanding(issue.chain, now)
      guard credentials[issue.credential]?.state == .active else { throw Refused("not_found") }
      if issue.isCounted {
        for level in issue.chain.levels.reversed() { try checkCalls(of: level, but: nil, now) }
      }
      try meet(issue.chain)
      if issue.usesUp { credentials[issue.credential]?.state = .retired }
      copies.append(
        CredentialCopy(
          node: issue.chain.node, credential: issue.credential, service: issue.service,
          issuedAt: now, validUntilSeconds: issue.validUntilSeconds, isCounted: issue.isCounted))
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
    case .claim(let chain, _):
      try checkStanding(chain, now)
      try meet(chain)
      return .done
    // What an archive takes out is over: nobody can ask the model for it, or spend there.
    case .archive, .archiveLog, .trimLog, .note, .recordRefusals, .storeCheckpoint, .closeKey,
      .reseal, .recordKeys, .recordBackup, .restore, .compareWallet, .book:
      return .done
    case .changePolicy(let change):
      bounds = change.bounds
      return .done
    }
  }
}
