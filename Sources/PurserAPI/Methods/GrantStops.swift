public import PurserCore

/// The parameters of the methods that stop or start a subtree.
public struct GrantTarget: RPCParameters {
  /// The root of the subtree, by node id.
  public var node: NodeID?
  /// The root of the subtree, by its token; it need not have been used yet.
  public var target: String?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable { case node, target }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .node:
      .init(\Self.node, "The root of the subtree, by node id.")
    case .target:
      .init(\Self.target, "The root of the subtree, by its token; it need not have been used yet.")
    }
  }

  /// The subtree at `node`, or at the node of the token `target`.
  public init(node: NodeID? = nil, target: String? = nil) {
    self.node = node
    self.target = target
  }
}

/// The answer of the methods that stop or start a subtree.
public struct GrantMarked: RPCObject, Equatable {
  /// The root of the subtree.
  public let node: NodeID

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable { case node }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .node:
      .init(\Self.node, "The root of the subtree.")
    }
  }

  /// An answer for `node`.
  public init(node: NodeID) { self.node = node }
}

/// Stops admission in a subtree until it is lifted; what is in flight still settles.
public enum GrantFreeze: RPCMethod {
  /// `grant.freeze`.
  public static let name = "grant.freeze"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Stops admission in a subtree until it is lifted; what is in flight still settles."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true
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
  /// What it does.
  public static let summary = "Lifts a freeze: by whoever set it, or above."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true
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
  /// What it does.
  public static let summary =
    "Stops admission in a subtree for good; what is in flight still settles."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true
  /// Which subtree.
  public typealias Parameters = GrantTarget

  /// What it answers.
  public typealias Reply = GrantMarked
}

/// Ends the caller's own grant, or one below it, for good: what an escrow has not spent goes back.
public enum GrantClose: RPCMethod {
  /// `grant.close`.
  public static let name = "grant.close"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Ends the caller's own grant, or one below it, for good: what an escrow has not spent "
    + "goes back."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true
  /// Which subtree; the caller's own when both members are missing.
  public typealias Parameters = GrantTarget

  /// What it answers.
  public typealias Reply = GrantMarked
}
