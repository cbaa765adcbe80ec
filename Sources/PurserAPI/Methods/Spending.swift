public import PurserCore

/// Sets money aside on the caller's grant and on every grant above it.
public enum SpendReserve: RPCMethod {
  /// `spend.reserve`.
  public static let name = "spend.reserve"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary = "Sets money aside on the caller's grant and on every grant above it."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

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

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .amountMsat:
        .init(\Self.amountMsat, "How much, in msat; positive.").atLeast(1)
      case .ttlSeconds:
        .init(
          \Self.ttlSeconds,
          "How long, in seconds: 60 when missing, and at most what the policy says.")
      }
    }

    /// A reservation of `amountMsat` for `ttlSeconds`.
    public init(amountMsat: Msat, ttlSeconds: UInt64? = nil) {
      self.amountMsat = amountMsat
      self.ttlSeconds = ttlSeconds
    }
  }

  /// The hold.
  public struct Reply: RPCObject, Equatable {
    /// Its id, for `spend.settle` and `spend.release`.
    public let hold: HoldID
    /// What is set aside, in msat.
    public let amountMsat: Msat
    /// When it lapses, in Unix milliseconds.
    public let expiresAtMs: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold
      case amountMsat = "amount_msat"
      case expiresAtMs = "expires_at_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "Its id, for spend.settle and spend.release.")
      case .amountMsat:
        .init(\Self.amountMsat, "What is set aside, in msat.")
      case .expiresAtMs:
        .init(\Self.expiresAtMs, "When it lapses, in Unix milliseconds.")
      }
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
public struct HoldEnded: RPCObject, Equatable {
  /// The hold.
  public let hold: HoldID
  /// What was spent, in msat.
  public let settledMsat: Msat
  /// What went back, in msat.
  public let releasedMsat: Msat

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case hold
    case settledMsat = "settled_msat"
    case releasedMsat = "released_msat"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .hold:
      .init(\Self.hold, "The hold.")
    case .settledMsat:
      .init(\Self.settledMsat, "What was spent, in msat.")
    case .releasedMsat:
      .init(\Self.releasedMsat, "What went back, in msat.")
    }
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
  /// What it does.
  public static let summary =
    "Ends a hold of the caller's with at most its amount spent; the rest goes back."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// A key repeats the first answer.
  public static let isRepeatable = true

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

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold.")
      case .amountMsat:
        .init(\Self.amountMsat, "What was spent, in msat; 0 to the held amount.")
      }
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
  /// What it does.
  public static let summary = "Ends a hold of the caller's with nothing spent."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which hold.
  public struct Parameters: RPCParameters {
    /// The hold.
    public var hold: HoldID

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case hold }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold.")
      }
    }

    /// A release of `hold`.
    public init(hold: HoldID) { self.hold = hold }
  }

  /// What it answers.
  public typealias Reply = HoldEnded
}
