/// A grant whose token was just made.
public struct GrantRegistration: Sendable {
  /// The levels of the new token; the last one is the new grant.
  public let chain: GrantChain
  /// The total limit that it starts with, when that is less than its token's.
  public let startLimit: Msat?
  /// Whether its total is taken from the grants above it at once.
  public let isEscrowed: Bool

  /// A grant at the last level of `chain`.
  public init(chain: GrantChain, startLimit: Msat? = nil, isEscrowed: Bool = false) {
    self.chain = chain
    self.startLimit = startLimit
    self.isEscrowed = isEscrowed
  }
}

/// An amount that might be set aside or spent.
public struct Quote: Sendable {
  /// Whose grant.
  public let chain: GrantChain
  /// How much, fee included.
  public let amount: Msat

  /// A question about `amount` on the holder's level of `chain`.
  public init(chain: GrantChain, amount: Msat) {
    self.chain = chain
    self.amount = amount
  }
}

/// A limit that is raised or lowered by so much.
///
/// By a difference, never to a value, so that two writers do not overwrite each other.
public struct LimitUpdate: Sendable {
  /// The node whose limit it is.
  public let node: NodeID
  /// Which of its limits; nil for the total.
  public let window: SpendWindow?
  /// By how much, in millisatoshi, within ±(2^53−1).
  public let delta: Int64
  /// The token of the holder who asks; nil for an operator.
  public let chain: GrantChain?

  /// A change by `delta`.
  public init(node: NodeID, window: SpendWindow? = nil, delta: Int64, chain: GrantChain?) {
    self.node = node
    self.window = window
    self.delta = delta
    self.chain = chain
  }
}

/// What stops or starts a subtree.
public struct NodeMarking: Sendable {
  /// What to do to it.
  public enum Action: String, Sendable {
    /// Stop admission until it is lifted.
    case freeze
    /// Lift a freeze.
    case unfreeze
    /// Stop admission for good.
    case revoke
    /// Stop admission for good, by the holder of the node itself.
    case close
  }

  /// What to do.
  public let action: Action
  /// The root of the subtree.
  public let node: NodeID
  /// The levels of the token of `node`, when it was shown; it need not have been met.
  public let shown: GrantChain?

  /// An action on the subtree at `node`.
  public init(action: Action, node: NodeID, shown: GrantChain? = nil) {
    self.action = action
    self.node = node
    self.shown = shown
  }
}

/// Money to be set aside.
public struct Reservation: Sendable {
  /// The id of the new hold.
  public let hold: HoldID
  /// The spender's verified token.
  public let chain: GrantChain
  /// How much; positive.
  public let amount: Msat
  /// When the hold lapses.
  public let expiresAt: Timestamp

  /// A reservation of `amount` until `expiresAt`.
  public init(hold: HoldID, chain: GrantChain, amount: Msat, expiresAt: Timestamp) {
    self.hold = hold
    self.chain = chain
    self.amount = amount
    self.expiresAt = expiresAt
  }
}

/// Money to be spent at once.
public struct Charge: Sendable {
  /// The id of the hold that records it.
  public let hold: HoldID
  /// The spender's verified token.
  public let chain: GrantChain
  /// How much; positive.
  public let amount: Msat

  /// A charge of `amount`.
  public init(hold: HoldID, chain: GrantChain, amount: Msat) {
    self.hold = hold
    self.chain = chain
    self.amount = amount
  }
}

/// What an open hold becomes when it is extended.
public struct Extent: Sendable {
  /// The hold.
  public let hold: HoldID
  /// The spender's verified token.
  public let chain: GrantChain
  /// Its new total, no less than before; nil to leave it.
  public let amount: Msat?
  /// Its new end, no earlier than before; nil to leave it.
  public let expiresAt: Timestamp?

  /// An extension of `hold`.
  public init(hold: HoldID, chain: GrantChain, amount: Msat? = nil, expiresAt: Timestamp? = nil) {
    self.hold = hold
    self.chain = chain
    self.amount = amount
    self.expiresAt = expiresAt
  }
}

/// Something that moves no counter, and that the audit log says all the same.
public struct AuditNote: Sendable {
  /// What was done, such as `daemon.start`.
  public let action: String
  /// The node that it was done at; nil for none.
  public let node: NodeID?
  /// Amounts, ids and reasons; never a secret.
  public let details: AuditDetails

  /// A note of `action`.
  public init(_ action: String, node: NodeID? = nil, _ details: AuditDetails = [:]) {
    self.action = action
    self.node = node
    self.details = details
  }
}

/// What became of a payment.
public enum PaymentResult: Sendable {
  /// Paid: `fee` went to routing, and the credential is sealed.
  case settled(fee: Msat, Credential)
  /// Not paid, for certain; `reason` is text without secrets.
  case failed(reason: String)
  /// Nobody can say yet; the hold stays.
  case unknown(reason: String)
}

/// What a copy costs by the rule of its service; what was paid to the seller is a payment of its own.
public struct IssueCharge: Sendable, Equatable {
  /// The id of the hold that records it.
  public let hold: HoldID
  /// How much; positive.
  public let amount: Msat
  /// Whether a grant pays it with its first copy of the credential alone.
  public let isForFirstCopy: Bool

  /// A charge of `amount`, for each copy or for a grant's first.
  public init(hold: HoldID, amount: Msat, isForFirstCopy: Bool) {
    self.hold = hold
    self.amount = amount
    self.isForFirstCopy = isForFirstCopy
  }
}

/// A copy of a credential that is handed out.
public struct CredentialIssue: Sendable {
  /// The credential in the vault.
  public let credential: CredentialID
  /// The verified token of whoever gets the copy.
  public let chain: GrantChain
  /// Unix seconds before which the copy is good at the seller; nil where the seller sees no end.
  public let validUntilSeconds: UInt64?
  /// The service it is for.
  public let service: String
  /// Whether handing it out is an operation of its own, and not the end of a payment that the same
  /// caller was admitted for.
  public let isCounted: Bool
  /// Whether the seller takes it once, so that it is handed out no more.
  public let usesUp: Bool
  /// What it costs beside what its purchase did; nil for nothing.
  public let charge: IssueCharge?

  /// A copy of `credential` for the holder of `chain`.
  public init(
    credential: CredentialID, chain: GrantChain, validUntilSeconds: UInt64?, service: String,
    isCounted: Bool = true, usesUp: Bool = false, charge: IssueCharge? = nil
  ) {
    self.usesUp = usesUp
    self.credential = credential
    self.chain = chain
    self.validUntilSeconds = validUntilSeconds
    self.service = service
    self.isCounted = isCounted
    self.charge = charge
  }
}

/// Refusals of one kind that were counted together.
public struct RefusalCount: Sendable, Equatable {
  /// The nearest node that has a row.
  public let node: NodeID?
  /// The method that was called.
  public let method: String
  /// Why it was refused: the stable reason.
  public let reason: String
  /// How many.
  public let count: UInt64
  /// The last process that was refused.
  public let peer: PeerProcess?

  /// `count` refusals of `method` at `node`.
  public init(node: NodeID?, method: String, reason: String, count: UInt64, peer: PeerProcess?) {
    self.node = node
    self.method = method
    self.reason = reason
    self.count = count
    self.peer = peer
  }
}

/// Subtrees that are in a file and leave the ledger.
public struct Archive: Sendable {
  /// The roots of the subtrees; none is below another.
  public let roots: [NodeID]
  /// The name of the file.
  public let file: String
  /// SHA-256 of the file, in hex.
  public let digest: String

  /// The subtrees at `roots`, which are in `file`.
  public init(roots: [NodeID], file: String, digest: String) {
    self.roots = roots
    self.file = file
    self.digest = digest
  }
}
