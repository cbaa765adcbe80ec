internal import LibCrypto
public import PurserCore

/// What is to be done before the grants of a restored ledger spend.
public enum RestoreStatus: RPCMethod {
  /// `restore.status`.
  public static let name = "restore.status"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "What is to be done before the grants of a ledger that came out of a backup are unfrozen."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound]
  /// It takes none.
  public typealias Parameters = NoParameters

  /// A payment of the wallet that is in no book.
  public struct Unbooked: RPCObject, Equatable {
    /// Its payment hash, in hex.
    public let paymentHash: String
    /// What the payee got.
    public let amountMsat: Msat
    /// What routing cost.
    public let feeMsat: Msat
    /// When the wallet made it, in Unix milliseconds.
    public let paidAtMs: UInt64
    /// `settled`, or `pending` while it is on its way.
    public let state: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case state
      case paymentHash = "payment_hash"
      case amountMsat = "amount_msat"
      case feeMsat = "fee_msat"
      case paidAtMs = "paid_at_ms"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .paymentHash:
        .init(\Self.paymentHash, "Its payment hash, in hex.")
      case .amountMsat:
        .init(\Self.amountMsat, "What the payee got.")
      case .feeMsat:
        .init(\Self.feeMsat, "What routing cost.")
      case .paidAtMs:
        .init(\Self.paidAtMs, "When the wallet made it, in Unix milliseconds.")
      case .state:
        .init(\Self.state, "settled, or pending while it is on its way.")
      }
    }

    init(_ payment: WalletPayment) {
      paymentHash = Hex.encode(payment.paymentHash)
      amountMsat = payment.amount
      feeMsat = payment.fee
      paidAtMs = payment.time.milliseconds
      state = payment.state.rawValue
    }
  }

  /// Where it stands.
  public struct Reply: RPCObject, Equatable {
    /// When the ledger was restored, in Unix milliseconds.
    public let restoredAtMs: UInt64
    /// The time of the last change in the backup, in Unix milliseconds.
    public let sinceMs: UInt64
    /// Who compared it with the wallet, `wallet` or `operator`; missing when nobody did.
    public let comparedBy: String?
    /// Whether grants can be unfrozen.
    public let isSettled: Bool
    /// What the wallet has paid and is in no book.
    public let unbooked: [Unbooked]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case unbooked
      case restoredAtMs = "restored_at_ms"
      case sinceMs = "since_ms"
      case comparedBy = "compared_by"
      case isSettled = "settled"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .restoredAtMs:
        .init(\Self.restoredAtMs, "When the ledger was restored, in Unix milliseconds.")
      case .sinceMs:
        .init(\Self.sinceMs, "The time of the last change in the backup, in Unix milliseconds.")
      case .comparedBy:
        .init(
          \Self.comparedBy,
          "Who compared it with the wallet, wallet or operator; missing when nobody did.")
      case .isSettled:
        .init(\Self.isSettled, "Whether grants can be unfrozen.")
      case .unbooked:
        .init(\Self.unbooked, "What the wallet has paid and is in no book.")
      }
    }

    /// A reply.
    public init(_ restoration: Restoration) {
      restoredAtMs = restoration.restoredAt.milliseconds
      sinceMs = restoration.since.milliseconds
      comparedBy = restoration.check?.rawValue
      isSettled = restoration.isSettled
      unbooked = restoration.unbooked.map { Unbooked($0) }
    }
  }
}

/// Compares a restored ledger with the wallet.
public enum RestoreCompare: RPCMethod {
  /// `restore.compare`.
  public static let name = "restore.compare"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Compares a restored ledger with the wallet's list of payments, or takes an operator's word."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict, .notFound, .upstream]
  /// Something is other than before.
  public static let changesState = true

  /// Who compares.
  public struct Parameters: RPCParameters {
    /// That an operator did, and how; missing to ask the wallet.
    public var walletChecked: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case walletChecked = "wallet_checked"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .walletChecked:
        .init(
          \Self.walletChecked, "That an operator did, and how; missing to ask the wallet."
        ).length(1...500)
      }
    }

    /// The wallet is asked, or `walletChecked` says how an operator knows.
    public init(walletChecked: String? = nil) { self.walletChecked = walletChecked }
  }

  /// Where it stands then.
  public typealias Reply = RestoreStatus.Reply
}

/// Books a payment that the wallet made and a restored ledger does not know.
public enum PaymentBook: RPCMethod {
  /// `payment.book`.
  public static let name = "payment.book"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Books a payment that the wallet made and a restored ledger does not know, or says that it is "
    + "not Purser's."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict, .notFound]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which payment, and whose.
  public struct Parameters: RPCParameters {
    /// Its payment hash, in hex.
    public var paymentHash: String
    /// The grant that made it.
    public var node: NodeID?
    /// True for a payment that is not Purser's.
    public var isOutside: Bool?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node
      case paymentHash = "payment_hash"
      case isOutside = "outside"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .paymentHash:
        .init(\Self.paymentHash, "Its payment hash, in hex.")
      case .node:
        .init(\Self.node, "The grant that made it.")
      case .isOutside:
        .init(\Self.isOutside, "True for a payment that is not Purser's.")
      }
    }

    /// The payment `paymentHash` of the grant `node`, or of nobody here.
    public init(paymentHash: String, node: NodeID? = nil, isOutside: Bool? = nil) {
      self.paymentHash = paymentHash
      self.node = node
      self.isOutside = isOutside
    }
  }

  /// What was booked.
  public struct Reply: RPCObject, Equatable {
    /// The hold that records it; missing for one that is not Purser's.
    public let hold: HoldID?
    /// What was booked, fee included.
    public let settledMsat: Msat?
    /// How many payments are left to be booked.
    public let unbooked: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case hold, unbooked
      case settledMsat = "settled_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .hold:
        .init(\Self.hold, "The hold that records it; missing for one that is not Purser's.")
      case .settledMsat:
        .init(\Self.settledMsat, "What was booked, fee included.")
      case .unbooked:
        .init(\Self.unbooked, "How many payments are left to be booked.")
      }
    }

    /// A reply.
    public init(hold: HoldID?, settledMsat: Msat?, unbooked: UInt64) {
      self.hold = hold
      self.settledMsat = settledMsat
      self.unbooked = unbooked
    }
  }
}
