/// The rules of the ledger over the tree of counters in memory.
///
/// The same commands at the same times give the same state, so replay, property tests and
/// simulation are one mechanism. It knows no disk: the writer applies commands, writes the rows
/// that come out, and rebuilds this value from the rows when a commit fails. What is over is not
/// in memory; a command that needs it brings it in.
public struct LedgerState: Sendable {
  /// Bounds that the policy sets.
  public struct Bounds: Sendable, Equatable {
    /// The most nodes below one top-level grant.
    public var descendants: UInt64
    /// What a node may have below it even where its share of `descendants` is smaller: a token may
    /// always have all the levels that a token can have.
    public var leastShare: UInt64
    /// The longest life of a reserve, in milliseconds.
    public var holdLifetimeMs: UInt64
    /// How long an answer is kept for its idempotency key, in milliseconds.
    public var idempotencyLifetimeMs: UInt64
    /// What no token of a top-level grant can exceed.
    public var ceilings: GrantCeilings
    /// The longest life of a top-level grant from its making, in seconds; nil for no bound.
    public var grantLifetimeSeconds: UInt64?

    /// How long an operator can be asked about a payment, and an approval is good, in milliseconds.
    public var approvalLifetimeMs: UInt64

    /// The given bounds; 10,000 nodes, an hour for holds and approvals, and seven days where nothing
    /// is said.
    public init(
      descendants: UInt64 = 10_000, leastShare: UInt64 = UInt64(GrantChain.maximumLevels),
      holdLifetimeMs: UInt64 = 3_600_000, idempotencyLifetimeMs: UInt64 = 7 * 86_400_000,
      ceilings: GrantCeilings = GrantCeilings(), grantLifetimeSeconds: UInt64? = nil,
      approvalLifetimeMs: UInt64 = 3_600_000
    ) {
      self.descendants = descendants
      self.leastShare = leastShare
      self.holdLifetimeMs = holdLifetimeMs
      self.idempotencyLifetimeMs = idempotencyLifetimeMs
      self.ceilings = ceilings
      self.grantLifetimeSeconds = grantLifetimeSeconds
      self.approvalLifetimeMs = approvalLifetimeMs
    }

    /// The most nodes below a node that has `levels` above it.
    ///
    /// A quarter of what the node above it may have, so that none uses up what is its siblings'.
    public func share(under levels: Int) -> UInt64 {
      var share = descendants
      for _ in 0..<levels { share = max(share / 4, min(leastShare, descendants)) }
      return share
    }
  }

  /// The open nodes, and those that a command brought in.
  public internal(set) var nodes: [NodeID: Node] = [:]
  /// What stops nodes that were never met.
  public internal(set) var marks: [NodeID: NodeMark] = [:]
  /// The holds that have not ended.
  public internal(set) var openHolds: [HoldID: Hold] = [:]
  /// The payments that are not final, by hold.
  public internal(set) var openPayments: [HoldID: Payment] = [:]
  /// The payments that an operator is or was asked about, and that did not go yet; some are over.
  public internal(set) var approvals: [ApprovalID: Approval] = [:]
  /// The series that were asked for.
  public internal(set) var series: [SeriesKey: SpendSeries] = [:]
  /// Bounds that hold for everyone.
  public var bounds: Bounds
  /// What is to be done before the grants of a restored ledger spend; nil for one that never was.
  public var restoration: Restoration?
  /// The numbers of the keys under which nothing more is taken in.
  public var closedKeys: Set<UInt64> = []

  let calendar: any SpendCalendar
  /// The number of the next new node.
  var nextNumber: UInt64
  /// The series that were asked for and of which no row was written yet: the next move at their
  /// node writes them.
  var unwrittenSeries: [NodeID: Set<SpendSeries.Kind>] = [:]
  /// The periods of the calendar that were asked for last.
  var periods: [SpendWindow: (start: Timestamp, end: Timestamp)] = [:]
  /// The nodes with an escrow, by the node at their top.
  var escrows: [NodeID: Set<NodeID>] = [:]
  var holdAgenda = Agenda<HoldID>()
  var nodeAgenda = Agenda<NodeID>()
  /// The hold of the open payment for each payment hash.
  var holdByPaymentHash: [[UInt8]: HoldID] = [:]
  /// The hold of the open payment for each purchase.
  var holdByPurchase: [Purchase: HoldID] = [:]

  /// A state from the rows on disk; none of them makes the empty ledger.
  ///
  /// `nodes` are the open ones, each with every node above it; `lastNumber` is the highest number
  /// of all nodes.
  public init(
    nodes: [Node] = [], lastNumber: UInt64 = 0, marks: [(NodeID, NodeMark)] = [],
    openHolds: [Hold] = [], openPayments: [Payment] = [], approvals: [Approval] = [],
    bounds: Bounds = Bounds(), calendar: any SpendCalendar
  ) {
    self.bounds = bounds
    self.calendar = calendar
    nextNumber = lastNumber + 1
    self.nodes.reserveCapacity(nodes.count)
    for node in nodes { self.nodes[node.id] = node }
    for node in nodes { keepTrack(of: node) }
    for (id, mark) in marks { self.marks[id] = mark }
    for hold in openHolds { track(hold) }
    for payment in openPayments { track(payment) }
    for approval in approvals { self.approvals[approval.id] = approval }
  }

  /// Applies one request at `now`, which is never earlier than before.
  ///
  /// A refusal leaves the state as it was.
  /// - Throws: ``Refusal``.
  public mutating func apply(
    _ request: LedgerRequest, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Applied {
    let command = request.command
    if let chain = command.chain { try bringIn(chain, records: records) }
    if let claim = request.idempotency,
      let record = try repeatedAnswer(to: claim, command: command, records: records)
    {
      // Nothing is repeated to a token that would not be served now.
      if let chain = command.chain { try checkStanding(of: chain, at: now) }
      return Applied(
        outcome: record.outcome, changes: [], event: nil, attachment: record.attachment,
        isReplay: true)
    }
    if !closedKeys.isEmpty { try checkSeals(of: request) }
    if restoration != nil { try checkRestored(request) }
    var step = Step(actor: request.actor, now: now)
    let outcome = try perform(command, step: &step, records: records)
    if let claim = request.idempotency, !step.isReplay {
      step.changes.append(
        .idempotency(
          IdempotencyRecord(claim: claim, outcome: outcome, attachment: request.attachment)))
    }
    return Applied(
      outcome: outcome, changes: step.changes, event: step.event, attachment: nil,
      isReplay: step.isReplay)
  }

  /// The answer given before, when the key was used before for the same.
  private func repeatedAnswer(
    to claim: IdempotencyClaim, command: Command, records: some LedgerRecords
  ) throws(Refusal) -> IdempotencyRecord? {
    guard let record = try records.idempotencyRecord(for: claim) else { return nil }
    guard record.claim.digest == claim.digest else {
      throw .conflict("this idempotency key was used for a request with other parameters")
    }
    // A purchase goes through two commands under one key: the second completes the first's record,
    // and a payment that failed changed nothing that is left to repeat.
    if case .purchasing(let hold) = record.outcome {
      if case .issueCredential = command { return nil }
      guard openPayments[hold] != nil else { return nil }
    }
    return record
  }

  private mutating func perform(
    _ command: Command, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    switch command {
    case .createGrant(let grant): try createGrant(grant, step: &step, records: records)
    case .updateLimit(let update): try updateLimit(update, step: &step, records: records)
    case .mark(let marking): try mark(marking, step: &step, records: records)
    case .endEscrow(let node): try endEscrow(of: node, step: &step, records: records)
    case .reserve(let reservation):
      try reserve(reservation, step: &step, records: records)
    case .charge(let charge): try self.charge(charge, step: &step, records: records)
    case .extend(let extent): try extend(extent, step: &step, records: records)
    case .quote(let quote): try self.quote(quote, at: step.now, records: records)
    case .settle(let hold, let amount):
      try settle(hold, amount: amount, step: &step, records: records)
    case .release(let hold): try release(hold, step: &step, records: records)
    case .expire(let hold): try expire(hold, step: &step, records: records)
    case .beginPayment(let payment, let chain, let terms):
      try beginPayment(payment, by: chain, under: terms, step: &step, records: records)
    case .askApproval(let request):
      try askApproval(request, step: &step, records: records)
    case .decideApproval(let decision): try decideApproval(decision, step: &step)
    case .sendPayment(let hold, let chain):
      try sendPayment(hold, by: chain, step: &step, records: records)
    case .finishPayment(let hold, let result, let evidence):
      try finishPayment(hold, result, evidence: evidence, step: &step, records: records)
    case .issueCredential(let issue):
      try issueCredential(issue, step: &step, records: records)
    case .importCredential(let credential):
      try importCredential(credential, step: &step, records: records)
    case .retireCredential(let id, let reason):
      try retireCredential(id, reason: reason, step: &step, records: records)
    case .removeCredential(let id): try removeCredential(id, step: &step, records: records)
    case .note(let note): self.note(note, step: &step)
    case .claim(let chain, let note): try claim(chain, note, step: &step)
    case .archive(let archive): try self.archive(archive, step: &step, records: records)
    case .archiveLog(let archive): try archiveLog(archive, step: &step, records: records)
    case .trimLog: trimLog(step: &step)
    case .recordRefusals(let count): recordRefusals(count, step: &step)
    case .storeCheckpoint(let checkpoint): storeCheckpoint(checkpoint, step: &step)
    case .changePolicy(let change): changePolicy(change, step: &step)
    case .closeKey(let number): closeKey(number)
    case .reseal(let resealing): reseal(resealing, step: &step)
    case .recordKeys(let change): recordKeys(change, step: &step)
    case .restore(let note): restore(note, step: &step)
    case .compareWallet(let listing): try compare(listing, step: &step, records: records)
    case .book(let booking): try book(booking, step: &step, records: records)
    case .recordBackup(let backup, let file): recordBackup(backup, file: file, step: &step)
    }
  }
}
