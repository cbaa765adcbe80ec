internal import LibCrypto
internal import PurserCore

/// An amount in msat: a number, or before version 23.08 text with the unit after it.
struct CLNAmount: Decodable, Sendable {
  let amount: Msat

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let number: UInt64?
    if let text = try? container.decode(String.self) {
      number = text.hasSuffix("msat") ? UInt64(text.dropLast(4)) : nil
    } else {
      number = try container.decode(UInt64.self)
    }
    guard let amount = number.flatMap(Msat.init) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no amount")
    }
    self.amount = amount
  }
}

/// The parameters of `xpay` (`doc/schemas/xpay.json`).
struct CLNXpay: Encodable, Sendable {
  let invstring: String
  let maxfee: UInt64
  let maxdelay: UInt32
  let retryFor: UInt32

  enum CodingKeys: String, CodingKey {
    case invstring, maxfee, maxdelay
    case retryFor = "retry_for"
  }
}

/// The parameters of `pay` (`doc/schemas/pay.json`).
struct CLNPay: Encodable, Sendable {
  let bolt11: String
  let maxfee: UInt64
  let maxdelay: UInt32
  let retryFor: UInt32

  enum CodingKeys: String, CodingKey {
    case bolt11, maxfee, maxdelay
    case retryFor = "retry_for"
  }
}

/// What both of them answer when the payment has settled.
struct CLNPaid: Decodable, Sendable {
  let preimage: String
  let amount: CLNAmount
  let sent: CLNAmount
  /// Of `pay` alone.
  let status: String?

  enum CodingKeys: String, CodingKey {
    case status
    case preimage = "payment_preimage"
    case amount = "amount_msat"
    case sent = "amount_sent_msat"
  }
}

struct CLNNoParameters: Encodable, Sendable {}

/// The parameters of `listpays` for one payment.
struct CLNListPays: Encodable, Sendable {
  let paymentHash: String

  enum CodingKeys: String, CodingKey { case paymentHash = "payment_hash" }
}

/// The answer to `listpays` (`doc/schemas/listpays.json`).
struct CLNPayments: Decodable, Sendable {
  let pays: [CLNPayment]
}

/// One attempt at a payment, all its parts together.
struct CLNPayment: Decodable, Sendable {
  let paymentHash: String
  let status: String
  let createdAt: UInt64
  let preimage: String?
  let bolt11: String?
  let amount: CLNAmount?
  let sent: CLNAmount?

  enum CodingKeys: String, CodingKey {
    case status, preimage, bolt11
    case paymentHash = "payment_hash"
    case createdAt = "created_at"
    case amount = "amount_msat"
    case sent = "amount_sent_msat"
  }

  /// What routing cost, where both amounts are known.
  var fee: Msat? {
    guard let amount, let sent else { return nil }
    return sent.amount.subtracting(amount.amount)
  }
}

/// The parameters of `invoice`.
struct CLNInvoiceRequest: Encodable, Sendable {
  let amount: UInt64
  let label: String
  let description: String
  let expiry: UInt64

  enum CodingKeys: String, CodingKey {
    case label, description, expiry
    case amount = "amount_msat"
  }
}

struct CLNInvoice: Decodable, Sendable { let bolt11: String }

/// The answer to `getinfo`.
struct CLNInfo: Decodable, Sendable {
  let alias: String?
  let version: String
}

/// The answer to `listpeerchannels`.
struct CLNChannels: Decodable, Sendable {
  struct Channel: Decodable, Sendable {
    let state: String
    let spendable: CLNAmount?

    enum CodingKeys: String, CodingKey {
      case state
      case spendable = "spendable_msat"
    }
  }

  let channels: [Channel]

  /// What the channels that are in use can send.
  var spendable: Msat? {
    var sum: Msat? = .zero
    for channel in channels where channel.state == "CHANNELD_NORMAL" {
      guard let spendable = channel.spendable else { continue }
      sum = sum?.adding(spendable.amount)
    }
    return sum
  }
}
