public import PurserCore

/// A credential in the vault, without its secrets.
public struct VaultEntry: RPCObject, Equatable {
  /// Its id.
  public let credential: CredentialID
  /// The service.
  public let service: String
  /// The capabilities that it was bought for; empty for all.
  public let capabilities: [String]
  /// `active` or `retired`.
  public let state: String
  /// The only grant that it serves; nil for all.
  public let scope: NodeID?
  /// The hash that it was paid under, in hex.
  public let paymentHash: String
  /// When it ends at the seller, in Unix seconds; nil for no end.
  public let validUntil: UInt64?
  /// What it cost, fee included, in msat; for an imported one what its file says.
  public let costMsat: Msat
  /// The node that bought it; nil for an imported one.
  public let boughtBy: NodeID?

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case credential, service, capabilities, state, scope
    case paymentHash = "payment_hash"
    case validUntil = "valid_until"
    case costMsat = "cost_msat"
    case boughtBy = "bought_by"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .credential:
      .init(\Self.credential, "Its id.")
    case .service:
      .init(\Self.service, "The service.")
    case .capabilities:
      .init(\Self.capabilities, "The capabilities that it was bought for; empty for all.")
    case .state:
      .init(\Self.state, "active or retired.").among(["active", "retired"])
    case .scope:
      .init(\Self.scope, "The only grant that it serves; missing for all.")
    case .paymentHash:
      .init(\Self.paymentHash, "The hash that it was paid under, in hex.")
    case .validUntil:
      .init(\Self.validUntil, "When it ends at the seller, in Unix seconds; missing for no end.")
    case .costMsat:
      .init(
        \Self.costMsat,
        "What it cost, fee included, in msat; for an imported one what its file says.")
    case .boughtBy:
      .init(\Self.boughtBy, "The node that bought it; missing for an imported one.")
    }
  }

  /// An entry; `paymentHash` in hex.
  public init(_ credential: Credential, paymentHash: String) {
    self.credential = credential.id
    service = credential.purchase.service
    capabilities = credential.purchase.capabilities
    state = credential.state.rawValue
    scope = credential.purchase.scope
    self.paymentHash = paymentHash
    validUntil = credential.validUntilSeconds
    costMsat = credential.cost
    boughtBy = credential.boughtBy
  }
}

/// Puts a credential that was paid elsewhere into the vault.
public enum VaultImport: RPCMethod {
  /// `vault.import`.
  public static let name = "vault.import"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Puts a credential that was paid elsewhere into the vault."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// The credential, in one of two forms, and whose it is.
  public struct Parameters: RPCParameters {
    /// The service of the policy; missing where `domain` says it.
    public var service: String?
    /// The host, and the port where it is an unusual one, that the credential is for; the policy's
    /// origins say which service that is.
    public var domain: String?
    /// The value of its `Authorization` header: `L402 <token>:<preimage>`.
    public var authorization: String?
    /// A file of the token store of lnget or aperture, in base64.
    public var storedToken: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, domain, authorization
      case storedToken = "stored_token"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service:
        .init(\Self.service, "The service of the policy; missing where domain says it.")
      case .domain:
        .init(
          \Self.domain,
          "The host, and the port where it is an unusual one, that the credential is for; the "
            + "policy's origins say which service that is.")
      case .authorization:
        .init(
          \Self.authorization,
          "The value of its Authorization header: L402 <token>:<preimage>. Either this or "
            + "stored_token.")
      case .storedToken:
        .init(
          \Self.storedToken,
          "A file of the token store of lnget or aperture, in base64, whose amounts and time are "
            + "kept.")
      }
    }

    /// A credential of `service`.
    public init(service: String, authorization: String) {
      self.service = service
      self.authorization = authorization
    }

    /// A stored token of `service`, or of the service that has an origin with this domain.
    public init(service: String?, domain: String?, storedToken: String) {
      self.service = service
      self.domain = domain
      self.storedToken = storedToken
    }
  }

  /// What it answers.
  public typealias Reply = VaultEntry
}

/// Lists the vault, without secrets.
public enum VaultList: RPCMethod {
  /// `vault.list`.
  public static let name = "vault.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Lists the vault, without secrets."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Which credentials.
  public struct Parameters: RPCParameters {
    /// Of this service; missing for all.
    public var service: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case service }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service:
        .init(\Self.service, "Of this service; missing for all.")
      }
    }

    /// The credentials of `service`.
    public init(service: String? = nil) { self.service = service }
  }

  /// The credentials.
  public struct Reply: RPCObject, Equatable {
    /// Active and retired ones, oldest first.
    public let credentials: [VaultEntry]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credentials }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credentials:
        .init(\Self.credentials, "Active and retired ones, oldest first.")
      }
    }

    /// A reply.
    public init(credentials: [VaultEntry]) { self.credentials = credentials }
  }
}

/// Takes a credential out of the vault for good.
public enum VaultRemove: RPCMethod {
  /// `vault.remove`.
  public static let name = "vault.remove"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Takes a credential out of the vault for good."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which one.
  public struct Parameters: RPCParameters {
    /// Its id.
    public var credential: CredentialID

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credential }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential:
        .init(\Self.credential, "Its id.")
      }
    }

    /// The credential `credential`.
    public init(credential: CredentialID) { self.credential = credential }
  }

  /// Nothing more to say.
  public struct Reply: RPCObject, Equatable {
    /// The credential that was removed.
    public let credential: CredentialID

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credential }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential:
        .init(\Self.credential, "The credential that was removed.")
      }
    }

    /// A reply.
    public init(credential: CredentialID) { self.credential = credential }
  }
}
