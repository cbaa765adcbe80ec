internal import FoundationEssentials
internal import LibCrypto
internal import PurserCore

/// The body of `POST /v2/router/send`; lnd writes and reads 64-bit numbers as text.
struct LNDSendRequest: Encodable {
  let invoice: String
  let feeLimit: String
  let delayLimit: UInt32
  let timeoutSeconds: UInt32
  let onlyFinal = true

  enum CodingKeys: String, CodingKey {
    case invoice = "payment_request"
    case feeLimit = "fee_limit_msat"
    case delayLimit = "cltv_limit"
    case timeoutSeconds = "timeout_seconds"
    case onlyFinal = "no_inflight_updates"
  }
}

/// The body of `POST /v1/invoices`.
struct LNDInvoiceRequest: Encodable {
  let amount: String
  let memo: String
  let expiry: String

  enum CodingKeys: String, CodingKey {
    case memo, expiry
    case amount = "value_msat"
  }
}

/// The answer to it.
struct LNDInvoice: Decodable {
  let text: String

  enum CodingKeys: String, CodingKey { case text = "payment_request" }
}

/// A payment as lnd tells of it (`Payment` of `lnrpc/lightning.proto`).
struct LNDPayment: Decodable, Sendable {
  let paymentHash: String
  let preimage: String
  let amount: String
  let fee: String
  let status: String
  let failureReason: String?
  let createdAt: String

  enum CodingKeys: String, CodingKey {
    case status
    case paymentHash = "payment_hash"
    case preimage = "payment_preimage"
    case amount = "value_msat"
    case fee = "fee_msat"
    case failureReason = "failure_reason"
    case createdAt = "creation_time_ns"
  }

  /// The fee; the most there is when lnd's does not read.
  var feeAmount: Msat { UInt64(fee).flatMap(Msat.init) ?? .max }

  /// The payment as an entry of a list; `unknownTime` stands for a time that does not read.
  func listed(unknownTime: Timestamp) -> WalletPayment? {
    guard let hash = Hex.decode(paymentHash), hash.count == 32 else { return nil }
    let state: WalletPayment.State =
      switch status {
      case "SUCCEEDED": .settled
      case "FAILED": .failed
      default: .pending
      }
    let time = UInt64(createdAt).map { Timestamp(milliseconds: $0 / 1_000_000) }
    return WalletPayment(
      paymentHash: hash, amount: UInt64(amount).flatMap(Msat.init) ?? .max, fee: feeAmount,
      time: time ?? unknownTime, state: state)
  }
}

/// One line of a stream of payments: how it stands, or why the stream ended.
struct LNDUpdate: Decodable, Sendable {
  let result: LNDPayment?
  let error: LNDFailure?
}

/// An error of lnd, with the number that gRPC gives it.
struct LNDFailure: Decodable, Sendable, Error {
  let code: Int
  let message: String

  /// The numbers of errors that lnd itself gives to an order; others, such as 14 for a server that
  /// is not there, come from what lies between and say nothing of the payment.
  private static let ownCodes: Set<Int> = [2, 3, 7, 9, 12, 16]

  static let notFound = 5
  static let alreadyExists = 6

  /// Whether lnd refused the order; it writes a payment down before it sends anything.
  var isRefusal: Bool { Self.ownCodes.contains(code) && !isNotReady }

  /// Whether lnd is locked or still starts.
  var isNotReady: Bool {
    ["wallet locked", "the RPC server is in the process of starting", "waiting to start"]
      .contains { message.utf8.starts(with: $0.utf8) }
  }

  /// Whether it is about the macaroon.
  var isAboutCredential: Bool {
    code == 7 || code == 16
      || ["permission denied", "verification failed", "macaroon"].contains {
        message.contains($0)
      }
  }
}

/// An error as an answer of its own and as a line of a stream have it.
private struct LNDWrappedFailure: Decodable { let error: LNDFailure }

extension WalletAnswer {
  /// lnd's own error, nil when the answer is in another form.
  var lndFailure: LNDFailure? {
    decoded(LNDFailure.self) ?? decoded(LNDWrappedFailure.self)?.error
  }
}

/// The answer to `GET /v1/payments`, the oldest first.
struct LNDPaymentList: Decodable {
  let payments: [LNDPayment]
  let firstIndex: String

  enum CodingKeys: String, CodingKey {
    case payments
    case firstIndex = "first_index_offset"
  }
}

/// The answer to `GET /v1/getinfo`.
struct LNDInfo: Decodable {
  let alias: String
  let version: String
}

/// The answer to `GET /v1/balance/channels`.
struct LNDBalance: Decodable {
  struct Amount: Decodable { let msat: String }

  let localBalance: Amount?

  enum CodingKeys: String, CodingKey { case localBalance = "local_balance" }

  /// What is on our side of the channels.
  var amount: Msat? { localBalance.flatMap { UInt64($0.msat) }.flatMap(Msat.init) }
}
