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

  /// A scheme under which sellers offer a token or a request for a payment.
  public enum Scheme: String, Sendable, CaseIterable {
    /// L402, under its own name.
    case l402
    /// L402, under the name that it had before.
    case lsat
    /// The Payment scheme, which sells one request.
    case payment
  }

  /// How the cost of a purchase reaches those who use it.
  public enum Charge: Sendable, Equatable {
    /// Whoever has it bought pays the whole of it; later users pay nothing.
    case buyer
    /// Each later grant that uses it pays this much, once.
    case shared(Msat)
    /// Each copy that is handed out costs this much.
    case perCredential(Msat)
    /// Each request that is made with it costs this much.
    case perRequest(Msat)
  }

  /// Whom a purchase serves.
  public enum Roots: String, Sendable, CaseIterable {
    /// Every grant that may use the service.
    case shared
    /// The grant that bought it alone.
    case perGrant = "per_grant"
  }

  /// Whether an agent may bring a challenge of its own to be paid.
  public enum BringChallenges: String, Sendable, CaseIterable {
    /// Never: the daemon fetches them all.
    case deny
    /// When the invoice pays one of the payees.
    case pinned
    /// As `pinned`, and, where the policy lists no payee, when an operator approves the payment.
    case approve
  }

  /// Whether an agent may have an invoice paid that buys no token.
  public enum Invoices: String, Sendable, CaseIterable {
    /// Never.
    case deny
    /// When it pays one of the payees.
    case allow
  }

  /// Its id in the policy and in grant tokens.
  public let id: String
  /// `scheme://host[:port]` of each place that serves it; challenges are fetched from the first.
  ///
  /// Empty for one that sells no tokens and has invoices paid alone.
  public var origins: [String]
  /// Where on the origin a request is answered with a challenge, such as `/data`.
  public var challengePath: String
  /// The name that the seller uses for it in its own caveats.
  public var sellerName: String
  /// The capabilities that may be asked for; empty when the seller has none.
  public var capabilities: [String]
  /// The names that the seller uses for capabilities, where they are others.
  public var sellerCapabilities: [String: String] = [:]
  /// The public keys that may be paid, 33 bytes each; empty for any.
  public var payees: [[UInt8]]
  /// The most for one purchase, without the routing fee; nil for no ceiling but the grants'.
  public var priceCeiling: Msat?
  /// The most for routing one purchase.
  public var feeLimit: Msat
  /// A payment above it, routing fee included, waits for an operator; nil for none.
  public var approveAbove: Msat?
  /// How the cost of a purchase reaches those who use it.
  public var charge = Charge.buyer
  /// Whom a purchase serves.
  public var roots = Roots.shared
  /// Whether an agent may bring a challenge of its own to be paid.
  public var bringChallenges = BringChallenges.pinned
  /// Whether an agent may have an invoice paid that buys no token.
  public var invoices = Invoices.deny
  /// The schemes that are paid, the one to be preferred first; not empty.
  public var schemes = Scheme.allCases
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

  /// The seller's own name for a capability.
  public func sellerCapability(_ capability: String) -> String {
    sellerCapabilities[capability] ?? capability
  }
}
