/// What the operator allows: services and ceilings.
///
/// Everything else is denied.
public struct Policy: Sendable, Equatable {
  /// The services, by id.
  public var services: [String: Service]
  /// The longest life of a top-level grant, in seconds.
  public var grantLifetimeSeconds: UInt64
  /// The longest life of a reserve, in seconds.
  public var holdLifetimeSeconds: UInt64
  /// The most nodes below one top-level grant.
  public var descendants: UInt64
  /// How long an answer is kept to be repeated for its idempotency key, in seconds.
  public var idempotencyLifetimeSeconds: UInt64
  /// After how long a payment that is out shows as stuck, in seconds.
  public var stuckAfterSeconds: UInt64
  /// How sure the daemon must be of the process that a token is bound to.
  public var peerCheck = PeerCheck.strong

  /// A policy that allows the given services.
  public init(
    services: [String: Service] = [:], grantLifetimeSeconds: UInt64 = 30 * 86_400,
    holdLifetimeSeconds: UInt64 = 3600, descendants: UInt64 = 10_000,
    idempotencyLifetimeSeconds: UInt64 = 7 * 86_400, stuckAfterSeconds: UInt64 = 600
  ) {
    self.services = services
    self.grantLifetimeSeconds = grantLifetimeSeconds
    self.holdLifetimeSeconds = holdLifetimeSeconds
    self.descendants = descendants
    self.idempotencyLifetimeSeconds = idempotencyLifetimeSeconds
    self.stuckAfterSeconds = stuckAfterSeconds
  }
}

/// A named seller, and what may be bought of it.
public struct Service: Sendable, Equatable {
  /// A caveat that the seller's tokens may carry.
  public enum TokenCaveat: String, Sendable, CaseIterable {
    /// `services=…`
    case services
    /// `<service>_capabilities=…`
    case capabilities
    /// `<service>_valid_until=…`
    case validUntil = "valid_until"
  }

  /// Whether the token must commit to its payment hash.
  public enum HashBinding: String, Sendable, CaseIterable {
    /// The token's 66-byte identifier names the invoice's payment hash.
    case required
    /// The seller's tokens do not say; the daemon must have fetched the challenge itself.
    case none
  }

  /// Whether a token that can carry no caveat may be handed out.
  public enum Bare: String, Sendable, CaseIterable {
    /// Never.
    case deny
    /// Yes, labelled as bound by nothing at the seller.
    case allow
  }

  /// Its id in the policy and in grant tokens.
  public let id: String
  /// `scheme://host[:port]` of each place that serves it; challenges are fetched from the first.
  public var origins: [String]
  /// Where on the origin a request is answered with a challenge, such as `/data`.
  public var challengePath: String
  /// The name that the seller uses for it in its own caveats.
  public var sellerName: String
  /// The capabilities that may be asked for; empty when the seller has none.
  public var capabilities: [String]
  /// The public keys that may be paid, 33 bytes each; empty for any.
  public var payees: [[UInt8]]
  /// The most for one purchase, without the routing fee; nil for no ceiling but the grants'.
  public var priceCeiling: Msat?
  /// The most for routing one purchase.
  public var feeLimit: Msat
  /// Which caveats the seller's tokens may carry.
  public var caveats: Set<TokenCaveat>
  /// Whether the token must commit to its payment hash.
  public var hashBinding: HashBinding
  /// Whether a token that can carry no caveat may be handed out.
  public var bare: Bare
  /// How long a copy that is handed out is good, in seconds.
  public var credentialLifetimeSeconds: UInt64

  /// A service with the defaults of the policy file.
  public init(
    id: String, origins: [String], challengePath: String, sellerName: String? = nil,
    capabilities: [String] = [], payees: [[UInt8]] = [], priceCeiling: Msat? = nil,
    feeLimit: Msat = Msat(10_000) ?? .zero,
    caveats: Set<TokenCaveat> = Set(TokenCaveat.allCases), hashBinding: HashBinding = .required,
    bare: Bare = .deny, credentialLifetimeSeconds: UInt64 = 600
  ) {
    self.id = id
    self.origins = origins
    self.challengePath = challengePath
    self.sellerName = sellerName ?? id
    self.capabilities = capabilities
    self.payees = payees
    self.priceCeiling = priceCeiling
    self.feeLimit = feeLimit
    self.caveats = caveats
    self.hashBinding = hashBinding
    self.bare = bare
    self.credentialLifetimeSeconds = credentialLifetimeSeconds
  }
}
