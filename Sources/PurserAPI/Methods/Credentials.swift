public import PurserCore

/// A copy of a paid L402 credential, narrowed for the caller.
public struct CredentialReply: RPCObject, Equatable {
  /// One restriction of the copy, and who sees to it.
  public struct Restriction: RPCObject, Equatable {
    /// Who sees to a restriction.
    public enum Enforcer: String, RPCWord {
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

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case condition, value
      case enforcedBy = "enforced_by"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .condition:
        .init(\Self.condition, "What is restricted, such as services.")
      case .value:
        .init(\Self.value, "To what.")
      case .enforcedBy:
        .init(\Self.enforcedBy, "Who sees to it.")
      }
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
  /// `L402` or `LSAT`, as the seller spells it, or `Payment`, which is good for one request.
  public let scheme: String
  /// The token: a macaroon in padded base64, another one as it came, a Payment challenge in
  /// base64url.
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

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case credential, service, scheme, token, preimage, authorization, restrictions, bare
    case grpcMacaroon = "grpc_macaroon"
    case expiresAt = "expires_at"
    case costMsat = "cost_msat"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .credential:
      .init(\Self.credential, "The credential in the vault that this is a copy of.")
    case .service:
      .init(\Self.service, "The service.")
    case .scheme:
      .init(
        \Self.scheme,
        "L402 or LSAT, as the seller spells it, or Payment, which is good for one request.")
    case .token:
      .init(
        \Self.token,
        "The token: a macaroon in padded base64, another one as it came, a Payment challenge in "
          + "base64url.")
    case .preimage:
      .init(\Self.preimage, "The preimage, in hex.")
    case .authorization:
      .init(\Self.authorization, "The value for an Authorization header.")
    case .grpcMacaroon:
      .init(
        \Self.grpcMacaroon,
        "The value for gRPC's macaroon metadata; missing for a token that is no macaroon.")
    case .expiresAt:
      .init(
        \Self.expiresAt,
        "When the copy ends at the seller, in Unix seconds; missing where the seller sees no end.")
    case .costMsat:
      .init(\Self.costMsat, "What the caller was charged for this copy, in msat.")
    case .restrictions:
      .init(\Self.restrictions, "Every restriction of the copy.")
    case .bare:
      .init(
        \Self.bare,
        "Whether the copy is the seller's token itself, bound by nothing at the seller.")
    }
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
  /// What it does.
  public static let summary =
    "Gives the caller a credential for a service, and buys one if the vault has none."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .notFound, .conflict, .paymentFailed, .paymentPending, .upstream]
    + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Whether a credential may be bought.
  public enum Buying: String, RPCWord {
    /// When the vault has none that can be used.
    case ifNeeded = "if_needed"
    /// Never: without one in the vault the answer is `not_found`, and nobody is asked for anything.
    case never
  }

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
    /// The most that the seller may ask, without routing, in msat; no limit of the request's own
    /// when missing.
    public var maxCostMsat: Msat?
    /// The most that routing may cost, in msat; the policy's fee_limit when missing.
    public var maxFeeMsat: Msat?
    /// Whether it may be bought; if need be when missing.
    public var buy: Buying?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, capabilities, buy
      case ttlSeconds = "ttl_s"
      case waitSeconds = "wait_s"
      case maxCostMsat = "max_cost_msat"
      case maxFeeMsat = "max_fee_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service:
        .init(\Self.service, "The service of the policy.")
      case .capabilities:
        .init(\Self.capabilities, "The capabilities; missing for all that the caller may use.")
      case .ttlSeconds:
        .init(\Self.ttlSeconds, "How long, in seconds; the policy sets the longest.")
      case .waitSeconds:
        .init(
          \Self.waitSeconds,
          "How long to wait for an operator where one has to approve, in seconds; not at all when "
            + "missing."
        ).within(1...600)
      case .maxCostMsat:
        .init(
          \Self.maxCostMsat,
          "The most that the seller may ask, without routing; what asks more is refused as "
            + "request:max_cost before money moves.")
      case .maxFeeMsat:
        .init(
          \Self.maxFeeMsat,
          "The most that routing may cost, below the policy's fee_limit; a wallet that may take "
            + "more without being told is refused as request:max_fee.")
      case .buy:
        .init(
          \Self.buy, "Whether it may be bought: if_needed, which is meant when missing, or never.")
      }
    }

    /// A credential for `service`.
    public init(
      service: String, capabilities: [String]? = nil, ttlSeconds: UInt64? = nil,
      waitSeconds: UInt64? = nil, maxCostMsat: Msat? = nil, maxFeeMsat: Msat? = nil,
      buy: Buying? = nil
    ) {
      self.service = service
      self.capabilities = capabilities
      self.ttlSeconds = ttlSeconds
      self.waitSeconds = waitSeconds
      self.maxCostMsat = maxCostMsat
      self.maxFeeMsat = maxFeeMsat
      self.buy = buy
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
  /// What it does.
  public static let summary =
    "Pays a challenge that the caller brings, of a seller whose payees the policy pins."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .conflict, .paymentFailed, .paymentPending, .upstream]
    + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

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
    /// The most that the seller may ask, without routing, in msat; no limit of the request's own
    /// when missing.
    public var maxCostMsat: Msat?
    /// The most that routing may cost, in msat; the policy's fee_limit when missing.
    public var maxFeeMsat: Msat?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service
      case wwwAuthenticate = "www_authenticate"
      case ttlSeconds = "ttl_s"
      case waitSeconds = "wait_s"
      case maxCostMsat = "max_cost_msat"
      case maxFeeMsat = "max_fee_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service:
        .init(\Self.service, "The service of the policy.")
      case .wwwAuthenticate:
        .init(\Self.wwwAuthenticate, "The values of the WWW-Authenticate headers of the 402.")
      case .ttlSeconds:
        .init(
          \Self.ttlSeconds,
          "How long the copy is to be good, in seconds; the policy sets the longest.")
      case .waitSeconds:
        .init(
          \Self.waitSeconds,
          "How long to wait for an operator where one has to approve, in seconds; not at all when "
            + "missing."
        ).within(1...600)
      case .maxCostMsat:
        .init(
          \Self.maxCostMsat,
          "The most that the seller may ask, without routing; what asks more is refused as "
            + "request:max_cost before money moves.")
      case .maxFeeMsat:
        .init(
          \Self.maxFeeMsat,
          "The most that routing may cost, below the policy's fee_limit; a wallet that may take "
            + "more without being told is refused as request:max_fee.")
      }
    }

    /// A challenge of `service`.
    public init(
      service: String, wwwAuthenticate: [String], ttlSeconds: UInt64? = nil,
      waitSeconds: UInt64? = nil, maxCostMsat: Msat? = nil, maxFeeMsat: Msat? = nil
    ) {
      self.service = service
      self.wwwAuthenticate = wwwAuthenticate
      self.ttlSeconds = ttlSeconds
      self.waitSeconds = waitSeconds
      self.maxCostMsat = maxCostMsat
      self.maxFeeMsat = maxFeeMsat
    }
  }

  /// What it answers.
  public typealias Reply = CredentialReply
}
