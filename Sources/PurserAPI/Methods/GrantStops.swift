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

/// The answer of the method that starts a subtree again.
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

/// A credential of which copies were handed out in a stopped subtree: its seller goes on taking
/// them until they end.
public struct OutstandingCopies: RPCObject, Equatable {
  /// The credential.
  public let credential: CredentialID
  /// The service that it is for.
  public let service: String
  /// How many copies of it were handed out that have not ended.
  public let copies: UInt64
  /// When the last of them ends at the seller, in Unix seconds; nil for no end.
  public let validUntil: UInt64?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case credential, service, copies
    case validUntil = "valid_until"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .credential:
      .init(\Self.credential, "The credential.")
    case .service:
      .init(\Self.service, "The service that it is for.")
    case .copies:
      .init(\Self.copies, "How many copies of it were handed out that have not ended.")
    case .validUntil:
      .init(
        \Self.validUntil,
        "When the last of them ends at the seller, in Unix seconds; missing for no end.")
    }
  }

  /// The wire form.
  public init(_ credential: OutstandingCredential) {
    self.credential = credential.credential
    service = credential.service
    copies = credential.copies
    validUntil = credential.validUntilSeconds
  }
}

/// The answer of the methods that stop a subtree.
public struct GrantStopped: RPCObject, Equatable {
  /// The root of the subtree.
  public let node: NodeID
  /// What sellers go on taking, those that end last first; at most 256.
  public let outstanding: [OutstandingCopies]
  /// Whether there are more.
  public let truncated: Bool

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable { case node, outstanding, truncated }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .node:
      .init(\Self.node, "The root of the subtree.")
    case .outstanding:
      .init(
        \Self.outstanding,
        "Credentials of which copies were handed out in the subtree that their sellers go on "
          + "taking, those that end last first.")
    case .truncated:
      .init(\Self.truncated, "Whether there are more than the 256 that are shown.")
    }
  }

  /// An answer for `node`.
  public init(node: NodeID, outstanding: [OutstandingCopies], truncated: Bool) {
    self.node = node
    self.outstanding = outstanding
    self.truncated = truncated
  }
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
  public typealias Reply = GrantStopped
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
  public typealias Reply = GrantStopped
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
  public typealias Reply = GrantStopped
}
