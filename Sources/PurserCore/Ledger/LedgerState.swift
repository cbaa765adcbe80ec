/// What a command did to the state: the rows to write, and the one audit event.
public struct Applied: Sendable, Equatable {
  /// What the answer is made from.
  public let outcome: Outcome
  /// The rows that changed, in order.
  public let changes: [Change]
  /// The event; nil only for a repeated answer, which changes nothing.
  public let event: AuditEvent?
  /// The sealed bytes of a repeated answer.
  public let attachment: [UInt8]?
  /// Whether the answer is a repeated one.
  public let isReplay: Bool
}

/// One row that a command writes.
public enum Change: Sendable, Equatable {
  /// A node that is new or whose counters moved.
  case node(Node)
  /// A node that was stopped, or, with nil, started again.
  case mark(NodeID, NodeMark?)
  /// A hold that is new or has ended.
  case hold(Hold)
  /// A payment that is new or has moved on.
  case payment(Payment)
  /// A credential that is new or has changed.
  case credential(Credential)
  /// A credential that was taken out.
  case credentialRemoved(CredentialID)
  /// An answer to be repeated; it replaces an earlier one of the same claim.
  case idempotency(IdempotencyRecord)
}

/// Rows that are no longer in memory, read inside the writer's transaction.
public protocol LedgerRecords {
  /// A hold that has ended.
  func endedHold(_ id: HoldID) throws(Refusal) -> Hold?
  /// The latest payment for a hash.
  func payment(hash: [UInt8]) throws(Refusal) -> Payment?
  /// The stored answer for the key of `claim`, whatever its digest.
  func idempotencyRecord(for claim: IdempotencyClaim) throws(Refusal) -> IdempotencyRecord?
  /// A credential of the vault.
  func credential(_ id: CredentialID) throws(Refusal) -> Credential?
}

/// The rules of the ledger over the tree of counters in memory.
///
/// The same commands at the same times give the same state, so replay, property tests and
/// simulation are one mechanism. It knows no disk: the writer applies commands, writes the rows
/// that come out, and rebuilds this value from the rows when a commit fails.
public struct LedgerState: Sendable {
  /// Bounds that the policy sets.
  public struct Bounds: Sendable, Equatable {
    /// The most nodes below one top-level grant.
    public var descendants: UInt64
    /// The longest life of a reserve, in milliseconds.
    public var holdLifetimeMs: UInt64

    /// The bounds `descendants` and `holdLifetimeMs`.
    public init(descendants: UInt64 = 10_000, holdLifetimeMs: UInt64 = 3_600_000) {
      self.descendants = descendants
      self.holdLifetimeMs = holdLifetimeMs
    }
  }

  /// The nodes that have a row.
  public internal(set) var nodes: [NodeID: Node] = [:]
  /// The nodes that were frozen or revoked, met or not.
  public internal(set) var marks: [NodeID: NodeMark] = [:]
  /// The holds that have not ended.
  public internal(set) var openHolds: [HoldID: Hold] = [:]
  /// The payments that are not final, by hold.
  public internal(set) var openPayments: [HoldID: Payment] = [:]
  /// Bounds that hold for everyone.
  public var bounds: Bounds

  /// The hold of the open payment for each payment hash.
  var holdByPaymentHash: [[UInt8]: HoldID] = [:]
  /// The hold of the open payment for each purchase.
  var holdByPurchase: [Purchase: HoldID] = [:]

  /// A state from the rows on disk; none of them makes the empty ledger.
  public init(
    nodes: [Node] = [], marks: [(NodeID, NodeMark)] = [], openHolds: [Hold] = [],
    openPayments: [Payment] = [], bounds: Bounds = Bounds()
  ) {
    self.bounds = bounds
    for node in nodes { self.nodes[node.id] = node }
    for (id, mark) in marks { self.marks[id] = mark }
    for hold in openHolds { self.openHolds[hold.id] = hold }
    for payment in openPayments { track(payment) }
  }

  /// Applies one request at `now`.
  ///
  /// A refusal leaves the state as it was.
  /// - Throws: ``Refusal``.
  public mutating func apply(
    _ request: LedgerRequest, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Applied {
    if let claim = request.idempotency,
      let repeated = try repeatedAnswer(to: claim, command: request.command, records: records)
    {
      return repeated
    }
    var step = Step(actor: request.actor, now: now)
    let outcome = try perform(request.command, step: &step, records: records)
    if let claim = request.idempotency {
      step.changes.append(
        .idempotency(
          IdempotencyRecord(claim: claim, outcome: outcome, attachment: request.attachment)))
    }
    return Applied(
      outcome: outcome, changes: step.changes, event: step.event, attachment: nil, isReplay: false)
  }

  /// The answer given before, when the key was used before for the same.
  private func repeatedAnswer(
    to claim: IdempotencyClaim, command: Command, records: some LedgerRecords
  ) throws(Refusal) -> Applied? {
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
    return Applied(
      outcome: record.outcome, changes: [], event: nil, attachment: record.attachment,
      isReplay: true)
  }

  private mutating func perform(
    _ command: Command, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    switch command {
    case .createGrant(let chain): try createGrant(chain, step: &step)
    case .mark(let marking): try mark(marking, step: &step)
    case .reserve(let reservation):
      try reserve(reservation, step: &step, records: records)
    case .settle(let hold, let amount):
      try settle(hold, amount: amount, step: &step, records: records)
    case .release(let hold): try release(hold, step: &step, records: records)
    case .expire(let hold): try expire(hold, step: &step, records: records)
    case .beginPayment(let payment, let chain):
      try beginPayment(payment, by: chain, step: &step, records: records)
    case .sendPayment(let hold, let chain): try sendPayment(hold, by: chain, step: &step)
    case .finishPayment(let hold, let result): try finishPayment(hold, result, step: &step)
    case .issueCredential(let issue):
      try issueCredential(issue, step: &step, records: records)
    case .importCredential(let credential):
      try importCredential(credential, step: &step, records: records)
    case .retireCredential(let id, let reason):
      try retireCredential(id, reason: reason, step: &step, records: records)
    case .removeCredential(let id): try removeCredential(id, step: &step, records: records)
    case .recordRefusals(let count): recordRefusals(count, step: &step)
    }
  }
}

/// What one command has produced so far.
struct Step {
  let actor: Actor
  let now: Timestamp
  var changes: [Change] = []
  var event: AuditEvent?

  init(actor: Actor, now: Timestamp) {
    self.actor = actor
    self.now = now
  }

  /// Sets the one event of the command.
  mutating func record(
    _ action: String, node: NodeID?, _ details: AuditDetails = [:]
  ) {
    event = AuditEvent(action: action, actor: actor, node: node, details: details)
  }
}

extension CanonicalJSON {
  /// An amount; it fits by the range of ``Msat``.
  public static func msat(_ amount: Msat) -> CanonicalJSON { .integer(Int64(amount.value)) }
}
