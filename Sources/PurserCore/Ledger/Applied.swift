/// What a command did to the state: the rows to write, and the one audit event.
public struct Applied: Sendable, Equatable {
  /// What the answer is made from.
  public let outcome: Outcome
  /// The rows that changed, in order.
  public let changes: [Change]
  /// The event; nil for a repeated answer, which changes nothing, for a checkpoint or a trim,
  /// which are about the log and not in it, and for a key that is closed.
  public let event: AuditEvent?
  /// The sealed bytes of a repeated answer.
  public let attachment: [UInt8]?
  /// Whether the answer is a repeated one.
  public let isReplay: Bool
}

/// One row that a command writes.
public enum Change: Sendable, Equatable {
  /// A node that is new; the state has its values.
  case newNode(NodeID)
  /// What the token of a new node stated beside its amounts and its end: for people.
  indirect case newRules(NodeID, [String])
  /// A node whose counters moved; the state has their values.
  case node(NodeID)
  /// A node whose limits, end, mark or escrow changed; the state has their values.
  case terms(NodeID)
  /// A mark on a node that was never met, or, with nil, none any more.
  case mark(NodeID, NodeMark?)
  /// A revoked node: it and all below it are over.
  case revoked(NodeID)
  /// The node with this number and all below it were taken out.
  case archived(UInt64)
  /// A stretch of the audit log is in a file: the first of its events leave the database.
  indirect case logArchived(LogArchive)
  /// The next events that are in a file leave the database.
  case logTrimmed
  /// A hold that is new.
  case newHold(Hold)
  /// A hold that was extended or has ended.
  case hold(Hold)
  /// One bucket of a series, by its number; the state has its amount.
  case bucket(SeriesKey, UInt64)
  /// The buckets of a series before this number, which no window reaches back to.
  case forgotten(SeriesKey, before: UInt64)
  /// All of a series that is kept from now on; the state has its buckets.
  case series(SeriesKey)
  /// A payment that is new or has moved on.
  indirect case payment(Payment)
  /// A credential that is new or has changed.
  indirect case credential(Credential)
  /// A credential that was taken out.
  case credentialRemoved(CredentialID)
  /// A copy of a credential that was handed out.
  indirect case newCopy(CredentialCopy)
  /// A payment that waits for an operator is new, or was decided, or went.
  indirect case approval(Approval)
  /// An answer to be repeated; it replaces an earlier one of the same claim.
  indirect case idempotency(IdempotencyRecord)
  /// A signed checkpoint of the audit log.
  indirect case checkpoint(StoredCheckpoint)
  /// A record that was sealed anew; one that has changed meanwhile, or is gone, stays as it is.
  indirect case resealed(ResealedRecord)
  /// The ledger was restored: every top-level node without a mark is frozen.
  indirect case restored(RestoreNote, at: Timestamp)
  /// Who compared a restored ledger with the wallet.
  case compared(Restoration.Check)
  /// A payment of the wallet that the ledger did not know; one that failed is none.
  indirect case walletPayment(WalletPayment)
  /// Such a payment was booked under a hold, or is nobody's here.
  indirect case booked(WalletPayment, hold: HoldID?)
}

/// Names one series of one node.
public struct SeriesKey: Sendable, Hashable {
  /// The node.
  public let node: NodeID
  /// What is added up in the series, and how fine.
  public let kind: SpendSeries.Kind

  /// The series of `node` of one kind.
  public init(node: NodeID, kind: SpendSeries.Kind) {
    self.node = node
    self.kind = kind
  }
}

/// What one command has produced so far.
struct Step {
  let actor: Actor
  let now: Timestamp
  var changes: [Change] = []
  var event: AuditEvent?
  /// Whether the answer is one that was given before, so that nothing is written.
  var isReplay = false

  init(actor: Actor, now: Timestamp) {
    self.actor = actor
    self.now = now
    // A hold, three levels, and what goes with them.
    changes.reserveCapacity(8)
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
