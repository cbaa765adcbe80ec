public import PurserCore

/// A payment that is not final.
public struct OpenPayment: Codable, Sendable, Equatable {
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

  enum CodingKeys: String, CodingKey {
    case hold, node, service, state
    case isStuck = "stuck"
    case amountMsat = "amount_msat"
    case feeLimitMsat = "fee_limit_msat"
    case paymentHash = "payment_hash"
    case sentAtMs = "sent_at_ms"
    case invoiceExpiresAt = "invoice_expires_at"
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
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The payments.
  public struct Reply: Codable, Sendable, Equatable {
    /// In the order in which they began.
    public let payments: [OpenPayment]

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

  /// Which payment, what became of it, and how the operator knows.
  public struct Parameters: RPCParameters {
    /// How a payment ended.
    public enum Outcome: String, Codable, Sendable {
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
