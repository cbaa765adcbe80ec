public import PurserCore

/// Gives an operator a credential of the vault with its secrets, for another program.
///
/// The audit log names what was exported, each time.
public enum VaultExport: RPCMethod {
  /// `vault.export`.
  public static let name = "vault.export"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Gives an operator a credential of the vault with its secrets, for another program."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound]
  /// It writes to the audit log.
  public static let changesState = true

  /// Which one.
  public struct Parameters: RPCParameters {
    /// Its id.
    public var credential: CredentialID

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credential }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential: .init(\Self.credential, "Its id.")
      }
    }

    /// The credential `credential`.
    public init(credential: CredentialID) { self.credential = credential }
  }

  /// The credential, whole.
  public struct Reply: RPCObject, Equatable {
    /// Its id.
    public let credential: CredentialID
    /// The service.
    public let service: String
    /// The host of the service's first origin, and its port where that is an unusual one.
    public let domain: String
    /// The value of its `Authorization` header.
    public let authorization: String
    /// A file of the token store of lnget or aperture, in base64; nil for a token that is no
    /// macaroon, which such a file cannot hold.
    public let storedToken: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case credential, service, domain, authorization
      case storedToken = "stored_token"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential: .init(\Self.credential, "Its id.")
      case .service: .init(\Self.service, "The service.")
      case .domain:
        .init(
          \Self.domain,
          "The host of the service's first origin, and its port where that is an unusual one.")
      case .authorization:
        .init(\Self.authorization, "The value of its Authorization header.")
      case .storedToken:
        .init(
          \Self.storedToken,
          "A file of the token store of lnget or aperture, in base64; missing for a token that is "
            + "no macaroon, which such a file cannot hold.")
      }
    }

    /// A reply.
    public init(
      credential: CredentialID, service: String, domain: String, authorization: String,
      storedToken: String?
    ) {
      self.credential = credential
      self.service = service
      self.domain = domain
      self.authorization = authorization
      self.storedToken = storedToken
    }
  }
}
