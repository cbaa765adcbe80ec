/// A paid L402 token in the vault.
///
/// Token and preimage are in `sealed` alone.
public struct Credential: Sendable, Equatable {
  /// Whether it is handed out.
  public enum State: String, Sendable, Codable {
    /// Copies are handed out.
    case active
    /// The seller refused it or an operator took it out.
    case retired
  }

  /// Its id.
  public let id: CredentialID
  /// What it is good for.
  public let purchase: Purchase
  /// The hash that it was paid under, 32 bytes.
  public let paymentHash: [UInt8]
  /// Unix seconds before which the seller takes it, as the token itself says; nil for no end.
  public let validUntilSeconds: UInt64?
  /// What it cost, fee included; for an imported one what its file says was paid elsewhere.
  public let cost: Msat
  /// The node that bought it; nil for an imported one.
  public let boughtBy: NodeID?
  /// Token and preimage, sealed.
  public let sealed: [UInt8]
  /// When it came in.
  public let createdAt: Timestamp
  /// Whether it is handed out.
  public var state: State

  /// A credential as it was stored.
  public init(
    id: CredentialID, purchase: Purchase, paymentHash: [UInt8], validUntilSeconds: UInt64?,
    cost: Msat, boughtBy: NodeID?, sealed: [UInt8], createdAt: Timestamp, state: State = .active
  ) {
    self.id = id
    self.purchase = purchase
    self.paymentHash = paymentHash
    self.validUntilSeconds = validUntilSeconds
    self.cost = cost
    self.boughtBy = boughtBy
    self.sealed = sealed
    self.createdAt = createdAt
    self.state = state
  }
}

/// A copy of a credential that was handed out to the holder of a grant.
public struct CredentialCopy: Sendable, Equatable {
  /// The grant.
  public let node: NodeID
  /// The credential that it is a copy of.
  public let credential: CredentialID
  /// The service that it is for.
  public let service: String
  /// When it was handed out.
  public let issuedAt: Timestamp
  /// Unix seconds before which the seller takes it; nil where it does not end by itself.
  public let validUntilSeconds: UInt64?
  /// Whether handing it out was an operation of its own.
  public let isCounted: Bool

  /// A copy as it was stored.
  public init(
    node: NodeID, credential: CredentialID, service: String, issuedAt: Timestamp,
    validUntilSeconds: UInt64?, isCounted: Bool
  ) {
    self.node = node
    self.credential = credential
    self.service = service
    self.issuedAt = issuedAt
    self.validUntilSeconds = validUntilSeconds
    self.isCounted = isCounted
  }
}

/// A credential of which a subtree has copies that the seller goes on taking, whatever happens to
/// the subtree here.
public struct OutstandingCredential: Sendable, Equatable {
  /// The credential.
  public let credential: CredentialID
  /// The service that it is for.
  public let service: String
  /// How many copies of it were handed out that have not ended.
  public let copies: UInt64
  /// Unix seconds before which the seller takes the last of them; nil where that does not end by
  /// itself.
  public let validUntilSeconds: UInt64?

  /// Copies of `credential`.
  public init(
    credential: CredentialID, service: String, copies: UInt64, validUntilSeconds: UInt64?
  ) {
    self.credential = credential
    self.service = service
    self.copies = copies
    self.validUntilSeconds = validUntilSeconds
  }
}
