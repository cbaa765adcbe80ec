public import PurserCore

/// Spends at once: reserve and settle in one.
public enum SpendCharge: RPCMethod {
  /// `spend.charge`.
  public static let name = "spend.charge"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary = "Spends at once: reserve and settle in one."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// How much.
  public struct Parameters: RPCParameters {
    /// How much, in msat; positive.
    public var amountMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case amountMsat = "amount_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .amountMsat:
        .init(\Self.amountMsat, "How much, in msat; positive.").atLeast(1)
      }
    }

    /// A charge of `amountMsat`.
    public init(amountMsat: Msat) { self.amountMsat = amountMsat }
  }

  /// What it answers.
  public typealias Reply = HoldEnded
}

/// Admits an open hold of the caller's anew: for more, for longer, or both.
public enum SpendExtend: RPCMethod {
  /// `spend.extend`.
  public static let name = "spend.extend"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Admits an open hold of the caller's anew: for more, for longer, or both."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which hold, and what it becomes.
  public struct Parameters: RPCParameters {
    /// The hold.
    public var hold: HoldID
    /// Its new total, in msat, no less than before; missing to leave it.
    public var amountMsat: Msat?
    /// How long it lives from now on, in seconds, no shorter than before; missing to leave it.
    public var ttlSeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold
      case amountMsat = "amount_msat"
      case ttlSeconds = "ttl_s"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold.")
      case .amountMsat:
        .init(\Self.amountMsat, "Its new total, in msat, no less than before; missing to leave it.")
      case .ttlSeconds:
        .init(
          \Self.ttlSeconds,
          "How long it lives from now on, in seconds, no shorter than before; missing to leave it.")
      }
    }

    /// An extension of `hold`.
    public init(hold: HoldID, amountMsat: Msat? = nil, ttlSeconds: UInt64? = nil) {
      self.hold = hold
      self.amountMsat = amountMsat
      self.ttlSeconds = ttlSeconds
    }
  }

  /// What it answers.
  public typealias Reply = SpendReserve.Reply
}
