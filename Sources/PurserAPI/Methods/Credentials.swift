public import PurserCore

/// A copy of a paid L402 credential, narrowed for the caller.
public struct CredentialReply: Codable, Sendable, Equatable {
  /// One restriction of the copy, and who sees to it.
  public struct Restriction: Codable, Sendable, Equatable {
    /// Who sees to a restriction.
    public enum Enforcer: String, Codable, Sendable {
      /// The seller refuses what is outside of it.
      case seller
      /// Purser refuses what is outside of it, when it is asked; a copy in hand is not stopped.
      case purser
      /// Nobody, once the copy is handed out.
      case advisory
    }

    /// What is restricted, such as `services`.
    public let condition: String
    /// To what.
    public let value: String
    /// Who sees to it.
    public let enforcedBy: Enforcer

    enum CodingKeys: String, CodingKey {
      case condition, value
      case enforcedBy = "enforced_by"
    }

    /// A restriction.
    public init(condition: String, value: String, enforcedBy: Enforcer) {
      self.condition = condition
      self.value = value
      self.enforcedBy = enforcedBy
    }
  }

  /// The credential in the vault that this is a copy of.
  public let credential: CredentialID
  /// The service.
  public let service: String
  /// `L402` or `LSAT`, as the seller spells it.
  public let scheme: String
  /// The token, in padded base64.
  public let token: String
  /// The preimage, in hex.
  public let preimage: String
  /// The value for an `Authorization` header.
  public let authorization: String
  /// The value for gRPC's `macaroon` metadata; nil for a token that is no macaroon.
  public let grpcMacaroon: String?
  /// When the copy ends at the seller, in Unix seconds; nil where the seller sees no end.
  public let expiresAt: UInt64?
  /// What the caller was charged for this copy, in msat.
  public let costMsat: Msat
  /// Every restriction of the copy.
  public let restrictions: [Restriction]
  /// Whether the copy is the seller's token itself, bound by nothing at the seller.
  public let bare: Bool

  enum CodingKeys: String, CodingKey {
    case credential, service, scheme, token, preimage, authorization, restrictions, bare
    case grpcMacaroon = "grpc_macaroon"
    case expiresAt = "expires_at"
    case costMsat = "cost_msat"
  }

  /// A copy.
  public init(
    credential: CredentialID, service: String, scheme: String, token: String, preimage: String,
    authorization: String, grpcMacaroon: String?, expiresAt: UInt64?, costMsat: Msat,
    restrictions: [Restriction], bare: Bool
  ) {
    self.credential = credential
    self.service = service
    self.scheme = scheme
    self.token = token
    self.preimage = preimage
    self.authorization = authorization
    self.grpcMacaroon = grpcMacaroon
    self.expiresAt = expiresAt
    self.costMsat = costMsat
    self.restrictions = restrictions
    self.bare = bare
  }
}

/// Gives the caller a credential for a service, and buys one if the vault has none.
public enum CredentialRequest: RPCMethod {
  /// `credential.request`.
  public static let name = "credential.request"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// For what, and for how long.
  public struct Parameters: RPCParameters {
    /// The service of the policy.
    public var service: String
    /// The capabilities; missing for all that the caller may use.
    public var capabilities: [String]?
    /// How long, in seconds; the policy sets the longest.
    public var ttlSeconds: UInt64?
    /// How long to wait for an operator where one has to approve, in seconds, at most 600; not at
    /// all when missing.
    public var waitSeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, capabilities
      case ttlSeconds = "ttl_s"
      case waitSeconds = "wait_s"
    }

    /// A credential for `service`.
    public init(
      service: String, capabilities: [String]? = nil, ttlSeconds: UInt64? = nil,
      waitSeconds: UInt64? = nil
    ) {
      self.service = service
      self.capabilities = capabilities
      self.ttlSeconds = ttlSeconds
      self.waitSeconds = waitSeconds
    }
  }

  /// What it answers.
  public typealias Reply = CredentialReply
}

/// Pays a challenge that the caller brings, of a seller whose payees the policy pins.
public enum ChallengePay: RPCMethod {
  /// `challenge.pay`.
  public static let name = "challenge.pay"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// The seller's answer.
  public struct Parameters: RPCParameters {
    /// The service of the policy.
    public var service: String
    /// The values of the `WWW-Authenticate` headers of the 402.
    public var wwwAuthenticate: [String]
    /// How long the copy is to be good, in seconds; the policy sets the longest.
    public var ttlSeconds: UInt64?
    /// How long to wait for an operator where one has to approve, in seconds, at most 600; not at
    /// all when missing.
    public var waitSeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service
      case wwwAuthenticate = "www_authenticate"
      case ttlSeconds = "ttl_s"
      case waitSeconds = "wait_s"
    }

    /// A challenge of `service`.
    public init(
      service: String, wwwAuthenticate: [String], ttlSeconds: UInt64? = nil,
      waitSeconds: UInt64? = nil
    ) {
      self.service = service
      self.wwwAuthenticate = wwwAuthenticate
      self.ttlSeconds = ttlSeconds
      self.waitSeconds = waitSeconds
    }
  }

  /// What it answers.
  public typealias Reply = CredentialReply
}
