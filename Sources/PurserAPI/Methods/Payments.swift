public import PurserCore

/// A payment that is not final.
public struct OpenPayment: RPCObject, Equatable {
  /// The hold that carries it.
  public let hold: HoldID
  /// The grant that pays.
  public let node: NodeID
  /// What is bought.
  public let service: String
  /// `intent`, `sent` or `unknown`.
  public let state: String
  /// Whether it has been out for longer than the policy's `stuck_after`.
  public let isStuck: Bool
  /// The amount of the invoice, in msat.
  public let amountMsat: Msat
  /// The most that routing may cost, in msat.
  public let feeLimitMsat: Msat
  /// What the preimage hashes to, in hex.
  public let paymentHash: String
  /// When it was first sent to the wallet, in Unix milliseconds; nil before.
  public let sentAtMs: UInt64?
  /// When its invoice expires, in Unix seconds.
  public let invoiceExpiresAt: UInt64

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case hold, node, service, state
    case isStuck = "stuck"
    case amountMsat = "amount_msat"
    case feeLimitMsat = "fee_limit_msat"
    case paymentHash = "payment_hash"
    case sentAtMs = "sent_at_ms"
    case invoiceExpiresAt = "invoice_expires_at"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .hold:
      .init(\Self.hold, "The hold that carries it.")
    case .node:
      .init(\Self.node, "The grant that pays.")
    case .service:
      .init(\Self.service, "What is bought.")
    case .state:
      .init(\Self.state, "intent, sent or unknown.").among(["intent", "sent", "unknown"])
    case .isStuck:
      .init(\Self.isStuck, "Whether it has been out for longer than the policy's stuck_after.")
    case .amountMsat:
      .init(\Self.amountMsat, "The amount of the invoice, in msat.")
    case .feeLimitMsat:
      .init(\Self.feeLimitMsat, "The most that routing may cost, in msat.")
    case .paymentHash:
      .init(\Self.paymentHash, "What the preimage hashes to, in hex.")
    case .sentAtMs:
      .init(
        \Self.sentAtMs,
        "When it was first sent to the wallet, in Unix milliseconds; missing before.")
    case .invoiceExpiresAt:
      .init(\Self.invoiceExpiresAt, "When its invoice expires, in Unix seconds.")
    }
  }

  /// A view of `payment`; `paymentHash` is in hex.
  public init(_ payment: Payment, paymentHash: String, isStuck: Bool) {
    hold = payment.hold
    node = payment.node
    service = payment.purchase.service
    state = payment.state.rawValue
    self.isStuck = isStuck
    amountMsat = payment.amount
    feeLimitMsat = payment.feeLimit
    self.paymentHash = paymentHash
    sentAtMs = payment.sentAt?.milliseconds
    invoiceExpiresAt = payment.invoiceExpiresAtSeconds
  }
}

/// Lists the payments that are not final.
public enum PaymentList: RPCMethod {
  /// `payment.list`.
  public static let name = "payment.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Lists the payments that are not final."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The payments.
  public struct Reply: RPCObject, Equatable {
    /// In the order in which they began.
    public let payments: [OpenPayment]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case payments }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .payments:
        .init(\Self.payments, "In the order in which they began.")
      }
    }

    /// A reply.
    public init(payments: [OpenPayment]) { self.payments = payments }
  }
}

/// Ends a payment whose outcome the wallet does not tell, by what an operator found out.
public enum PaymentResolve: RPCMethod {
  /// `payment.resolve`.
  public static let name = "payment.resolve"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Ends a payment whose outcome the wallet does not tell, by what an operator found out."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which payment, what became of it, and how the operator knows.
  public struct Parameters: RPCParameters {
    /// How a payment ended.
    public enum Outcome: String, RPCWord {
      /// It was paid; the preimage proves it.
      case paid
      /// It was not paid and never will be.
      case failed
    }

    /// The hold that carries it.
    public var hold: HoldID
    /// What became of it.
    public var outcome: Outcome
    /// The preimage of a paid one, 64 hex digits.
    public var preimage: String?
    /// What routing cost, in msat; 0 when missing.
    public var feeMsat: Msat?
    /// How the operator knows: 1 to 500 bytes for the audit log, without secrets.
    public var evidence: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold, outcome, preimage, evidence
      case feeMsat = "fee_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold that carries it.")
      case .outcome:
        .init(\Self.outcome, "What became of it.")
      case .preimage:
        .init(\Self.preimage, "The preimage of a paid one, 64 hex digits.")
          .matching("^[0-9a-fA-F]{64}$")
      case .feeMsat:
        .init(\Self.feeMsat, "What routing cost, in msat; 0 when missing.")
      case .evidence:
        .init(
          \Self.evidence,
          "How the operator knows: 1 to 500 bytes for the audit log, without secrets.")
      }
    }

    /// The end of the payment under `hold`.
    public init(
      hold: HoldID, outcome: Outcome, preimage: String? = nil, feeMsat: Msat? = nil,
      evidence: String
    ) {
      self.hold = hold
      self.outcome = outcome
      self.preimage = preimage
      self.feeMsat = feeMsat
      self.evidence = evidence
    }
  }

  /// What it answers.
  public typealias Reply = HoldEnded
}
