public import PurserCore

/// Says whether an amount would be admitted now, by the check that admits it, and changes nothing.
public enum SpendQuote: RPCMethod {
  /// `spend.quote`.
  public static let name = "spend.quote"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Says whether an amount would be admitted now, by the check that admits it; changes nothing."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

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
      case .amountMsat: .init(\Self.amountMsat, "How much; positive.").atLeast(1)
      }
    }

    /// A question about `amountMsat`.
    public init(amountMsat: Msat) { self.amountMsat = amountMsat }
  }

  /// What would come of it.
  public struct Reply: RPCObject, Equatable {
    /// Whether it would pass.
    public let passes: Bool
    /// The most that the caller's own limits leave for one charge now, in msat; nil when it does
    /// not pass, or there is no limit of its own.
    public let remainingMsat: Msat?
    /// Why it would not, as in the `data` of the error; nil when it would.
    public let refusal: [String: CanonicalJSON]?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case passes, refusal
      case remainingMsat = "remaining_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .passes: .init(\Self.passes, "Whether it would pass.")
      case .remainingMsat:
        .init(
          \Self.remainingMsat,
          "The most that the caller's own limits leave for one charge now; missing when it does "
            + "not pass, or there is no limit of its own.")
      case .refusal:
        .init(
          \Self.refusal,
          "Why it would not pass, as in the data of the error: which grant, and when it renews.")
      }
    }

    /// It would pass, and `remainingMsat` is what the caller's own limits leave.
    public init(remainingMsat: Msat?) {
      passes = true
      self.remainingMsat = remainingMsat
      refusal = nil
    }

    /// It would be refused with `error`.
    public init(refusedWith error: RPCError) {
      passes = false
      remainingMsat = nil
      refusal = error.data
    }
  }
}

/// Says what a challenge would cost, and whether it would be paid.
public enum ChallengeQuote: RPCMethod {
  /// `challenge.quote`.
  public static let name = "challenge.quote"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Says what a challenge would cost, and whether the caller's grant would pay it; pays nothing."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.forbidden, .paymentFailed, .upstream] + RPCErrorReason.stopped

  /// Whose challenge.
  public struct Parameters: RPCParameters {
    /// The service of the policy.
    public var service: String
    /// The values of the `WWW-Authenticate` headers of the 402; the daemon fetches a challenge when
    /// they are missing.
    public var wwwAuthenticate: [String]?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service
      case wwwAuthenticate = "www_authenticate"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service: .init(\Self.service, "The service of the policy.")
      case .wwwAuthenticate:
        .init(
          \Self.wwwAuthenticate,
          "The values of the WWW-Authenticate headers of the 402; the daemon fetches a challenge "
            + "when they are missing.")
      }
    }

    /// A challenge of `service`.
    public init(service: String, wwwAuthenticate: [String]? = nil) {
      self.service = service
      self.wwwAuthenticate = wwwAuthenticate
    }
  }

  /// What it would cost.
  public struct Reply: RPCObject, Equatable {
    /// The service.
    public let service: String
    /// The amount of the invoice, in msat.
    public let amountMsat: Msat
    /// The most that routing may cost beside it, in msat.
    public let feeLimitMsat: Msat
    /// What the preimage hashes to, in hex.
    public let paymentHash: String
    /// The key that is paid, in hex.
    public let payee: String
    /// When the invoice expires, in Unix seconds.
    public let expiresAt: UInt64
    /// Whether amount and fee limit together would pass.
    public let quote: SpendQuote.Reply
    /// The rule by which the payment would wait for an operator; nil when it would not.
    public let approvalRule: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, payee, quote
      case amountMsat = "amount_msat"
      case feeLimitMsat = "fee_limit_msat"
      case paymentHash = "payment_hash"
      case expiresAt = "expires_at"
      case approvalRule = "approval_rule"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service: .init(\Self.service, "The service.")
      case .amountMsat: .init(\Self.amountMsat, "The amount of the invoice.")
      case .feeLimitMsat: .init(\Self.feeLimitMsat, "The most that routing may cost beside it.")
      case .paymentHash: .init(\Self.paymentHash, "What the preimage hashes to, in hex.")
      case .payee: .init(\Self.payee, "The key that is paid, in hex.")
      case .expiresAt: .init(\Self.expiresAt, "When the invoice expires.")
      case .quote: .init(\Self.quote, "Whether amount and fee limit together would pass.")
      case .approvalRule:
        .init(
          \Self.approvalRule,
          "The rule by which the payment would wait for an operator, such as policy:approve_above; "
            + "missing when it would not.")
      }
    }

    /// A reply; `paymentHash` and `payee` in hex.
    public init(
      service: String, amountMsat: Msat, feeLimitMsat: Msat, paymentHash: String, payee: String,
      expiresAt: UInt64, quote: SpendQuote.Reply, approvalRule: String? = nil
    ) {
      self.service = service
      self.amountMsat = amountMsat
      self.feeLimitMsat = feeLimitMsat
      self.paymentHash = paymentHash
      self.payee = payee
      self.expiresAt = expiresAt
      self.quote = quote
      self.approvalRule = approvalRule
    }
  }
}
