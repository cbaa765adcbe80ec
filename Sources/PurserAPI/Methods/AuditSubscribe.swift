public import PurserCore

/// Sends events of the audit log over the connection as they are committed.
public enum AuditSubscribe: RPCMethod {
  /// `audit.subscribe`.
  public static let name = "audit.subscribe"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Sends events of the audit log over the connection, from a number on and then as they come."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict]
  /// What comes afterwards.
  public static let notifications: [any RPCNotification.Type] = [
    AuditNotice.Event.self, AuditNotice.Lost.self, AuditNotice.Ended.self,
  ]

  /// Which events.
  public struct Parameters: RPCParameters {
    /// Those after this number; those to come when it is missing.
    public var after: UInt64?
    /// Those of this node and below it; missing for all.
    public var node: NodeID?
    /// Those with one of these actions, such as `grant.revoke` or `spend.*`; missing for all.
    public var actions: [String]?
    /// By how many events of the log it may fall behind once it has caught up: 1 to 100,000, 10,000
    /// when missing.
    public var maxLag: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case after, node, actions
      case maxLag = "max_lag"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .after:
        .init(\Self.after, "Those after this number; those to come when it is missing.")
      case .node: .init(\Self.node, "Those of this node and below it; missing for all.")
      case .actions:
        .init(
          \Self.actions,
          "Those with one of these actions, such as grant.revoke or spend.*; missing for all."
        ).count(1...32)
      case .maxLag:
        .init(
          \Self.maxLag,
          "By how many events of the log it may fall behind once it has caught up; 10,000 when "
            + "missing."
        ).within(1...100_000)
      }
    }

    /// A subscription.
    public init(
      after: UInt64? = nil, node: NodeID? = nil, actions: [String]? = nil, maxLag: UInt64? = nil
    ) {
      self.after = after
      self.node = node
      self.actions = actions
      self.maxLag = maxLag
    }
  }

  /// The subscription.
  public struct Reply: RPCObject, Equatable {
    /// Its number on this connection.
    public let subscription: UInt64
    /// The number after which its events come.
    public let after: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case subscription, after }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .subscription: .init(\Self.subscription, "Its number on this connection.")
      case .after: .init(\Self.after, "The number after which its events come.")
      }
    }

    /// A reply.
    public init(subscription: UInt64, after: UInt64) {
      self.subscription = subscription
      self.after = after
    }
  }
}

/// Ends a subscription of the connection.
public enum AuditUnsubscribe: RPCMethod {
  /// `audit.unsubscribe`.
  public static let name = "audit.unsubscribe"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Ends a subscription of the connection."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound]

  /// Which subscription.
  public struct Parameters: RPCParameters {
    /// Its number.
    public var subscription: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case subscription }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .subscription: .init(\Self.subscription, "Its number.")
      }
    }

    /// The subscription of this number.
    public init(subscription: UInt64) { self.subscription = subscription }
  }

  /// What it answers: the same.
  public typealias Reply = Parameters
}

/// What comes over a connection with a subscription to the audit log.
public enum AuditNotice: Sendable, Equatable {
  /// An event.
  case event(Event)
  /// The reader was too slow, and some were left out.
  case lost(Lost)
  /// Nothing more comes.
  case ended(Ended)

  /// An event was committed.
  public struct Event: RPCNotification, Equatable {
    /// `audit.event`.
    public static let name = "audit.event"
    /// When it comes.
    public static let summary = "An event was committed."

    /// The subscription.
    public let subscription: UInt64
    /// Its number, from 1.
    public let seq: UInt64
    /// Its canonical text (RFC 8785), which is what is hashed.
    public let event: String
    /// `SHA-256(previous hash ‖ text)`, in hex.
    public let hash: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case subscription, seq, event, hash }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .subscription: .init(\Self.subscription, "The subscription.")
      case .seq: .init(\Self.seq, "Its number, from 1.")
      case .event: .init(\Self.event, "Its canonical text (RFC 8785), which is what is hashed.")
      case .hash: .init(\Self.hash, "SHA-256(previous hash ‖ text), in hex.")
      }
    }

    /// An event of a subscription.
    public init(subscription: UInt64, seq: UInt64, event: String, hash: String) {
      self.subscription = subscription
      self.seq = seq
      self.event = event
      self.hash = hash
    }
  }

  /// The reader fell too far behind.
  public struct Lost: RPCNotification, Equatable {
    /// `audit.lost`.
    public static let name = "audit.lost"
    /// When it comes.
    public static let summary =
      "The reader fell more than max_lag behind: events of the log were left out; audit.list has "
      + "them."

    /// The subscription.
    public let subscription: UInt64
    /// How many events of the log were left out, whether it asked for them or not.
    public let count: UInt64
    /// The number after which they are: what `audit.list` reads on from.
    public let after: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case subscription, count, after }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .subscription: .init(\Self.subscription, "The subscription.")
      case .count:
        .init(
          \Self.count,
          "How many events of the log were left out, whether it asked for them or not.")
      case .after:
        .init(\Self.after, "The number after which they are: what audit.list reads on from.")
      }
    }

    /// `count` events after the number `after` were left out.
    public init(subscription: UInt64, count: UInt64, after: UInt64) {
      self.subscription = subscription
      self.count = count
      self.after = after
    }
  }

  /// The subscription is over, though nobody asked for that.
  public struct Ended: RPCNotification, Equatable {
    /// `audit.ended`.
    public static let name = "audit.ended"
    /// When it comes.
    public static let summary = "The log could not be read: the subscription is over."

    /// The subscription.
    public let subscription: UInt64
    /// The number up to which everything came.
    public let after: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case subscription, after }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .subscription: .init(\Self.subscription, "The subscription.")
      case .after: .init(\Self.after, "The number up to which everything came.")
      }
    }

    /// An end after the number `after`.
    public init(subscription: UInt64, after: UInt64) {
      self.subscription = subscription
      self.after = after
    }
  }
}
