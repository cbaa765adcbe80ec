public import PurserCore

/// The rows that commands write, kept in memory: what a ledger without a disk reads back.
public struct MemoryRecords: LedgerRecords {
  /// Nodes by id.
  public private(set) var nodes: [NodeID: Node] = [:]
  /// Marks by node.
  public private(set) var marks: [NodeID: NodeMark] = [:]
  /// Holds by id, ended ones too.
  public private(set) var holds: [HoldID: Hold] = [:]
  /// Payments in the order in which they began.
  public private(set) var payments: [Payment] = []
  /// Credentials by id.
  public private(set) var credentials: [CredentialID: Credential] = [:]
  private var answers: [IdempotencyRecord] = []

  /// No rows.
  public init() {}

  /// Writes one row.
  public mutating func write(_ change: Change) {
    switch change {
    case .node(let node): nodes[node.id] = node
    case .mark(let node, let mark): marks[node] = mark
    case .hold(let hold): holds[hold.id] = hold
    case .payment(let payment):
      if let index = payments.firstIndex(where: { $0.hold == payment.hold }) {
        payments[index] = payment
      } else {
        payments.append(payment)
      }
    case .credential(let credential): credentials[credential.id] = credential
    case .credentialRemoved(let id): credentials[id] = nil
    case .idempotency(let record):
      answers.removeAll { Self.isSame($0.claim, record.claim) }
      answers.append(record)
    }
  }

  /// The state that a restart would make of the rows.
  public func state(bounds: LedgerState.Bounds) -> LedgerState {
    LedgerState(
      nodes: Array(nodes.values), marks: marks.map { ($0.key, $0.value) },
      openHolds: holds.values.filter { $0.state == .held },
      openPayments: payments.filter(\.state.isOpen), bounds: bounds)
  }

  /// A hold that has ended.
  public func endedHold(_ id: HoldID) -> Hold? {
    holds[id].flatMap { $0.state == .held ? nil : $0 }
  }

  /// The latest payment for a hash.
  public func payment(hash: [UInt8]) -> Payment? { payments.last { $0.paymentHash == hash } }

  /// The stored answer for the key of `claim`.
  public func idempotencyRecord(for claim: IdempotencyClaim) -> IdempotencyRecord? {
    answers.first { Self.isSame($0.claim, claim) }
  }

  /// A credential of the vault.
  public func credential(_ id: CredentialID) -> Credential? { credentials[id] }

  private static func isSame(_ first: IdempotencyClaim, _ second: IdempotencyClaim) -> Bool {
    first.node == second.node && first.method == second.method && first.key == second.key
  }
}
