public import PurserCore

/// Lists what was done at the caller's grant and below it.
public enum AuditMine: RPCMethod {
  /// `audit.mine`.
  public static let name = "audit.mine"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary = "Lists what was done at the caller's grant and below it."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Which events.
  public struct Parameters: RPCParameters {
    /// Those after this number; 0 when missing.
    public var after: UInt64?
    /// At most so many: 1 to 1000, 100 when missing.
    public var limit: Int?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case after, limit }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .after: .init(\Self.after, "Those after this number; 0 when missing.")
      case .limit:
        .init(\Self.limit, "At most so many: 1 to 1000, 100 when missing.").within(1...1000)
      }
    }

    /// The events after `after`.
    public init(after: UInt64? = nil, limit: Int? = nil) {
      self.after = after
      self.limit = limit
    }
  }

  /// An event as those below may see it: without what belongs to the grants above or to operators.
  public struct Event: RPCObject, Equatable {
    /// Its number in the whole log.
    public let seq: UInt64
    /// When, in Unix milliseconds.
    public let timeMs: UInt64
    /// What was done.
    public let action: String
    /// Who did it: `agent`, `operator` or `daemon`.
    public let by: String
    /// The grant that did it; nil for one above the caller's, and for who is no agent.
    public let actor: NodeID?
    /// The grant that it was done at.
    public let node: NodeID?
    /// Amounts, ids and reasons.
    public let details: [String: CanonicalJSON]?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case seq, action, by, actor, node, details
      case timeMs = "time_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .seq: .init(\Self.seq, "Its number in the whole log.")
      case .timeMs: .init(\Self.timeMs, "When it was done.")
      case .action: .init(\Self.action, "What was done.")
      case .by:
        .init(\Self.by, "Who did it: agent, operator or daemon.")
          .among(["agent", "operator", "daemon"])
      case .actor:
        .init(
          \Self.actor,
          "The grant that did it; missing for one above the caller's, and for who is no agent.")
      case .node: .init(\Self.node, "The grant that it was done at.")
      case .details: .init(\Self.details, "Amounts, ids and reasons.")
      }
    }

    /// An event.
    public init(
      seq: UInt64, timeMs: UInt64, action: String, by: String, actor: NodeID?, node: NodeID?,
      details: [String: CanonicalJSON]?
    ) {
      self.seq = seq
      self.timeMs = timeMs
      self.action = action
      self.by = by
      self.actor = actor
      self.node = node
      self.details = details
    }
  }

  /// The events.
  public struct Reply: RPCObject, Equatable {
    /// Oldest first.
    public let events: [Event]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case events }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .events: .init(\Self.events, "Oldest first.")
      }
    }

    /// A reply.
    public init(events: [Event]) { self.events = events }
  }
}
