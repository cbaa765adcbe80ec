internal import LibCrypto
internal import PurserCore

/// The answer to `POST /payinvoice` of a payment that settled; the fee is cut to whole satoshi.
struct PhoenixdPaid: Decodable {
  let paymentHash: String
  let paymentPreimage: String
  let routingFeeSat: UInt64
}

/// The answer to it of one that did not.
struct PhoenixdFailed: Decodable {
  let reason: String
}

/// An outgoing payment, on the chain as well; times are in milliseconds, fees in msat.
struct PhoenixdPayment: Decodable {
  let paymentHash: String?
  let preimage: String?
  let isPaid: Bool
  let sent: UInt64
  let fees: UInt64
  let invoice: String?
  let completedAt: UInt64?
  let createdAt: UInt64
}

/// The answer to `POST /createinvoice`.
struct PhoenixdInvoice: Decodable {
  let serialized: String
}

/// The answer to `GET /getinfo`.
struct PhoenixdInfo: Decodable {
  let nodeId: String
  let version: String
}

/// The answer to `GET /getbalance`.
struct PhoenixdBalance: Decodable {
  let balanceSat: UInt64

  var amount: Msat? {
    let (value, overflows) = balanceSat.multipliedReportingOverflow(by: 1000)
    return overflows ? nil : Msat(value)
  }
}
