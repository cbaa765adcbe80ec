/// One node of the tree of grants, with its counters.
public struct Node: Sendable, Equatable {
  /// Its id.
  public let id: NodeID
  /// The node above; nil for a top-level grant.
  public let parent: NodeID?
  /// What people see.
  public let name: String?
  /// The widest limit that a token stated for it so far; nil when one stated none.
  ///
  /// For people to see: what binds is the limit of the token that is presented.
  public var spendLimit: Msat?
  /// As `spendLimit`, for one payment or hold.
  public var paymentLimit: Msat?
  /// As `spendLimit`, the Unix seconds before which it is good.
  public var validUntilSeconds: UInt64?
  /// When it was first met.
  public let createdAt: Timestamp
  /// What was spent here and below.
  public var settled: Msat
  /// What is set aside here and below.
  public var held: Msat
  /// How many nodes there are below.
  public var descendants: UInt64

  /// A node as it was stored.
  public init(
    id: NodeID, parent: NodeID?, name: String?, spendLimit: Msat?, paymentLimit: Msat?,
    validUntilSeconds: UInt64?, createdAt: Timestamp, settled: Msat = .zero, held: Msat = .zero,
    descendants: UInt64 = 0
  ) {
    self.id = id
    self.parent = parent
    self.name = name
    self.spendLimit = spendLimit
    self.paymentLimit = paymentLimit
    self.validUntilSeconds = validUntilSeconds
    self.createdAt = createdAt
    self.settled = settled
    self.held = held
    self.descendants = descendants
  }
}

/// What stops a node and everything below it.
public struct NodeMark: Sendable, Equatable {
  /// The two ways to stop a subtree.
  public enum State: String, Sendable, Codable {
    /// Until it is lifted.
    case frozen
    /// For good.
    case revoked
  }

  /// Frozen or revoked.
  public let state: State
  /// The node whose holder set it; nil for an operator and for the daemon.
  public let setBy: NodeID?

  /// A mark set by the holder of `setBy`, or by an operator when that is nil.
  public init(state: State, setBy: NodeID?) {
    self.state = state
    self.setBy = setBy
  }
}

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
  public let amount: Msat
  /// When it was admitted.
  public let createdAt: Timestamp
  /// When it lapses; nil for a payment, which has no timer.
  public let expiresAt: Timestamp?
  /// Where it is in its life.
  public var state: State
  /// What was spent of it; more than `amount` only in an overrun.
  public var settled: Msat

  /// A hold as it was stored.
  public init(
    id: HoldID, node: NodeID, kind: Kind, amount: Msat, createdAt: Timestamp,
    expiresAt: Timestamp?, state: State = .held, settled: Msat = .zero
  ) {
    self.id = id
    self.node = node
    self.kind = kind
    self.amount = amount
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.state = state
    self.settled = settled
  }
}

/// One Lightning payment and what it buys; its hold carries the money.
public struct Payment: Sendable, Equatable {
  /// The payment state machine: `intent` → `sent` → `settled` | `failed` | `unknown`.
  public enum State: String, Sendable, Codable {
    /// On disk, nothing sent: after a restart it was never sent.
    case intent
    /// The wallet may have it.
    case sent
    /// The wallet was asked and its answer does not say whether money moved. The hold stays.
    case unknown
    /// Paid; the preimage is in the vault.
    case settled
    /// Not paid, for certain.
    case failed

    /// Whether money may still move.
    public var isOpen: Bool { self == .intent || self == .sent || self == .unknown }
  }

  /// The hold that carries it.
  public let hold: HoldID
  /// The node that pays.
  public let node: NodeID
  /// What the preimage hashes to, 32 bytes.
  public let paymentHash: [UInt8]
  /// The BOLT 11 invoice.
  public let invoice: String
  /// The amount of the invoice.
  public let amount: Msat
  /// The most that routing may cost.
  public let feeLimit: Msat
  /// When the invoice expires, Unix seconds.
  public let invoiceExpiresAtSeconds: UInt64
  /// What is bought.
  public let purchase: Purchase
  /// The token that the preimage completes, sealed.
  public let sealedToken: [UInt8]
  /// Where it is in its life.
  public var state: State

  /// A payment as it was stored.
  public init(
    hold: HoldID, node: NodeID, paymentHash: [UInt8], invoice: String, amount: Msat,
    feeLimit: Msat, invoiceExpiresAtSeconds: UInt64, purchase: Purchase, sealedToken: [UInt8],
    state: State = .intent
  ) {
    self.hold = hold
    self.node = node
    self.paymentHash = paymentHash
    self.invoice = invoice
    self.amount = amount
    self.feeLimit = feeLimit
    self.invoiceExpiresAtSeconds = invoiceExpiresAtSeconds
    self.purchase = purchase
    self.sealedToken = sealedToken
    self.state = state
  }
}

/// What a payment buys: while one for the same purchase might settle, no second one is paid.
public struct Purchase: Sendable, Hashable {
  /// The service of the policy.
  public let service: String
  /// The capabilities asked for, sorted.
  public let capabilities: [String]
  /// The only grant that the credential serves, or nil for the shared vault.
  public let scope: NodeID?

  /// A purchase of `capabilities` of `service`, for everybody or for the grant `scope` alone.
  public init(service: String, capabilities: some Sequence<String>, scope: NodeID?) {
    self.service = service
    self.capabilities = Set(capabilities).sorted()
    self.scope = scope
  }
}

/// A paid L402 token in the vault.
///
/// Token and preimage are in `sealed` alone.
public struct Credential: Sendable, Equatable {
  /// Whether it is handed out.
  public enum State: String, Sendable, Codable {
    /// Copies are handed out.
    case active
    /// The seller refused it or an operator took it out.
    case retired
  }

  /// Its id.
  public let id: CredentialID
  /// What it is good for.
  public let purchase: Purchase
  /// The hash that it was paid under, 32 bytes.
  public let paymentHash: [UInt8]
  /// Unix seconds before which the seller takes it, as the token itself says; nil for no end.
  public let validUntilSeconds: UInt64?
  /// What it cost, fee included; zero for an imported one.
  public let cost: Msat
  /// The node that bought it; nil for an imported one.
  public let boughtBy: NodeID?
  /// Token and preimage, sealed.
  public let sealed: [UInt8]
  /// When it came in.
  public let createdAt: Timestamp
  /// Whether it is handed out.
  public var state: State

  /// A credential as it was stored.
  public init(
    id: CredentialID, purchase: Purchase, paymentHash: [UInt8], validUntilSeconds: UInt64?,
    cost: Msat, boughtBy: NodeID?, sealed: [UInt8], createdAt: Timestamp, state: State = .active
  ) {
    self.id = id
    self.purchase = purchase
    self.paymentHash = paymentHash
    self.validUntilSeconds = validUntilSeconds
    self.cost = cost
    self.boughtBy = boughtBy
    self.sealed = sealed
    self.createdAt = createdAt
    self.state = state
  }
}
