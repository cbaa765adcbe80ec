public import PurserCore

/// Lists the services that the caller may use, and where they are.
public enum ServiceList: RPCMethod {
  /// `service.list`.
  public static let name = "service.list"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Lists the services that the caller may use, with their origins, so that a URL finds its own."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// One service.
  public struct Entry: RPCObject, Equatable {
    /// What the policy says of challenges that agents bring.
    public enum Bringing: String, RPCWord {
      /// They are refused; the daemon fetches them all.
      case deny
      /// They are paid to the payees that the policy lists.
      case pinned
      /// They are paid once an operator has approved.
      case approve
    }

    /// Whom a purchase serves.
    public enum Roots: String, RPCWord {
      /// Every grant that may use the service.
      case shared
      /// The grant that bought it alone.
      case perGrant = "per_grant"
    }

    /// Its id in the policy and in grant tokens.
    public let service: String
    /// `scheme://host[:port]` of each place that serves it, as the policy has them.
    public let origins: [String]
    /// Where on the first origin the daemon asks for challenges.
    public let challengePath: String
    /// What becomes of a challenge that the caller brings.
    public let bringChallenges: Bringing
    /// The schemes of its challenges that are paid, `l402`, `lsat` or `payment`, the one to be
    /// preferred first.
    public let schemes: [String]
    /// Whom a purchase serves.
    public let roots: Roots
    /// The most for one purchase, without routing, in msat; nil for no ceiling but the grants'.
    public let priceCeilingMsat: Msat?
    /// Whether the vault has a credential that the caller gets without a purchase.
    public let hasCredential: Bool

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, origins, schemes, roots
      case challengePath = "challenge_path"
      case bringChallenges = "bring_challenges"
      case priceCeilingMsat = "price_ceiling_msat"
      case hasCredential = "has_credential"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service: .init(\Self.service, "Its id in the policy and in grant tokens.")
      case .origins:
        .init(\Self.origins, "scheme://host[:port] of each place that serves it.")
      case .challengePath:
        .init(\Self.challengePath, "Where on the first origin the daemon asks for challenges.")
      case .bringChallenges:
        .init(
          \Self.bringChallenges,
          "What becomes of a challenge that the caller brings: deny, pinned to the policy's payees, "
            + "or approve, by an operator.")
      case .schemes:
        .init(
          \Self.schemes,
          "The schemes of its challenges that are paid, l402, lsat or payment, the one to be "
            + "preferred first.")
      case .roots:
        .init(
          \Self.roots,
          "Whom a purchase serves: shared, every grant, or per_grant, the one that bought it.")
      case .priceCeilingMsat:
        .init(
          \Self.priceCeilingMsat,
          "The most for one purchase, without routing; missing for no ceiling but the grants'.")
      case .hasCredential:
        .init(
          \Self.hasCredential,
          "Whether the vault has a credential that the caller gets without a purchase.")
      }
    }

    /// What a caller may know of `service`.
    public init(_ service: Service, hasCredential: Bool) {
      self.service = service.id
      origins = service.origins
      challengePath = service.challengePath
      bringChallenges =
        switch service.bringChallenges {
        case .deny: .deny
        case .pinned: service.payees.isEmpty ? .deny : .pinned
        case .approve: service.payees.isEmpty ? .approve : .pinned
        }
      schemes = service.schemes.map(\.rawValue)
      roots = service.roots == .shared ? .shared : .perGrant
      priceCeilingMsat = service.priceCeiling
      self.hasCredential = hasCredential
    }
  }

  /// The services.
  public struct Reply: RPCObject, Equatable {
    /// In the order of their ids.
    public let services: [Entry]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case services }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .services: .init(\Self.services, "In the order of their ids.")
      }
    }

    /// A reply.
    public init(services: [Entry]) { self.services = services }
  }
}
