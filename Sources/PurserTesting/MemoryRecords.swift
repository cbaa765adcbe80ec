public import PurserCore

/// The rows that commands write, kept in memory: what a ledger without a disk reads back.
public struct MemoryRecords: LedgerRecords {
  /// Nodes by id.
  public private(set) var nodes: [NodeID: Node] = [:]
  /// Marks on nodes that were never met.
  public private(set) var marks: [NodeID: NodeMark] = [:]
  /// Holds by id, ended ones too.
  public private(set) var holds: [HoldID: Hold] = [:]
  /// Payments in the order in which they began.
  public private(set) var payments: [Payment] = []
  /// Credentials by id.
  public private(set) var credentials: [CredentialID: Credential] = [:]
  /// Copies of credentials that were handed out.
  public private(set) var copies: [CredentialCopy] = []
  /// Payments that an operator is or was asked about.
  public private(set) var approvals: [ApprovalID: Approval] = [:]
  /// What was spent by time, where it is kept.
  public private(set) var series: [SeriesKey: [UInt64: UInt64]] = [:]
  /// The nodes that a restart does not load.
  public var over: Set<NodeID> = []
  /// How many events the log is said to have.
  public var events: UInt64 = 0
  private var gone: UInt64 = 0
  private var archived: UInt64 = 0
  private var answers: [IdempotencyRecord] = []
  private var walletPayments: Set<[UInt8]> = []
  /// What was admitted by grants that were archived, at the node above them.
  private var archivedCharges: [(node: NodeID, time: Timestamp, amount: UInt64)] = []

  /// No rows.
  public init() {}

  /// Writes one row, whose values are in `state`.
  public mutating func write(_ change: Change, of state: LedgerState) {
    switch change {
    case .newNode(let id), .terms(let id): nodes[id] = state.nodes[id]
    case .newRules: break
    case .node(let id):
      nodes[id] = state.nodes[id]
      over.remove(id)
    case .bucket(let key, let number):
      series[key, default: [:]][number] = state.series[key]?.amount(in: number)
    case .series(let key):
      for bucket in state.series[key]?.buckets ?? [] {
        series[key, default: [:]][bucket.number] = bucket.amount
      }
    case .forgotten(let key, let first):
      series[key] = series[key]?.filter { $0.key >= first }
    case .mark(let node, let mark): marks[node] = mark
    // What is below a revoked node is loaded all the same: it costs nothing here.
    case .revoked: break
    case .archived(let number): takeOut(number)
    case .newHold(let hold), .hold(let hold): holds[hold.id] = hold
    case .payment(let payment):
      if let index = payments.firstIndex(where: { $0.hold == payment.hold }) {
        payments[index] = payment
      } else {
        payments.append(payment)
      }
    case .credential(let credential): credentials[credential.id] = credential
    case .approval(let approval): approvals[approval.id] = approval
    case .newCopy(let copy): copies.append(copy)
    case .credentialRemoved(let id): credentials[id] = nil
    case .idempotency(let record):
      answers.removeAll { Self.isSame($0.claim, record.claim) }
      answers.append(record)
    case .logArchived(let archive):
      (gone, archived) = (min(archived + LogArchive.block, archive.last), archive.last)
    case .logTrimmed: gone = archived
    // What is sealed says nothing here.
    case .checkpoint, .resealed: break
    case .restored:
      for (id, node) in nodes where node.parent == nil && node.mark == nil {
        nodes[id]?.mark = NodeMark(state: .frozen, setBy: nil)
      }
    case .compared: break
    case .walletPayment(let payment): walletPayments.insert(payment.paymentHash)
    case .booked(let payment, _): walletPayments.insert(payment.paymentHash)
    }
  }

  /// Takes out a node, those below it, and their holds.
  private mutating func takeOut(_ number: UInt64) {
    guard let root = nodes.values.first(where: { $0.number == number })?.id else { return }
    var below: Set<NodeID> = [root]
    for node in nodes.values.sorted(by: { $0.number < $1.number }) {
      if let parent = node.parent, below.contains(parent) { below.insert(node.id) }
    }
    if let parent = nodes[root]?.parent {
      for index in archivedCharges.indices where below.contains(archivedCharges[index].node) {
        archivedCharges[index].node = parent
      }
      for hold in holds.values where below.contains(hold.node) {
        archivedCharges.append((parent, hold.admittedAt, hold.settled.value))
      }
      for copy in copies where copy.isCounted && below.contains(copy.node) {
        archivedCharges.append((parent, copy.issuedAt, 0))
      }
    }
    nodes = nodes.filter { !below.contains($0.key) }
    series = series.filter { !below.contains($0.key.node) }
    copies.removeAll { below.contains($0.node) }
    payments.removeAll { below.contains($0.node) }
    holds = holds.filter { !below.contains($0.value.node) }
  }

  /// The state that a restart would make of the rows.
  public func state(
    bounds: LedgerState.Bounds = LedgerState.Bounds(), calendar: any SpendCalendar = TestCalendar()
  ) -> LedgerState {
    LedgerState(
      nodes: nodes.values.filter { !over.contains($0.id) },
      lastNumber: nodes.values.map(\.number).max() ?? 0, marks: marks.map { ($0.key, $0.value) },
      openHolds: holds.values.filter { $0.state == .held },
      openPayments: payments.filter(\.state.isOpen),
      approvals: approvals.values.filter { $0.state != .used }, bounds: bounds,
      calendar: calendar)
  }

  /// A node, open or over.
  public func node(_ id: NodeID) -> Node? { nodes[id] }

  /// The buckets of a series that is kept.
  public func buckets(
    of node: Node, _ kind: SpendSeries.Kind
  ) -> [SpendSeries.Bucket] {
    Self.buckets(series[SeriesKey(node: node.id, kind: kind)] ?? [:])
  }

  /// The buckets of what the holds at `node` and below add up to, or of how many operations there
  /// were.
  public func charges(
    at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
  ) -> [SpendSeries.Bucket] {
    var amounts: [UInt64: UInt64] = [:]
    let width = kind.resolution.bucketMs
    for hold in holds.values where hold.admittedAt >= start && isBelow(hold.node, node.id) {
      let weight = kind.measure == .calls ? 1 : hold.weight.value
      amounts[hold.admittedAt.milliseconds / width, default: 0] += weight
    }
    for charge in archivedCharges where charge.time >= start && isBelow(charge.node, node.id) {
      let weight = kind.measure == .calls ? 1 : charge.amount
      amounts[charge.time.milliseconds / width, default: 0] += weight
    }
    guard kind.measure == .calls else { return Self.buckets(amounts) }
    for copy in copies
    where copy.isCounted && copy.issuedAt >= start && isBelow(copy.node, node.id) {
      amounts[copy.issuedAt.milliseconds / width, default: 0] += 1
    }
    return Self.buckets(amounts)
  }

  /// Whether the holder of `node` got a copy of the credential before.
  public func hasCopy(of credential: CredentialID, at node: NodeID) -> Bool {
    copies.contains { $0.credential == credential && $0.node == node }
  }

  /// A hold that has ended.
  public func endedHold(_ id: HoldID) -> Hold? {
    holds[id].flatMap { $0.state == .held ? nil : $0 }
  }

  /// The latest payment for a hash.
  public func payment(hash: [UInt8]) -> Payment? { payments.last { $0.paymentHash == hash } }

  /// Whether the hash is one of a payment that was found in the wallet.
  public func hasWalletPayment(hash: [UInt8]) -> Bool { walletPayments.contains(hash) }

  /// The stored answer for the key of `claim`.
  public func idempotencyRecord(for claim: IdempotencyClaim) -> IdempotencyRecord? {
    answers.first { Self.isSame($0.claim, claim) }
  }

  /// How far back the log reaches: a trim takes out all that is left to go.
  public func logExtent() -> LogExtent { LogExtent(gone: gone, archived: archived, end: events) }

  /// A credential of the vault.
  public func credential(_ id: CredentialID) -> Credential? { credentials[id] }

  private func isBelow(_ id: NodeID, _ root: NodeID) -> Bool {
    var next: NodeID? = id
    while let current = next {
      if current == root { return true }
      next = nodes[current]?.parent
    }
    return false
  }

  private static func buckets(_ amounts: [UInt64: UInt64]) -> [SpendSeries.Bucket] {
    amounts.sorted { $0.key < $1.key }.map { SpendSeries.Bucket(number: $0.key, amount: $0.value) }
  }

  private static func isSame(_ first: IdempotencyClaim, _ second: IdempotencyClaim) -> Bool {
    first.node == second.node && first.method == second.method && first.key == second.key
  }
}
