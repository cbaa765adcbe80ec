/// Money set aside on a node and on every node above it.
public struct Hold: Sendable, Equatable {
  /// Who ends the hold.
  public enum Kind: String, Sendable, Codable {
    /// The agent that reserved it.
    case spend
    /// The coordinator, by what became of a payment.
    case payment
  }

  /// Where it is in its life; every state but `held` is final.
  public enum State: String, Sendable, Codable {
    /// Money is set aside.
    case held
    /// Ended with money spent.
    case settled
    /// Given back.
    case released
    /// Given back because its time ran out.
    case expired
  }

  /// Its id.
  public let id: HoldID
  /// The node that spends; the nodes above it hold the same amount.
  public let node: NodeID
  /// Whose it is to end.
  public let kind: Kind
  /// What is set aside.
  public var amount: Msat
  /// When it was made.
  public let createdAt: Timestamp
  /// When its amount was admitted: the moment whose windows it counts in.
  public var admittedAt: Timestamp
  /// When it lapses; nil for what has no timer: a payment, and what was charged at once.
  public var expiresAt: Timestamp?
  /// Where it is in its life.
  public var state: State
  /// What was spent of it; more than `amount` only in an overrun.
  public var settled: Msat

  /// A hold as it was stored.
  public init(
    id: HoldID, node: NodeID, kind: Kind, amount: Msat, createdAt: Timestamp,
    admittedAt: Timestamp? = nil, expiresAt: Timestamp?, state: State = .held,
    settled: Msat = .zero
  ) {
    self.id = id
    self.node = node
    self.kind = kind
    self.amount = amount
    self.createdAt = createdAt
    self.admittedAt = admittedAt ?? createdAt
    self.expiresAt = expiresAt
    self.state = state
    self.settled = settled
  }

  /// What it counts for: what is set aside, or what was spent of it.
  public var weight: Msat { state == .held ? amount : settled }
}
