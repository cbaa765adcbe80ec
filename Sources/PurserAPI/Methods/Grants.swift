public import PurserCore

/// Makes a grant: below the caller's, or, for an operator without a token, a top-level one.
public enum GrantCreate: RPCMethod {
  /// `grant.create`.
  public static let name = "grant.create"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Makes a grant: below the caller's, or, for an operator without a token, a top-level "
    + "one."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

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

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .name:
        .init(\Self.name, "What people will see: 1 to 64 bytes.").length(1...64)
      case .spendMsat:
        .init(\Self.spendMsat, "The most that it and everything below it may spend, in msat.")
      case .ceilingMsat:
        .init(
          \Self.ceilingMsat,
          "How far spend_msat can be raised later, in msat; no further when missing.")
      case .windows:
        .init(
          \Self.windows,
          "The most that it and everything below it may spend in windows of time; at most four."
        )
        .count(0...4)
      case .escrow:
        .init(
          \Self.escrow,
          "Whether spend_msat is taken from the grants above at once; shared with them when "
            + "missing.")
      case .paymentMsat:
        .init(\Self.paymentMsat, "The most for one payment or hold, fee included, in msat.")
      case .services:
        .init(\Self.services, "The only services; missing for all that the caller may use.")
      case .capabilities:
        .init(\Self.capabilities, "The only capabilities, by service.")
      case .validUntil:
        .init(\Self.validUntil, "The end, in Unix seconds.")
      case .ttlSeconds:
        .init(\Self.ttlSeconds, "The end, in seconds from now; instead of valid_until.")
      case .depth:
        .init(\Self.depth, "How many levels may be opened below it.")
      case .methods:
        .init(
          \Self.methods,
          "The only methods that it may call: names, or spend.* for all that begin so.")
      case .calls:
        .init(
          \Self.calls,
          "How many operations of it and everything below it are admitted in windows of time."
        )
        .count(0...4)
      case .approveAbove:
        .init(\Self.approveAbove, "Above what a payment waits for an operator.").count(0...4)
      case .peer:
        .init(
          \Self.peer,
          "What is asked of the process that shows the token, such as uid=1001; all of it holds."
        )
        .count(0...16)
      }
    }

    /// No limits of its own yet.
    public init() {}
  }

  /// The new grant.
  public struct Reply: RPCObject, Equatable {
    /// Its node.
    public let node: NodeID
    /// Its token: a secret, for the agent that the grant is for.
    public let token: String
    /// The end, in Unix seconds; nil for none.
    public let validUntil: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node, token
      case validUntil = "valid_until"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "Its node.")
      case .token:
        .init(\Self.token, "Its token: a secret, for the agent that the grant is for.")
      case .validUntil:
        .init(\Self.validUntil, "The end, in Unix seconds; missing for none.")
      }
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
  /// What it does.
  public static let summary = "Shows one grant: the caller's own, or one below it."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound]

  /// Which grant.
  public struct Parameters: RPCParameters {
    /// Its node; missing for the caller's own.
    public var node: NodeID?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "Its node; missing for the caller's own.")
      }
    }

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
  /// What it does.
  public static let summary = "Shows the caller's subtree; to an operator, the whole tree."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound]

  /// Which subtree.
  public struct Parameters: RPCParameters {
    /// Its root; missing for the caller's own, or for everything.
    public var node: NodeID?
    /// Whether to show grants whose time has long been over, too.
    public var all: Bool?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node, all }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "Its root; missing for the caller's own, or for everything.")
      case .all:
        .init(\Self.all, "Whether to show grants whose time has long been over, too.")
      }
    }

    /// The subtree at `node`.
    public init(node: NodeID? = nil, all: Bool? = nil) {
      self.node = node
      self.all = all
    }
  }

  /// The grants, each before those below it.
  public struct Reply: RPCObject, Equatable {
    /// The grants, depth first, siblings in the order in which they were first met.
    public let grants: [GrantView]
    /// Whether there are more than the bound of 10,000 that are shown.
    public let truncated: Bool

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case grants, truncated }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .grants:
        .init(
          \Self.grants,
          "The grants, depth first, siblings in the order in which they were first met.")
      case .truncated:
        .init(\Self.truncated, "Whether there are more than the bound of 10,000 that are shown.")
      }
    }

    /// A reply.
    public init(grants: [GrantView], truncated: Bool) {
      self.grants = grants
      self.truncated = truncated
    }
  }
}
