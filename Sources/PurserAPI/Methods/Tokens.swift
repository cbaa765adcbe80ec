public import PurserCore

/// Says what a token allows, level by level, and whether it would be served now.
public enum TokenInspect: RPCMethod {
  /// `token.inspect`.
  public static let name = "token.inspect"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Says what a token allows, level by level, and whether it would be served now."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Which token.
  public struct Parameters: RPCParameters {
    /// The token's text; missing for the caller's own.
    public var target: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case target }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .target: .init(\Self.target, "The token's text; missing for the caller's own.")
      }
    }

    /// The token `target`.
    public init(target: String? = nil) { self.target = target }
  }

  /// One level of a token.
  public struct Level: RPCObject, Equatable {
    /// The node whose counters it uses.
    public let node: NodeID
    /// What binds it and every level below, in the token's order.
    public let caveats: [CredentialReply.Restriction]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case node, caveats }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node: .init(\Self.node, "The node whose counters it uses.")
      case .caveats:
        .init(\Self.caveats, "What binds it and every level below, in the token's order.")
      }
    }

    /// A level.
    public init(node: NodeID, caveats: [CredentialReply.Restriction]) {
      self.node = node
      self.caveats = caveats
    }
  }

  /// What it says.
  public struct Reply: RPCObject, Equatable {
    /// The node that it acts at.
    public let node: NodeID
    /// Whether it would be served now.
    public let state: GrantView.State
    /// The end, in Unix seconds; nil for none.
    public let validUntil: UInt64?
    /// How many levels may be opened below it; nil for as many as a token may have.
    public let depth: UInt64?
    /// The services of the policy that it may use, sorted.
    public let services: [String]
    /// The levels, from the top-level grant down.
    public let levels: [Level]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node, state, depth, services, levels
      case validUntil = "valid_until"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node: .init(\Self.node, "The node that it acts at.")
      case .state: .init(\Self.state, "Whether it would be served now.")
      case .validUntil: .init(\Self.validUntil, "The end; missing for none.")
      case .depth:
        .init(
          \Self.depth,
          "How many levels may be opened below it; missing for as many as a token may have.")
      case .services:
        .init(\Self.services, "The services of the policy that it may use, sorted.")
      case .levels: .init(\Self.levels, "The levels, from the top-level grant down.")
      }
    }

    /// A reply.
    public init(
      node: NodeID, state: GrantView.State, validUntil: UInt64?, depth: UInt64?,
      services: [String], levels: [Level]
    ) {
      self.node = node
      self.state = state
      self.validUntil = validUntil
      self.depth = depth
      self.services = services
      self.levels = levels
    }
  }
}

/// Opens a level below the caller's in a copy of its token, as a holder can do offline as well.
///
/// Nothing is registered: the daemon meets the new grant when it first spends.
public enum TokenAttenuate: RPCMethod {
  /// `token.attenuate`.
  public static let name = "token.attenuate"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Opens a level below the caller's in a copy of its token, and registers nothing."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.forbidden] + RPCErrorReason.stopped

  /// The limits of the new level: those of `grant.create` that a token can carry.
  public struct Parameters: RPCParameters {
    /// The limits; its `escrow` and `ceilingMsat` have no place here.
    public var limits: GrantCreate.Parameters

    /// The names on the wire.
    public typealias CodingKeys = GrantCreate.Parameters.CodingKeys

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      GrantCreate.Parameters.describe(member)
    }

    /// Those of `grant.create` that need no registration.
    public static var members: [RPCMember.Named] {
      GrantCreate.Parameters.members.filter { member in
        ![CodingKeys.escrow, .ceilingMsat].map(\.stringValue).contains(member.name)
      }
    }

    /// A level with these limits.
    public init(_ limits: GrantCreate.Parameters) { self.limits = limits }

    /// Reads the limits.
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
      limits = try GrantCreate.Parameters(from: decoder)
    }

    /// Writes the limits.
    public func encode(to encoder: any Encoder) throws { try limits.encode(to: encoder) }
  }

  /// What it answers.
  public typealias Reply = GrantCreate.Reply
}
