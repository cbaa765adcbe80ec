internal import FoundationEssentials
internal import LibCrypto
internal import PurserCore

/// What is asked of the wallet: a method of NIP-47 and its parameters.
struct NWCRequest<Parameters: Encodable & Sendable>: Encodable, Sendable {
  let method: NWCMethod
  let params: Parameters
}

/// The methods of NIP-47 that Purser uses.
enum NWCMethod: String, Codable, Sendable, CaseIterable {
  case payInvoice = "pay_invoice"
  case lookUpInvoice = "lookup_invoice"
  case makeInvoice = "make_invoice"
  case listTransactions = "list_transactions"
  case getBalance = "get_balance"
  case getInfo = "get_info"
}

/// The parameters of each method; amounts are in msat, times in seconds.
enum NWCParameters {
  struct None: Encodable, Sendable {}

  struct Pay: Encodable, Sendable {
    let invoice: String
  }

  struct LookUp: Encodable, Sendable {
    let paymentHash: String

    enum CodingKeys: String, CodingKey { case paymentHash = "payment_hash" }
  }

  struct Make: Encodable, Sendable {
    let amount: UInt64
    let description: String
    let expiry: UInt64
  }

  struct List: Encodable, Sendable {
    let from: UInt64?
    let limit: Int
    let offset: Int
    /// With those that are not paid yet.
    let unpaid = true
    let type = "outgoing"
  }
}

/// The answer to a request.
struct NWCAnswer<Result: Decodable>: Decodable {
  struct Failure: Decodable {
    let code: String
    let message: String?
  }

  let resultType: String
  let error: Failure?
  let result: Result?

  enum CodingKeys: String, CodingKey {
    case error, result
    case resultType = "result_type"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    resultType = try values.decode(String.self, forKey: .resultType)
    error = try values.decodeIfPresent(Failure.self, forKey: .error)
    // A failed answer may have anything there.
    result = error == nil ? try values.decodeIfPresent(Result.self, forKey: .result) : nil
  }
}

/// The results of each method.
enum NWCResult {
  struct Pay: Decodable {
    let preimage: String
    let feesPaid: UInt64?

    enum CodingKeys: String, CodingKey {
      case preimage
      case feesPaid = "fees_paid"
    }
  }

  struct Balance: Decodable {
    let balance: Int64
  }

  struct Info: Decodable {
    let alias: String?
    /// What this connection may do.
    let methods: [String]?
  }

  struct Made: Decodable {
    let invoice: String?
  }

  struct List: Decodable {
    let transactions: [NWCTransaction]
  }
}

/// An invoice or a payment as the wallet tells of it.
struct NWCTransaction: Decodable {
  let type: String?
  let state: String?
  let preimage: String?
  let paymentHash: String
  let amount: UInt64?
  let feesPaid: UInt64?
  let createdAt: UInt64?
  let settledAt: UInt64?

  enum CodingKeys: String, CodingKey {
    case type, state, preimage, amount
    case paymentHash = "payment_hash"
    case feesPaid = "fees_paid"
    case createdAt = "created_at"
    case settledAt = "settled_at"
  }

  /// Whether it is an invoice of this wallet rather than a payment.
  var isIncoming: Bool { type?.lowercased() == "incoming" }

  /// What became of it; `pending` for all that is not said to be over.
  ///
  /// Nil when it says two things: that it failed, and when it was settled.
  var outcome: WalletPayment.State? {
    let isSettled = settledAt.map { $0 > 0 } ?? false
    switch state?.lowercased() {
    case "settled": return .settled
    case "failed": return isSettled ? nil : .failed
    case nil: return isSettled ? .settled : .pending
    default: return .pending
    }
  }
}

extension String {
  /// The 32 bytes that this spells in hex if they hash to `paymentHash`.
  func preimage(of paymentHash: [UInt8]) -> [UInt8]? {
    guard let bytes = Hex.decode(self), bytes.count == 32,
      constantTimeEqual(SHA256.hash(bytes), paymentHash)
    else { return nil }
    return bytes
  }
}
