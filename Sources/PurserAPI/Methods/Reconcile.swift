internal import LibCrypto
public import PurserCore

/// Compares the ledger's payments with the wallet's own list.
public enum PaymentReconcile: RPCMethod {
  /// `payment.reconcile`.
  public static let name = "payment.reconcile"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Compares the ledger's payments of a time with the wallet's own list, and names each difference."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.upstream]

  /// Which time.
  public struct Parameters: RPCParameters, Equatable {
    /// From when, in Unix milliseconds.
    public var fromMs: UInt64
    /// Until when, in Unix milliseconds; nil for now.
    public var untilMs: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case fromMs = "from_ms"
      case untilMs = "until_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .fromMs:
        .init(\Self.fromMs, "From when on, in Unix milliseconds.")
      case .untilMs:
        .init(\Self.untilMs, "Before when, in Unix milliseconds; now when missing.")
      }
    }

    /// The time from `fromMs` on and before `untilMs`.
    public init(fromMs: UInt64, untilMs: UInt64? = nil) {
      self.fromMs = fromMs
      self.untilMs = untilMs
    }
  }

  /// What one side says of a payment.
  public struct Side: RPCObject, Equatable {
    /// `intent`, `sent`, `unknown`, `settled` or `failed`; the wallet's are `pending`, `settled` and
    /// `failed`.
    public let state: String
    /// What the payee got, or is to get.
    public let amountMsat: Msat
    /// What routing cost; zero unless it is settled.
    public let feeMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case state
      case amountMsat = "amount_msat"
      case feeMsat = "fee_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .state:
        .init(
          \Self.state,
          "In the ledger intent, sent, unknown, settled or failed; in the wallet pending, settled "
            + "or failed.")
      case .amountMsat:
        .init(\Self.amountMsat, "What the payee got, or is to get.")
      case .feeMsat:
        .init(\Self.feeMsat, "What routing cost; zero unless it is settled.")
      }
    }

    init(_ booked: BookedPayment) {
      state = booked.payment.state.rawValue
      amountMsat = booked.payment.amount
      feeMsat = booked.fee
    }

    init(_ listed: WalletPayment) {
      state = listed.state.rawValue
      amountMsat = listed.amount
      feeMsat = listed.state == .settled ? listed.fee : .zero
    }
  }

  /// One difference.
  public struct Difference: RPCObject, Equatable {
    /// What differs.
    public let kind: String
    /// What the preimage hashes to, in hex.
    public let paymentHash: String
    /// When it was made, in Unix milliseconds.
    public let timeMs: UInt64?
    /// The hold that carries it in the ledger.
    public let hold: HoldID?
    /// The grant that paid.
    public let node: NodeID?
    /// What the ledger says; nil when it has nothing.
    public let ledger: Side?
    /// What the wallet says; nil when it has nothing.
    public let wallet: Side?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case kind, hold, node, ledger, wallet
      case paymentHash = "payment_hash"
      case timeMs = "time_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .kind:
        .init(
          \Self.kind,
          "not_in_wallet, not_in_ledger, state (paid on one side alone), amount (amount or fee), or "
            + "open (the ledger holds money for it and does not know its end)."
        ).among(PaymentDifference.Kind.allCases.map(\.rawValue))
      case .paymentHash:
        .init(\Self.paymentHash, "What the preimage hashes to, in hex.")
      case .timeMs:
        .init(\Self.timeMs, "When it was made, in Unix milliseconds.")
      case .hold:
        .init(\Self.hold, "The hold that carries it in the ledger.")
      case .node:
        .init(\Self.node, "The grant that paid.")
      case .ledger:
        .init(\Self.ledger, "What the ledger says; missing when it has nothing.")
      case .wallet:
        .init(\Self.wallet, "What the wallet says; missing when it has nothing.")
      }
    }

    init(_ difference: PaymentDifference) {
      kind = difference.kind.rawValue
      paymentHash = Hex.encode(difference.paymentHash)
      timeMs = difference.time?.milliseconds
      hold = difference.booked?.payment.hold
      node = difference.booked?.payment.node
      ledger = difference.booked.map(Side.init)
      wallet = difference.listed.map(Side.init)
    }
  }

  /// What was found.
  public struct Reply: RPCObject, Equatable {
    /// From when.
    public let fromMs: UInt64
    /// Until when.
    public let untilMs: UInt64
    /// Whether the wallet keeps a list.
    public let isListed: Bool
    /// How many payments both have as paid, with the same amount and fee.
    public let agreeing: UInt64
    /// What the ledger has as paid, routing included.
    public let ledgerMsat: Msat
    /// What the wallet has as paid, routing included.
    public let walletMsat: Msat
    /// Every difference.
    public let differences: [Difference]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case agreeing, differences
      case fromMs = "from_ms"
      case untilMs = "until_ms"
      case isListed = "listed"
      case ledgerMsat = "ledger_msat"
      case walletMsat = "wallet_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .fromMs:
        .init(\Self.fromMs, "From when on, in Unix milliseconds.")
      case .untilMs:
        .init(\Self.untilMs, "Before when, in Unix milliseconds.")
      case .isListed:
        .init(
          \Self.isListed,
          "Whether the wallet keeps a list; if not, each of the ledger's payments was looked up, and "
            + "what others paid from the wallet is not known.")
      case .agreeing:
        .init(\Self.agreeing, "How many payments both have as paid, with the same amount and fee.")
      case .ledgerMsat:
        .init(\Self.ledgerMsat, "What the ledger has as paid, routing included.")
      case .walletMsat:
        .init(\Self.walletMsat, "What the wallet has as paid, routing included.")
      case .differences:
        .init(\Self.differences, "Every difference, in order of time.")
      }
    }

    /// What `found` says of the time from `from` on and before `until`.
    public init(
      _ found: Reconciliation, from: Timestamp, until: Timestamp, isListed: Bool
    ) {
      fromMs = from.milliseconds
      untilMs = until.milliseconds
      self.isListed = isListed
      agreeing = UInt64(found.agreeing)
      ledgerMsat = found.booked
      walletMsat = found.listed
      differences = found.differences.map(Difference.init)
    }
  }
}
