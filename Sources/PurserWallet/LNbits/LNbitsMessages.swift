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

/// The answer to `GET /api/v1/wallet`; the balance is in msat.
struct LNbitsWalletInfo: Decodable {
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

  func errorText(cleanedBy api: LNbitsAPI) -> String {
    "LNbits answered \(status)" + (detail.map { ": \(api.cleaned($0))" } ?? "")
  }

  func walletError(cleanedBy api: LNbitsAPI) -> WalletError {
    let text = errorText(cleanedBy: api)
    return status == 401 || status == 403 ? .unauthorized(text) : .unexpected(text)
  }
}
