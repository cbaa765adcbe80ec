public import PurserCore

/// Makes a grant: below the caller's, or, for an operator without a token, a top-level one.
public enum GrantCreate: RPCMethod {
  /// `grant.create`.
  public static let name = "grant.create"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// The limits of the new grant; each may be at most as wide as the caller's own.
  public struct Parameters: RPCParameters {
    /// What people will see: 1 to 64 bytes.
    public var name: String?
    /// The most that it and everything below it may spend, in msat.
    public var spendMsat: Msat?
    /// The most for one payment or hold, fee included, in msat.
    public var paymentMsat: Msat?
    /// The only services; missing for all that the caller may use.
    public var services: [String]?
    /// The only capabilities, by service.
    public var capabilities: [String: [String]]?
    /// The end, in Unix seconds.
    public var validUntil: UInt64?
    /// The end, in seconds from now; instead of `validUntil`.
    public var ttlSeconds: UInt64?
    /// How many levels may be opened below it.
    public var depth: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case name, services, capabilities, depth
      case spendMsat = "spend_msat"
      case paymentMsat = "payment_msat"
      case validUntil = "valid_until"
      case ttlSeconds = "ttl_s"
    }

    /// No limits of its own yet.
    public init() {}
  }

  /// The new grant.
  public struct Reply: Codable, Sendable, Equatable {
    /// Its node.
    public let node: NodeID
    /// Its token: a secret, for the agent that the grant is for.
    public let token: String
    /// The end, in Unix seconds; nil for none.
    public let validUntil: UInt64?

    enum CodingKeys: String, CodingKey {
      case node, token
      case validUntil = "valid_until"
    }

    /// A reply.
    public init(node: NodeID, token: String, validUntil: UInt64?) {
      self.node = node
      self.token = token
      self.validUntil = validUntil
    }
  }
}

/// A grant as its holder and operators see it.
public struct GrantView: Codable, Sendable, Equatable {
  /// Where a grant is in its life.
  public enum State: String, Codable, Sendable {
    /// Admits.
    case active
    /// It, or one above it, is frozen.
    case frozen
    /// It, or one above it, was revoked.
    case revoked
    /// Its time, or that of one above it, is over.
    case expired
  }

  /// Its node.
  public let node: NodeID
  /// The node above; nil for a top-level grant, and for the caller's own.
  public let parent: NodeID?
  /// What people see.
  public let name: String?
  /// Where it is in its life.
  public let state: State
  /// Its spend limit, in msat; nil for none of its own.
  public let spendMsat: Msat?
  /// Its limit for one payment, in msat; nil for none of its own.
  public let paymentMsat: Msat?
  /// Spent by it and everything below it, in msat.
  public let settledMsat: Msat
  /// Set aside by it and everything below it, in msat.
  public let heldMsat: Msat
  /// What its own spend limit leaves, in msat; grants above may leave less.
  public let remainingMsat: Msat?
  /// The end, in Unix seconds; nil for none of its own.
  public let validUntil: UInt64?
  /// How many grants there are below it.
  public let descendants: UInt64

  enum CodingKeys: String, CodingKey {
    case node, parent, name, state, descendants
    case spendMsat = "spend_msat"
    case paymentMsat = "payment_msat"
    case settledMsat = "settled_msat"
    case heldMsat = "held_msat"
    case remainingMsat = "remaining_msat"
    case validUntil = "valid_until"
  }

  /// A view of `node`; `showsParent` is false for the caller's own.
  public init(_ node: Node, state: State, showsParent: Bool) {
    self.node = node.id
    parent = showsParent ? node.parent : nil
    name = node.name
    self.state = state
    spendMsat = node.spendLimit
    paymentMsat = node.paymentLimit
    settledMsat = node.settled
    heldMsat = node.held
    remainingMsat = node.spendLimit.map {
      $0.subtractingToZero(node.settled).subtractingToZero(node.held)
    }
    validUntil = node.validUntilSeconds
    descendants = node.descendants
  }
}

/// Shows one grant: the caller's own, or one below it.
public enum GrantGet: RPCMethod {
  /// `grant.get`.
  public static let name = "grant.get"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// Which grant.
  public struct Parameters: RPCParameters {
    /// Its node; missing for the caller's own.
    public var node: NodeID?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node }

    /// The grant at `node`.
    public init(node: NodeID? = nil) { self.node = node }
  }

  /// What it answers.
  public typealias Reply = GrantView
}

/// Shows the caller's subtree; to an operator, the whole tree.
public enum GrantTree: RPCMethod {
  /// `grant.tree`.
  public static let name = "grant.tree"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// Which subtree.
  public struct Parameters: RPCParameters {
    /// Its root; missing for the caller's own, or for everything.
    public var node: NodeID?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node }

    /// The subtree at `node`.
    public init(node: NodeID? = nil) { self.node = node }
  }

  /// The grants, each before those below it.
  public struct Reply: Codable, Sendable, Equatable {
    /// The grants, depth first, siblings in the order in which they were first met.
    public let grants: [GrantView]
    /// Whether there are more than the bound of 10,000 that are shown.
    public let truncated: Bool

    /// A reply.
    public init(grants: [GrantView], truncated: Bool) {
      self.grants = grants
      self.truncated = truncated
    }
  }
}

/// The parameters of the three methods that stop or start a subtree.
public struct GrantTarget: RPCParameters {
  /// The root of the subtree, by node id.
  public var node: NodeID?
  /// The root of the subtree, by its token; it need not have been used yet.
  public var target: String?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable { case node, target }

  /// The subtree at `node`, or at the node of the token `target`.
  public init(node: NodeID? = nil, target: String? = nil) {
    self.node = node
    self.target = target
  }
}

/// The answer of the three methods that stop or start a subtree.
public struct GrantMarked: Codable, Sendable, Equatable {
  /// The root of the subtree.
  public let node: NodeID

  /// An answer for `node`.
  public init(node: NodeID) { self.node = node }
}

/// Stops admission in a subtree until it is lifted; what is in flight still settles.
public enum GrantFreeze: RPCMethod {
  /// `grant.freeze`.
  public static let name = "grant.freeze"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// Which subtree.
  public typealias Parameters = GrantTarget

  /// What it answers.
  public typealias Reply = GrantMarked
}

/// Lifts a freeze: by whoever set it, or above.
public enum GrantUnfreeze: RPCMethod {
  /// `grant.unfreeze`.
  public static let name = "grant.unfreeze"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// Which subtree.
  public typealias Parameters = GrantTarget

  /// What it answers.
  public typealias Reply = GrantMarked
}

/// Stops admission in a subtree for good; what is in flight still settles.
public enum GrantRevoke: RPCMethod {
  /// `grant.revoke`.
  public static let name = "grant.revoke"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// Which subtree.
  public typealias Parameters = GrantTarget

  /// What it answers.
  public typealias Reply = GrantMarked
}
