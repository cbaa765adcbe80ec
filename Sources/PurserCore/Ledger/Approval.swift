/// What an operator is asked for, and said: one payment at most.
///
/// It holds no money, and it opens nothing by itself: the payment is admitted anew when it runs.
public struct Approval: Sendable, Equatable {
  /// Where it is in its life; it is over when its time is.
  public enum State: String, Sendable, Codable {
    /// Nobody has said anything yet.
    case pending
    /// One payment may go.
    case approved
    /// None may.
    case denied
    /// The payment went.
    case used
  }

  /// Its id.
  public let id: ApprovalID
  /// The node that pays.
  public let node: NodeID
  /// What is bought; for a challenge that an agent brought it names the payment hash.
  public let purchase: Purchase
  /// Whose key is paid, 33 bytes.
  public let payee: [UInt8]
  /// The most that the payment may take, routing fee included.
  public let greatestTotal: Msat
  /// When it was asked for.
  public let askedAt: Timestamp
  /// From when on it is good for nothing, whatever was said.
  public let expiresAt: Timestamp
  /// What was said.
  public var state: State

  /// An approval as it was stored.
  public init(
    id: ApprovalID, node: NodeID, purchase: Purchase, payee: [UInt8], greatestTotal: Msat,
    askedAt: Timestamp, expiresAt: Timestamp, state: State = .pending
  ) {
    self.id = id
    self.node = node
    self.purchase = purchase
    self.payee = payee
    self.greatestTotal = greatestTotal
    self.askedAt = askedAt
    self.expiresAt = expiresAt
    self.state = state
  }
}

/// What a payment is to be asked for by, beside its grant.
public struct PaymentTerms: Sendable, Equatable {
  /// Whose key is paid, 33 bytes.
  public let payee: [UInt8]
  /// The greatest payment that does not wait, by the policy; nil for no such rule.
  public let approveAbove: Msat?
  /// Whether it waits whatever it takes.
  public let alwaysWaits: Bool

  /// Terms for a payment to `payee`.
  public init(payee: [UInt8], approveAbove: Msat? = nil, alwaysWaits: Bool = false) {
    self.payee = payee
    self.approveAbove = approveAbove
    self.alwaysWaits = alwaysWaits
  }
}

/// A payment that an operator is to be asked about.
public struct ApprovalRequest: Sendable {
  /// The id of the new approval.
  public let id: ApprovalID
  /// The verified token of whoever wants to pay.
  public let chain: GrantChain
  /// What is bought.
  public let purchase: Purchase
  /// Whose key is paid, 33 bytes.
  public let payee: [UInt8]
  /// What the payment takes, with the limit on its routing fee.
  public let total: Msat

  /// A request for a payment of `total`.
  public init(
    id: ApprovalID, chain: GrantChain, purchase: Purchase, payee: [UInt8], total: Msat
  ) {
    self.id = id
    self.chain = chain
    self.purchase = purchase
    self.payee = payee
    self.total = total
  }
}
