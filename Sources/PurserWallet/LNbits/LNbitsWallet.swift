internal import L402
internal import LibCrypto
public import PurserCore

/// A wallet of an LNbits server, over its REST API (LNbits 1.x, `/api/v1`).
///
/// LNbits takes no fee limit with an order: it keeps to a reserve of its own, which is what
/// ``feeReserve(for:)`` says. It pays expired invoices, so whoever calls checks the expiry.
public struct LNbitsWallet: Wallet {
  private let api: LNbitsAPI
  private let adminKey: String?
  private let invoiceKey: String
  private let settings: LNbitsSettings

  /// A wallet of the server at `url`.
  /// - Parameters:
  ///   - url: `https`, or `http` to this machine or to an onion service, because every request
  ///     carries a key.
  ///   - adminKey: What pays; nil for a wallet that only receives.
  ///   - invoiceKey: What makes invoices and looks things up.
  ///   - settings: What the server's operator may have changed.
  /// - Throws: ``LNbitsConfigurationError``.
  public init(
    url: String, adminKey: String?, invoiceKey: String, settings: LNbitsSettings = LNbitsSettings()
  ) throws(LNbitsConfigurationError) {
    guard [adminKey, invoiceKey].allSatisfy({ $0.map(LNbitsAPI.isKey) ?? true }) else {
      throw .badKey
    }
    api = try LNbitsAPI(
      url: url, timeoutMilliseconds: settings.timeoutMilliseconds,
      secrets: [adminKey, invoiceKey].compactMap(\.self))
    self.adminKey = adminKey
    self.invoiceKey = invoiceKey
    self.settings = settings
  }

  /// What LNbits sets aside for routing, and so the most that it spends on it.
  public func feeReserve(for amount: Msat) -> Msat { settings.reserve(for: amount) }

  /// Pays the invoice.
  ///
  /// Settled is only what comes with a preimage that fits. Failed is only a refusal that is known
  /// to come before anything is sent, and only while LNbits has no other payment of this invoice
  /// on record: LNbits checks the balance before it looks for an earlier payment, so that a
  /// repeated order may be refused while the first one is on its way.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    guard let adminKey else {
      return .failed(reason: "this wallet has no admin key: it cannot pay")
    }
    let answer: LNbitsAnswer
    do throws(WalletError) {
      answer = try await api.post(
        "payments", LNbitsPayRequest(bolt11: order.invoice.text), key: adminKey)
    } catch {
      return .unknown(reason: error.reason)
    }
    if answer.status == 201, let payment = answer.decoded(LNbitsPayment.self) {
      return await outcome(payment, order)
    }
    let reason = answer.errorText(cleanedBy: api)
    guard LNbitsRefusal.isBeforeSending(answer) else { return .unknown(reason: reason) }
    return await refused(reason, order)
  }

  /// What became of this wallet's outgoing payment with this hash.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` also for a payment that LNbits calls
  ///   paid without a preimage that fits.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    let hash = Hex.encode(paymentHash)
    let answer = try await api.get("payments/\(hash)", key: invoiceKey)
    if answer.status == 404, answer.isPaymentUnknown { return .notFound }
    guard answer.status == 200, let lookUp = answer.decoded(LNbitsLookUp.self) else {
      throw answer.walletError(cleanedBy: api)
    }
    // Without a key that it knows LNbits tells of anybody's payment, and leaves out the details.
    guard let payment = lookUp.details else {
      throw .unauthorized("LNbits does not know the invoice key")
    }
    guard payment.paymentHash == hash else {
      throw .unexpected("LNbits told of another payment")
    }
    guard payment.amount < 0 else { return .notFound }
    switch (lookUp.paid, payment.status) {
    case (true, _):
      guard let preimage = payment.preimage(for: paymentHash) else {
        throw .unexpected("LNbits says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: payment.feeMagnitude)
    case (false, "failed"): return .failed(reason: "LNbits marked the payment as failed")
    default: return .pending
    }
  }

  /// Makes an invoice over a whole number of satoshi: LNbits knows no smaller unit.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    guard request.amount > .zero, request.amount.value.isMultiple(of: 1000) else {
      throw .unexpected("LNbits makes invoices over whole satoshi only")
    }
    let body = LNbitsInvoiceRequest(
      amount: request.amount.value / 1000, memo: request.description,
      expiry: request.expirySeconds)
    let answer = try await api.post("payments", body, key: invoiceKey)
    guard answer.status == 201, let payment = answer.decoded(LNbitsPayment.self),
      let text = payment.bolt11
    else { throw answer.walletError(cleanedBy: api) }
    guard let invoice = try? Invoice(decoding: text), invoice.amountMsat == request.amount.value
    else { throw .unexpected("LNbits made another invoice than it was asked for") }
    return invoice.text
  }

  /// What this wallet has sent since `time`, from LNbits' own list, which has the newest first.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` for more than 10,000 entries.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    var found: [WalletPayment] = []
    for page in 0..<Self.mostPages {
      let answer = try await api.get(
        "payments?limit=\(Self.pageLength)&offset=\(page * Self.pageLength)", key: invoiceKey)
      guard answer.status == 200, let entries = answer.decoded([LNbitsListed].self) else {
        throw answer.walletError(cleanedBy: api)
      }
      // One whose time does not read may be a new one.
      let payments = entries.compactMap { $0.payment(unknownTime: time) }
      found += payments.filter { $0.time >= time }
      let isPast = payments.last.map { $0.time < time } ?? false
      if entries.count < Self.pageLength || isPast { return found }
    }
    throw .unexpected("LNbits lists more than \(Self.mostPages * Self.pageLength) payments")
  }

  private static let pageLength = 50
  private static let mostPages = 200

  /// The wallet's name and balance.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    let answer = try await api.get("wallet", key: invoiceKey)
    guard answer.status == 200, let wallet = answer.decoded(LNbitsWalletInfo.self) else {
      throw answer.walletError(cleanedBy: api)
    }
    return WalletInfo(
      kind: "lnbits", name: api.cleaned(wallet.name),
      balance: Msat(UInt64(clamping: wallet.balance)))
  }
}

extension LNbitsWallet {
  /// What the two keys may do: LNbits tells whoever has an admin key the wallet's identifier.
  /// - Throws: ``WalletError``.
  public func powers() async throws(WalletError) -> WalletPowers {
    var excess: [String] = []
    if invoiceKey != adminKey, try await isAdminKey(invoiceKey) {
      excess.append("invoice key: pays")
    }
    let reading: Set<WalletPowers.Power> = [.lookUp, .list, .receive, .balance]
    guard let adminKey, try await isAdminKey(adminKey) else {
      return WalletPowers(allowed: reading, refused: [.pay], excess: excess, software: "LNbits")
    }
    return WalletPowers(
      allowed: reading.union([.pay]), excess: excess, software: "LNbits")
  }

  private func isAdminKey(_ key: String) async throws(WalletError) -> Bool {
    let answer = try await api.get("wallet", key: key)
    guard answer.status == 200, let wallet = answer.decoded(LNbitsWalletInfo.self) else {
      throw answer.walletError(cleanedBy: api)
    }
    return wallet.id != nil
  }

  private func outcome(_ payment: LNbitsPayment, _ order: PaymentOrder) async -> PaymentOutcome {
    guard payment.paymentHash == Hex.encode(order.invoice.paymentHash) else {
      return .unknown(reason: "LNbits told of another payment")
    }
    switch payment.status {
    case "success":
      guard let preimage = payment.preimage(for: order.invoice.paymentHash) else {
        return .unknown(reason: "LNbits says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: payment.feeMagnitude)
    case "failed": return await refused("LNbits marked the payment as failed", order)
    default: return .unknown(reason: "LNbits says that the payment is pending")
    }
  }

  /// Failed, unless LNbits has a payment of this invoice on record that is not.
  private func refused(_ reason: String, _ order: PaymentOrder) async -> PaymentOutcome {
    do throws(WalletError) {
      switch try await lookUp(paymentHash: order.invoice.paymentHash) {
      case .notFound, .failed: return .failed(reason: reason)
      case .pending, .settled:
        return .unknown(reason: "\(reason); but there is an earlier payment of this invoice")
      }
    } catch {
      return .unknown(reason: "\(reason); and looking it up: \(error.reason)")
    }
  }
}

extension WalletError {
  fileprivate var reason: String {
    switch self {
    case .unreachable(let text), .unauthorized(let text), .unexpected(let text): text
    }
  }
}
