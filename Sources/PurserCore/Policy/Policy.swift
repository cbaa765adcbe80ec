/// What the operator allows: services, grants that can be claimed, and ceilings.
///
/// Everything else is denied.
public struct Policy: Sendable, Equatable {
  /// The services, by id.
  public var services: [String: Service]
  /// The top-level grants that can be claimed, by name.
  public var claims: [String: Claim]
  /// What no token of a top-level grant can exceed, beside its lifetime.
  public var ceilings: GrantCeilings
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
    services: [String: Service] = [:], claims: [String: Claim] = [:],
    ceilings: GrantCeilings = GrantCeilings(), grantLifetimeSeconds: UInt64 = 30 * 86_400,
    holdLifetimeSeconds: UInt64 = 3600, descendants: UInt64 = 10_000,
    idempotencyLifetimeSeconds: UInt64 = 7 * 86_400, stuckAfterSeconds: UInt64 = 600
  ) {
    self.services = services
    self.claims = claims
    self.ceilings = ceilings
    self.grantLifetimeSeconds = grantLifetimeSeconds
    self.holdLifetimeSeconds = holdLifetimeSeconds
    self.descendants = descendants
    self.idempotencyLifetimeSeconds = idempotencyLifetimeSeconds
    self.stuckAfterSeconds = stuckAfterSeconds
  }

  /// What of it the ledger holds everybody to.
  public var bounds: LedgerState.Bounds {
    LedgerState.Bounds(
      descendants: descendants, holdLifetimeMs: holdLifetimeSeconds * 1000,
      idempotencyLifetimeMs: idempotencyLifetimeSeconds * 1000, ceilings: ceilings,
      grantLifetimeSeconds: grantLifetimeSeconds)
  }
}

/// What no token of a top-level grant can exceed, whatever it states and whenever it was made.
///
/// They bind at each admission, so a token that is older than the policy is bound by it as well.
public struct GrantCeilings: Sendable, Equatable {
  /// The most that a top-level grant and all below it may have settled and held, in all.
  public var spend: Msat?
  /// The same for windows, one limit each and at most ``GrantLevel/mostWindows``.
  public var windows: [SpendLimit]
  /// The most for one payment or hold, fee included.
  public var payment: Msat?
  /// Unix seconds at which every grant is over.
  public var validUntilSeconds: UInt64?

  /// Ceilings; nil and none are no ceiling.
  public init(
    spend: Msat? = nil, windows: [SpendLimit] = [], payment: Msat? = nil,
    validUntilSeconds: UInt64? = nil
  ) {
    self.spend = spend
    self.windows = windows
    self.payment = payment
    self.validUntilSeconds = validUntilSeconds
  }

  /// Whether there is a ceiling over what is spent.
  var limitSpending: Bool { spend != nil || payment != nil || !windows.isEmpty }
}
