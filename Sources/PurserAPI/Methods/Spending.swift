public import PurserCore

/// Sets money aside on the caller's grant and on every grant above it.
public enum SpendReserve: RPCMethod {
  /// `spend.reserve`.
  public static let name = "spend.reserve"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// How much, and for how long.
  public struct Parameters: RPCParameters {
    /// How much, in msat; positive.
    public var amountMsat: Msat
    /// How long, in seconds: 60 when missing, and at most what the policy says.
    public var ttlSeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case amountMsat = "amount_msat"
      case ttlSeconds = "ttl_s"
    }

    /// A reservation of `amountMsat` for `ttlSeconds`.
    public init(amountMsat: Msat, ttlSeconds: UInt64? = nil) {
      self.amountMsat = amountMsat
      self.ttlSeconds = ttlSeconds
    }
  }

  /// The hold.
  public struct Reply: Codable, Sendable, Equatable {
    /// Its id, for `spend.settle` and `spend.release`.
    public let hold: HoldID
    /// What is set aside, in msat.
    public let amountMsat: Msat
    /// When it lapses, in Unix milliseconds.
    public let expiresAtMs: UInt64

    enum CodingKeys: String, CodingKey {
      case hold
      case amountMsat = "amount_msat"
      case expiresAtMs = "expires_at_ms"
    }

    /// A reply.
    public init(hold: HoldID, amountMsat: Msat, expiresAtMs: UInt64) {
      self.hold = hold
      self.amountMsat = amountMsat
      self.expiresAtMs = expiresAtMs
    }
  }
}

/// How a hold ended.
public struct HoldEnded: Codable, Sendable, Equatable {
  /// The hold.
  public let hold: HoldID
  /// What was spent, in msat.
  public let settledMsat: Msat
  /// What went back, in msat.
  public let releasedMsat: Msat

  enum CodingKeys: String, CodingKey {
    case hold
    case settledMsat = "settled_msat"
    case releasedMsat = "released_msat"
  }

  /// An ended hold.
  public init(hold: HoldID, settledMsat: Msat, releasedMsat: Msat) {
    self.hold = hold
    self.settledMsat = settledMsat
    self.releasedMsat = releasedMsat
  }
}

/// Ends a hold of the caller's with at most its amount spent; the rest goes back.
public enum SpendSettle: RPCMethod {
  /// `spend.settle`.
  public static let name = "spend.settle"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// Which hold, and how much was spent.
  public struct Parameters: RPCParameters {
    /// The hold.
    public var hold: HoldID
    /// What was spent, in msat; 0 to the held amount.
    public var amountMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold
      case amountMsat = "amount_msat"
    }

    /// A settlement of `hold` with `amountMsat`.
    public init(hold: HoldID, amountMsat: Msat) {
      self.hold = hold
      self.amountMsat = amountMsat
    }
  }

  /// What it answers.
  public typealias Reply = HoldEnded
}

/// Ends a hold of the caller's with nothing spent.
public enum SpendRelease: RPCMethod {
  /// `spend.release`.
  public static let name = "spend.release"
  /// Both sockets.
  public static let audience = RPCAudience.everyone

  /// Which hold.
  public struct Parameters: RPCParameters {
    /// The hold.
    public var hold: HoldID

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case hold }

    /// A release of `hold`.
    public init(hold: HoldID) { self.hold = hold }
  }

  /// What it answers.
  public typealias Reply = HoldEnded
}
