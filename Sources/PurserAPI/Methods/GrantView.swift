public import PurserCore

/// A grant as its holder and operators see it.
public struct GrantView: RPCObject, Equatable {
  /// Where a grant is in its life.
  public enum State: String, RPCWord {
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
  /// Its spend limit as it is now, in msat; nil for none of its own.
  public let spendMsat: Msat?
  /// How far the spend limit can be raised, in msat; nil for none of its own.
  public let ceilingMsat: Msat?
  /// Its limits for windows of time.
  public let windows: [WindowLimit]
  /// Whether its spend limit was taken from the grants above it.
  public let escrow: Bool
  /// Its limit for one payment, in msat; nil for none of its own.
  public let paymentMsat: Msat?
  /// Spent by it and everything below it, in msat.
  public let settledMsat: Msat
  /// Set aside by it and everything below it, in msat.
  public let heldMsat: Msat
  /// Taken by escrows below it and not spent, in msat.
  public let escrowedMsat: Msat
  /// What its own spend limit leaves, in msat; grants above may leave less.
  public let remainingMsat: Msat?
  /// The end, in Unix seconds; nil for none of its own.
  public let validUntil: UInt64?
  /// How many grants there are below it.
  public let descendants: UInt64
  /// What its token states beside these, a caveat each; nil in a tree.
  ///
  /// Of a grant below the caller's, what it stated when it was first met.
  public let caveats: [String]?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case node, parent, name, state, descendants, windows, escrow, caveats
    case spendMsat = "spend_msat"
    case ceilingMsat = "ceiling_msat"
    case escrowedMsat = "escrowed_msat"
    case paymentMsat = "payment_msat"
    case settledMsat = "settled_msat"
    case heldMsat = "held_msat"
    case remainingMsat = "remaining_msat"
    case validUntil = "valid_until"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .node:
      .init(\Self.node, "Its node.")
    case .parent:
      .init(
        \Self.parent,
        "The node above; missing for a top-level grant, and for the caller's own.")
    case .name:
      .init(\Self.name, "What people see.")
    case .state:
      .init(\Self.state, "Where it is in its life.")
    case .spendMsat:
      .init(\Self.spendMsat, "Its spend limit as it is now, in msat; missing for none of its own.")
    case .ceilingMsat:
      .init(
        \Self.ceilingMsat,
        "How far the spend limit can be raised, in msat; missing for none of its own.")
    case .windows:
      .init(\Self.windows, "Its limits for windows of time.")
    case .escrow:
      .init(\Self.escrow, "Whether its spend limit was taken from the grants above it.")
    case .paymentMsat:
      .init(\Self.paymentMsat, "Its limit for one payment, in msat; missing for none of its own.")
    case .settledMsat:
      .init(\Self.settledMsat, "Spent by it and everything below it, in msat.")
    case .heldMsat:
      .init(\Self.heldMsat, "Set aside by it and everything below it, in msat.")
    case .escrowedMsat:
      .init(\Self.escrowedMsat, "Taken by escrows below it and not spent, in msat.")
    case .remainingMsat:
      .init(
        \Self.remainingMsat,
        "What its own spend limit leaves, in msat; grants above may leave less.")
    case .validUntil:
      .init(\Self.validUntil, "The end, in Unix seconds; missing for none of its own.")
    case .descendants:
      .init(\Self.descendants, "How many grants there are below it.")
    case .caveats:
      .init(
        \Self.caveats,
        "What its token states beside these, a caveat each; of a grant below the caller's, when it "
          + "was first met. Missing in a tree.")
    }
  }

  /// A view of `node`; `showsParent` is false for the caller's own.
  public init(_ node: Node, state: State, showsParent: Bool, caveats: [String]? = nil) {
    self.caveats = caveats
    self.node = node.id
    parent = showsParent ? node.parent : nil
    name = node.name
    self.state = state
    spendMsat = node.totalLimit
    ceilingMsat = node.stated.amount(per: nil)
    windows = node.limits.compactMap(WindowLimit.init)
    escrow = node.isEscrowed
    escrowedMsat = node.escrowed
    paymentMsat = node.paymentLimit
    settledMsat = node.settled
    heldMsat = node.held
    remainingMsat = node.totalLimit.map { $0.subtractingToZero(node.used) }
    validUntil = node.validUntilSeconds
    descendants = node.descendants
  }
}

/// At most so much in each window of time.
public struct WindowLimit: RPCObject, Equatable {
  /// The most, in msat.
  public let limitMsat: Msat
  /// The window: `90s`, `15m`, `1h`, `7d`, or `day@`, `week@`, `month@` and a time zone.
  public let per: String

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case limitMsat = "limit_msat"
    case per
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .limitMsat:
      .init(\Self.limitMsat, "The most, in msat.")
    case .per:
      .init(\Self.per, "The window: 90s, 15m, 1h, 7d, or day@, week@, month@ and a time zone.")
    }
  }

  /// A limit of `limitMsat` per `per`.
  public init(limitMsat: Msat, per: String) {
    self.limitMsat = limitMsat
    self.per = per
  }

  /// The wire form of a limit that has a window; nil for one that has none.
  public init?(_ limit: SpendLimit) {
    guard let window = limit.window else { return nil }
    self.init(limitMsat: limit.amount, per: window.text)
  }

  /// The limit; nil when `per` is no window.
  public var limit: SpendLimit? { SpendWindow(per).map { SpendLimit(limitMsat, per: $0) } }
}

/// At most so many operations in each window of time.
public struct CallWindow: RPCObject, Equatable {
  /// The most, 0 to 2^53−1.
  public let count: UInt64
  /// The window, as in ``WindowLimit/per``.
  public let per: String

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case count, per
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .count:
      .init(\Self.count, "The most, 0 to 2^53−1.")
    case .per:
      .init(\Self.per, "The window, as in per.")
    }
  }

  /// A limit of `count` per `per`.
  public init(count: UInt64, per: String) {
    self.count = count
    self.per = per
  }

  /// The wire form of a limit.
  public init(_ limit: CallLimit) { self.init(count: limit.count, per: limit.window.text) }

  /// The limit; nil when `per` is no window, or `count` out of range.
  public var limit: CallLimit? {
    guard count <= Msat.max.value else { return nil }
    return SpendWindow(per).map { CallLimit(count, per: $0) }
  }
}

/// Above what a payment waits for an operator.
public struct ApprovalThreshold: RPCObject, Equatable {
  /// The greatest payment that does not wait, routing fee included, in msat; with `per`, the most
  /// that is spent in the window before payments wait.
  public let aboveMsat: Msat
  /// The window, as in ``WindowLimit/per``; missing for each payment by itself.
  public let per: String?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case aboveMsat = "above_msat"
    case per
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .aboveMsat:
      .init(
        \Self.aboveMsat,
        "The greatest payment that does not wait, routing fee included, in msat; with per, "
          + "the most that is spent in the window before payments wait.")
    case .per:
      .init(\Self.per, "The window, as in per; missing for each payment by itself.")
    }
  }

  /// A threshold of `aboveMsat`, for each payment or per `per`.
  public init(aboveMsat: Msat, per: String? = nil) {
    self.aboveMsat = aboveMsat
    self.per = per
  }

  /// The wire form of a threshold.
  public init(_ limit: SpendLimit) {
    self.init(aboveMsat: limit.amount, per: limit.window?.text)
  }

  /// The threshold; nil when `per` is no window.
  public var limit: SpendLimit? {
    guard let per else { return SpendLimit(aboveMsat) }
    return SpendWindow(per).map { SpendLimit(aboveMsat, per: $0) }
  }
}
