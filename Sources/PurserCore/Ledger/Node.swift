/// One node of the tree of grants, with its counters.
public struct Node: Sendable, Equatable {
  /// Its id.
  public let id: NodeID
  /// Its number in the database, from 1.
  public let number: UInt64
  /// The node above; nil for a top-level grant.
  public let parent: NodeID?
  /// What people see.
  public let name: String?
  /// The widest limits that tokens stated for it so far, one a window; those that a token did not
  /// state are none.
  ///
  /// What binds is the token that is presented; these are what people see, and how far a
  /// registered limit can be raised.
  public var stated: [SpendLimit]
  /// Limits that were registered for it and that bind beside those of every token.
  public var registered: [SpendLimit]
  /// As `stated`, for one payment or hold.
  public var paymentLimit: Msat?
  /// As `stated`, the Unix seconds before which it and every grant above it are good.
  public var validUntilSeconds: UInt64?
  /// When it was first met.
  public let createdAt: Timestamp
  /// What stops it, itself; those above it count as well.
  public var mark: NodeMark?
  /// Whether its total limit was taken from the nodes above it, for as long as that lasts.
  public var isEscrowed: Bool
  /// What was spent here and below.
  public var settled: Msat
  /// What is set aside here and below.
  public var held: Msat
  /// What escrowed grants below have taken and not spent.
  ///
  /// An escrow inside another is part of that one.
  public var escrowed: Msat
  /// What of `settled` was spent by grants below that have been archived since.
  public var archived: Msat
  /// Whether it was made by the daemon, so that no token of it is good for longer than is known.
  public var isRegistered: Bool
  /// How many nodes there are below.
  public var descendants: UInt64
  /// The series in which what was spent here, or was admitted, is kept by time.
  public var series: Set<SpendSeries.Kind>

  /// A node as it was stored.
  public init(
    id: NodeID, number: UInt64, parent: NodeID?, name: String?, stated: [SpendLimit] = [],
    registered: [SpendLimit] = [], paymentLimit: Msat? = nil, validUntilSeconds: UInt64? = nil,
    createdAt: Timestamp, mark: NodeMark? = nil, isEscrowed: Bool = false, settled: Msat = .zero,
    held: Msat = .zero, escrowed: Msat = .zero, archived: Msat = .zero,
    isRegistered: Bool = false, descendants: UInt64 = 0,
    series: Set<SpendSeries.Kind> = []
  ) {
    self.id = id
    self.number = number
    self.parent = parent
    self.name = name
    self.stated = stated
    self.registered = registered
    self.paymentLimit = paymentLimit
    self.validUntilSeconds = validUntilSeconds
    self.createdAt = createdAt
    self.mark = mark
    self.isEscrowed = isEscrowed
    self.settled = settled
    self.held = held
    self.escrowed = escrowed
    self.archived = archived
    self.isRegistered = isRegistered
    self.descendants = descendants
    self.series = series
  }

  /// The total limit that binds every token: the registered one, or the widest that was stated.
  public var totalLimit: Msat? { limit(per: nil) }

  /// The limit for `window` that is registered, or the widest that was stated; nil for none.
  public func limit(per window: SpendWindow?) -> Msat? {
    registered.amount(per: window) ?? stated.amount(per: window)
  }

  /// The limits that bind every token: those registered, or else the widest that were stated.
  public var limits: [SpendLimit] {
    stated.map { SpendLimit(registered.amount(per: $0.window) ?? $0.amount, per: $0.window) }
  }

  /// What of its own escrow is neither spent nor set aside; zero when it has none.
  public var unspentEscrow: Msat {
    guard isEscrowed, let limit = totalLimit else { return .zero }
    return limit.subtractingToZero(settled).subtractingToZero(held)
  }
}

extension [SpendLimit] {
  /// The amount of the limit for `window`; nil when there is none.
  public func amount(per window: SpendWindow?) -> Msat? {
    first { $0.window == window }?.amount
  }

  /// Replaces the limit for `window`, or adds it.
  mutating func set(_ amount: Msat, per window: SpendWindow?) {
    removeAll { $0.window == window }
    append(SpendLimit(amount, per: window))
  }
}

/// What stops a node and everything below it.
public struct NodeMark: Sendable, Equatable {
  /// The two ways to stop a subtree.
  public enum State: String, Sendable, Codable {
    /// Until it is lifted.
    case frozen
    /// For good: revoked from above, or closed by its holder.
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
