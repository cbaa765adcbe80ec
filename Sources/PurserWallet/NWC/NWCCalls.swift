internal import FoundationEssentials
internal import L402
internal import LibCrypto
internal import PurserCore

// Requests, and what their answers come to.
extension NWCWallet {
  /// The result of `method`.
  func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: NWCMethod, _ parameters: Parameters, _ result: Result.Type
  ) async throws(NWCFailure) -> Result {
    let request = NWCRequest(method: method, params: parameters)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let plaintext = try? encoder.encode(request) else {
      throw .notSent(.unusable("the request cannot be written"))
    }
    switch await session.request(Array(plaintext)) {
    case .notSent(let error): throw .notSent(error)
    case .unanswered(let reason): throw .unanswered(reason)
    case .answered(let text):
      guard let answer = try? JSONDecoder().decode(NWCAnswer<Result>.self, from: Data(text)),
        answer.resultType == method.rawValue
      else { throw .unanswered("the wallet's answer is not one to \(method.rawValue)") }
      if let failure = answer.error {
        throw .refused(
          code: CleanText.line(failure.code, maximum: 40),
          CleanText.line(failure.message ?? "", maximum: 200))
      }
      guard let result = answer.result else {
        throw .unanswered("the wallet's answer has neither a result nor an error")
      }
      return result
    }
  }

  /// The result of `method`, for what moves no money.
  func answer<Result: Decodable & Sendable>(
    _ method: NWCMethod, _ parameters: some Encodable & Sendable, _ result: Result.Type
  ) async throws(WalletError) -> Result {
    do throws(NWCFailure) { return try await call(method, parameters, result) } catch {
      throw error.walletError
    }
  }

  /// What the wallet says that it offers.
  func offer() async throws(WalletError) -> NWCOffer {
    do throws(RelayError) { return try await session.offer() } catch {
      throw NWCFailure.notSent(error).walletError
    }
  }

  func balance() async throws(WalletError) -> Msat {
    let balance = try await answer(.getBalance, NWCParameters.None(), NWCResult.Balance.self)
    return Msat(UInt64(clamping: balance.balance)) ?? .max
  }

  /// The fee that a payment is booked with: what the wallet says, else all that it may have been.
  func fee(_ paid: UInt64?, for amount: Msat) -> Msat {
    guard let paid else { return settings.reserve(for: amount) }
    return Msat(paid) ?? .max
  }

  /// What an order comes to that has no result.
  func outcome(of failure: NWCFailure, _ order: PaymentOrder) async -> PaymentOutcome {
    let reason = failure.reason
    guard failure.isBeforeSending || failure.isFailedPayment else {
      return .unknown(reason: reason)
    }
    do throws(WalletError) {
      switch try await lookUp(paymentHash: order.invoice.paymentHash) {
      case .failed: return .failed(reason: reason)
      case .notFound where failure.isBeforeSending: return .failed(reason: reason)
      case .notFound: return .unknown(reason: "\(reason); but the wallet has no record of it")
      case .pending, .settled:
        return .unknown(reason: "\(reason); but the wallet has a payment of this invoice on record")
      }
    } catch {
      return .unknown(reason: "\(reason); and looking it up: \(error.reason)")
    }
  }
}

// The wallet's list of payments.
extension NWCWallet {
  private static let pageLength = 20
  private static let mostPages = 500
  /// How much of the list is read for one payment.
  private static let mostPagesForOne = 10

  /// All that was sent since `time`, the newest first.
  func listed(since time: Timestamp) async throws(WalletError) -> [WalletPayment] {
    var found: [WalletPayment] = []
    for page in 0..<Self.mostPages {
      let entries = try await transactions(from: time.seconds, page: page)
      for entry in entries where !entry.isIncoming {
        let payment = try payment(entry, unknownTime: time)
        // One that came in meanwhile moves the others to the next page, where they are seen again.
        if payment.time >= time, !found.suffix(2 * Self.pageLength).contains(payment) {
          found.append(payment)
        }
      }
      let isPast = entries.last?.createdAt.map { $0 < time.seconds } ?? false
      if entries.count < Self.pageLength || isPast { return found }
    }
    throw .unexpected("the wallet lists more than \(Self.mostPages * Self.pageLength) payments")
  }

  /// What the list says of the payment with this hash.
  func listedStatus(of paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    guard try await offer().offers(.listTransactions) else {
      throw .unexpected(
        "the wallet does not find the payment, and offers no list to check that with")
    }
    let hash = Hex.encode(paymentHash)
    var found: [PaymentStatus] = []
    for page in 0..<Self.mostPagesForOne {
      let entries = try await transactions(from: nil, page: page)
      for entry in entries where !entry.isIncoming && entry.paymentHash.lowercased() == hash {
        found.append(try status(of: entry, paymentHash))
      }
      guard entries.count < Self.pageLength else { continue }
      // One invoice may have been tried more than once.
      return found.first(where: \.isSettled) ?? found.first { $0 == .pending } ?? found.first
        ?? .notFound
    }
    if let settled = found.first(where: \.isSettled) { return settled }
    throw .unexpected(
      "the wallet does not find the payment, and its list is too long to check that with")
  }

  /// What became of a payment that the wallet tells of.
  func status(
    of entry: NWCTransaction, _ paymentHash: [UInt8]
  ) throws(WalletError) -> PaymentStatus {
    switch entry.outcome {
    case .pending: return .pending
    case .failed: return .failed(reason: "the wallet marked the payment as failed")
    case .settled:
      guard let preimage = entry.preimage?.preimage(of: paymentHash) else {
        throw .unexpected("the wallet says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: try payment(entry, unknownTime: nil).fee)
    case nil: throw .unexpected("the wallet says that a payment failed, and that it was settled")
    }
  }

  private func payment(
    _ entry: NWCTransaction, unknownTime: Timestamp?
  ) throws(WalletError) -> WalletPayment {
    guard let hash = Hex.decode(entry.paymentHash), hash.count == 32, let amount = entry.amount,
      let amount = Msat(amount)
    else { throw .unexpected("the wallet tells of a payment without its hash or its amount") }
    // What contradicts itself may be on its way.
    let state = entry.outcome ?? .pending
    let time = entry.createdAt.map { Timestamp(seconds: $0) } ?? unknownTime
    return WalletPayment(
      paymentHash: hash, amount: amount, fee: fee(entry.feesPaid, for: amount),
      time: time ?? Timestamp(milliseconds: 0), state: state)
  }

  private func transactions(
    from time: UInt64?, page: Int
  ) async throws(WalletError) -> [NWCTransaction] {
    let parameters = NWCParameters.List(
      from: time, limit: Self.pageLength, offset: page * Self.pageLength)
    return try await answer(.listTransactions, parameters, NWCResult.List.self).transactions
  }
}

extension PaymentStatus {
  fileprivate var isSettled: Bool { if case .settled = self { true } else { false } }
}

extension WalletError {
  fileprivate var reason: String {
    switch self {
    case .unreachable(let text), .unauthorized(let text), .unexpected(let text): text
    }
  }
}
