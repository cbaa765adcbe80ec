internal import FoundationEssentials
internal import LibCrypto
internal import PurserCore

/// The body of `POST /api/v1/payments` that pays.
struct LNbitsPayRequest: Encodable {
  let out = true
  let bolt11: String
}

/// The body of `POST /api/v1/payments` that makes an invoice; the amount is in satoshi.
struct LNbitsInvoiceRequest: Encodable {
  let out = false
  let unit = "sat"
  let amount: UInt64
  let memo: String
  let expiry: UInt64
}

/// A payment as LNbits tells of it; amounts are in msat, and outgoing ones are negative.
struct LNbitsPayment: Decodable {
  let paymentHash: String
  let amount: Int64
  let fee: Int64
  let status: String
  let bolt11: String?
  let preimage: String?

  enum CodingKeys: String, CodingKey {
    case amount, fee, status, bolt11, preimage
    case paymentHash = "payment_hash"
  }

  /// The fee, which is negative for payments over the network and positive for internal ones.
  var feeMagnitude: Msat { Msat(fee.magnitude) ?? .max }

  /// The preimage if it hashes to `paymentHash`; some funding sources have none, or all zeros.
  func preimage(for paymentHash: [UInt8]) -> [UInt8]? {
    guard let preimage, let bytes = Hex.decode(preimage), bytes.count == 32,
      constantTimeEqual(SHA256.hash(bytes), paymentHash)
    else { return nil }
    return bytes
  }
}

/// The answer to `GET /api/v1/payments/HASH`.
struct LNbitsLookUp: Decodable {
  let paid: Bool
  /// Only for the wallet whose key was sent.
  let details: LNbitsPayment?
}

/// An entry of the answer to `GET /api/v1/payments`; amounts are in msat, outgoing ones negative.
struct LNbitsListed: Decodable {
  let paymentHash: String
  let amount: Int64
  let fee: Int64
  let status: String
  /// ISO 8601; nil where the server writes something else.
  let time: String?

  enum CodingKeys: String, CodingKey {
    case amount, fee, status, time
    case paymentHash = "payment_hash"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    paymentHash = try container.decode(String.self, forKey: .paymentHash)
    amount = try container.decode(Int64.self, forKey: .amount)
    fee = try container.decode(Int64.self, forKey: .fee)
    status = try container.decode(String.self, forKey: .status)
    time = try? container.decode(String.self, forKey: .time)
  }

  /// The payment, if it is an outgoing one; `unknownTime` stands for a time that does not read.
  func payment(unknownTime: Timestamp) -> WalletPayment? {
    guard amount < 0, let hash = Hex.decode(paymentHash), hash.count == 32 else { return nil }
    let state: WalletPayment.State =
      switch status {
      case "success": .settled
      case "failed": .failed
      default: .pending
      }
    return WalletPayment(
      paymentHash: hash, amount: Msat(amount.magnitude) ?? .max, fee: Msat(fee.magnitude) ?? .max,
      time: madeAt ?? unknownTime, state: state)
  }

  private var madeAt: Timestamp? {
    guard let time else { return nil }
    let parsed =
      (try? Date(time, strategy: .iso8601))
      ?? (try? Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    return parsed.map { Timestamp(seconds: UInt64(max(0, $0.timeIntervalSince1970))) }
  }
}

/// The answer to `GET /api/v1/wallet`; the balance is in msat.
struct LNbitsWalletInfo: Decodable {
  /// Only for who has the admin key.
  let id: String?
  let name: String
  let balance: Int64
}

/// An answer of LNbits, its body bounded and not yet understood.
struct LNbitsAnswer: Sendable {
  let status: UInt
  let body: [UInt8]

  func decoded<Message: Decodable>(_ type: Message.Type) -> Message? {
    try? JSONDecoder().decode(type, from: Data(body))
  }

  private struct Failure: Decodable {
    let detail: String
    let status: String?
  }

  /// What LNbits says went wrong, nil when it is not in its own form.
  var detail: String? { decoded(Failure.self)?.detail }

  /// Its word for what that means: `failed`, `pending` or `success`.
  var failureStatus: String? { decoded(Failure.self)?.status }

  /// Whether this 404 is about the payment, and not about a path or a proxy.
  var isPaymentUnknown: Bool { detail == "Payment does not exist." }

  /// Whether LNbits does not take the key; one that it does not know is a 404 there.
  var isKeyRefused: Bool {
    status == 401 || status == 403 || (status == 404 && detail == "Wallet not found.")
  }

  func errorText(cleanedBy api: LNbitsAPI) -> String {
    "LNbits answered \(status)" + (detail.map { ": \(api.cleaned($0))" } ?? "")
  }

  func walletError(cleanedBy api: LNbitsAPI) -> WalletError {
    let text = errorText(cleanedBy: api)
    return isKeyRefused ? .unauthorized(text) : .unexpected(text)
  }
}
