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
  /// What it cost, fee included; zero for an imported one.
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
