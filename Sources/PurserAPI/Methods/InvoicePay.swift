public import PurserCore

/// Pays an invoice that buys no token, to a payee that the policy pins.
public enum InvoicePay: RPCMethod {
  /// `invoice.pay`.
  public static let name = "invoice.pay"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Pays an invoice that buys no token, to a payee that the policy pins for it."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .conflict, .paymentFailed, .paymentPending]
    + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// What to pay.
  public struct Parameters: RPCParameters, Equatable {
    /// The service of the policy that the payee belongs to.
    public var service: String
    /// The invoice (BOLT 11); it names an amount.
    public var invoice: String
    /// How long to wait for an operator where one has to approve, in seconds, at most 600; not at
    /// all when missing.
    public var waitSeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case service, invoice
      case waitSeconds = "wait_s"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .service:
        .init(\Self.service, "The service of the policy that the payee belongs to.")
      case .invoice:
        .init(\Self.invoice, "The invoice (BOLT 11); it names an amount.")
      case .waitSeconds:
        .init(
          \Self.waitSeconds,
          "How long to wait for an operator where one has to approve, in seconds; not at all when "
            + "missing."
        ).within(1...600)
      }
    }

    /// An order to pay `invoice`.
    public init(service: String, invoice: String, waitSeconds: UInt64? = nil) {
      self.service = service
      self.invoice = invoice
      self.waitSeconds = waitSeconds
    }
  }

  /// The proof.
  public struct Reply: RPCObject, Equatable {
    /// The hold that carried the payment.
    public let hold: HoldID
    /// What the preimage hashes to, in hex.
    public let paymentHash: String
    /// The proof of payment, in hex.
    public let preimage: String
    /// What the payee got.
    public let amountMsat: Msat
    /// What routing cost.
    public let feeMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold, preimage
      case paymentHash = "payment_hash"
      case amountMsat = "amount_msat"
      case feeMsat = "fee_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold that carried the payment.")
      case .paymentHash:
        .init(\Self.paymentHash, "What the preimage hashes to, in hex.")
      case .preimage:
        .init(\Self.preimage, "The proof of payment, in hex.")
      case .amountMsat:
        .init(\Self.amountMsat, "What the payee got.")
      case .feeMsat:
        .init(\Self.feeMsat, "What routing cost.")
      }
    }

    /// A paid invoice.
    public init(
      hold: HoldID, paymentHash: String, preimage: String, amountMsat: Msat, feeMsat: Msat
    ) {
      self.hold = hold
      self.paymentHash = paymentHash
      self.preimage = preimage
      self.amountMsat = amountMsat
      self.feeMsat = feeMsat
    }
  }
}
