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
    /// How far `spendMsat` can be raised later, in msat; no further when missing.
    public var ceilingMsat: Msat?
    /// The most that it and everything below it may spend in windows of time; at most four.
    public var windows: [WindowLimit]?
    /// Whether `spendMsat` is taken from the grants above at once; shared with them when missing.
    public var escrow: Bool?
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
    /// The only methods that it may call: names, or `spend.*` for all that begin so.
    public var methods: [String]?
    /// How many operations of it and everything below it are admitted; at most four windows.
    public var calls: [CallWindow]?
    /// Above what a payment waits for an operator; at most four, one for each window.
    public var approveAbove: [ApprovalThreshold]?
    /// What is asked of the process that shows the token, such as `uid=1001`; all of it holds.
    public var peer: [String]?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case name, services, capabilities, depth, windows, escrow, methods, calls, peer
      case approveAbove = "approve_above"
      case spendMsat = "spend_msat"
      case ceilingMsat = "ceiling_msat"
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
    /// Whether to show grants whose time has long been over, too.
    public var all: Bool?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node, all }

    /// The subtree at `node`.
    public init(node: NodeID? = nil, all: Bool? = nil) {
      self.node = node
      self.all = all
    }
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
