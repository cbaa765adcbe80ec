internal import L402
internal import LibCrypto
public import PurserCore

/// A node of lnd, over its REST interface.
///
/// lnd keeps to the fee limit and to the limit of blocks that come with an order.
public struct LNDWallet: Wallet {
  /// The most blocks that lnd takes as a limit unless its operator raised `--max-cltv-expiry`.
  public static let maximumDelayBlocks: UInt32 = 2016
  /// For how long lnd tries new routes, in seconds; what is on its way then goes on.
  static let attemptSeconds: UInt32 = 60
  private static let pageLength = 50
  private static let mostPages = 200
  private static let maximumPage = 32 << 20

  private let http: WalletHTTP
  private let macaroon: LNDMacaroon

  /// The node whose REST interface is at `url`.
  /// - Parameters:
  ///   - url: `https`, or `http` to this machine or to an onion service.
  ///   - macaroon: The bytes of the macaroon's file.
  ///   - certificates: lnd's `tls.cert`: it alone is trusted. Nil where lnd stands behind a server
  ///     whose certificate an authority signed.
  ///   - timeoutMilliseconds: How long one request may take. A payment that takes longer goes on,
  ///     and is not known until it is looked up.
  /// - Throws: ``WalletConfigurationError``.
  public init(
    url: String, macaroon: [UInt8], certificates: [UInt8]?, timeoutMilliseconds: UInt32 = 90_000
  ) throws(WalletConfigurationError) {
    self.macaroon = try LNDMacaroon(macaroon)
    http = try WalletHTTP(
      name: "lnd", url: url, certificates: certificates,
      timeoutMilliseconds: timeoutMilliseconds, secrets: [self.macaroon.hex])
  }

  /// Zero: lnd keeps to the fee limit.
  public func feeReserve(for amount: Msat) -> Msat { .zero }

  /// Pays the invoice.
  ///
  /// Settled is only what comes with a preimage that fits. Failed is what lnd itself calls failed,
  /// for whichever reason: it does so when nothing is on its way any more and nothing more will be
  /// tried. A refused order has failed only while lnd has no payment of this invoice on record.
  /// Where it has one, that one is followed.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    let request = LNDSendRequest(
      invoice: order.invoice.text, feeLimit: "\(order.feeLimit.value)",
      delayLimit: min(order.maximumDelayBlocks, Self.maximumDelayBlocks),
      timeoutSeconds: Self.attemptSeconds)
    do throws(WalletError) {
      return try await follow(
        try await http.stream(
          "v2/router/send", try .json(request), headers: headers, take: update), order)
    } catch {
      return .unknown(reason: error.text)
    }
  }

  /// What became of this node's payment with this hash.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` also for a payment that lnd calls
  ///   paid without a preimage that fits.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    switch try await track(paymentHash, onlyFinal: false) {
    case .payment(let payment): return try status(of: payment, paymentHash)
    case .refused(let failure) where failure.code == LNDFailure.notFound: return .notFound
    case .refused(let failure): throw error(failure)
    case .other(let error): throw error
    }
  }

  /// Makes an invoice.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    let body = LNDInvoiceRequest(
      amount: "\(request.amount.value)", memo: request.description,
      expiry: "\(request.expirySeconds)")
    let answer = try await http.post("v1/invoices", try .json(body), headers: headers)
    guard let made = answer.decoded(LNDInvoice.self), answer.status == 200 else {
      throw error(answer)
    }
    guard let invoice = try? Invoice(decoding: made.text),
      invoice.amountMsat == request.amount.value
    else { throw .unexpected("lnd made another invoice than it was asked for") }
    return invoice.text
  }

  /// What this node has sent since `time`, from lnd's own list.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` for more than 10,000 payments.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    var found: [WalletPayment] = []
    var offset = "0"
    for _ in 0..<Self.mostPages {
      let answer = try await http.get(
        "v1/payments?include_incomplete=true&reversed=true&max_payments=\(Self.pageLength)"
          + "&index_offset=\(offset)", headers: headers, upTo: Self.maximumPage)
      guard answer.status == 200, let list = answer.decoded(LNDPaymentList.self) else {
        throw error(answer)
      }
      let payments = list.payments.reversed().compactMap { $0.listed(unknownTime: time) }
      found += payments.filter { $0.time >= time }
      let isPast = payments.last.map { $0.time < time } ?? false
      if list.payments.count < Self.pageLength || isPast { return found }
      guard UInt64(list.firstIndex) != nil, list.firstIndex != offset else {
        throw .unexpected("lnd's list of payments goes round in circles")
      }
      offset = list.firstIndex
    }
    throw .unexpected("lnd lists more than \(Self.mostPages * Self.pageLength) payments")
  }

  /// The node's alias, and what is on its side of the channels, as far as the macaroon lets them
  /// be read.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    let alias = try await nodeInfo()?.alias
    let answer = try await http.get("v1/balance/channels", headers: headers)
    let balance = answer.status == 200 ? answer.decoded(LNDBalance.self)?.amount : nil
    return WalletInfo(kind: "lnd", name: http.text.cleaned(alias ?? ""), balance: balance)
  }

  /// What the macaroon says that it may do, if lnd takes it.
  /// - Throws: ``WalletError``.
  public func powers() async throws(WalletError) -> WalletPowers {
    // After a space comes the commit that it was built from.
    let version = try await nodeInfo()?.version.prefix { $0 != " " }
    return macaroon.powers(
      software: version.map { "lnd " + http.text.cleaned(String($0)) } ?? "lnd")
  }
}

extension LNDWallet {
  private enum Tracked {
    case payment(LNDPayment)
    case refused(LNDFailure)
    case other(WalletError)
  }

  private var headers: KeyValuePairs<String, String> {
    ["Grpc-Metadata-macaroon": macaroon.hex]
  }

  private func update(_ line: [UInt8]) -> LNDUpdate? {
    guard !line.isEmpty else { return nil }
    return WalletAnswer(status: 200, body: line).decoded(LNDUpdate.self)
  }

  private func tracked(_ end: WalletHTTP.StreamEnd<LNDUpdate>) -> Tracked {
    switch end {
    case .taken(let update):
      if let payment = update.result { return .payment(payment) }
      if let failure = update.error { return .refused(failure) }
      return .other(.unexpected("lnd tells nothing of the payment"))
    case .answer(let answer):
      if let failure = answer.lndFailure { return .refused(failure) }
      return .other(error(answer))
    }
  }

  private func track(
    _ paymentHash: [UInt8], onlyFinal: Bool
  ) async throws(WalletError) -> Tracked {
    // 32 bytes are one short of a whole group, and lnd insists on the padding.
    let hash = Base64.encode(paymentHash, .urlUnpadded) + "="
    return tracked(
      try await http.stream(
        "v2/router/track/\(hash)?no_inflight_updates=\(onlyFinal)", headers: headers,
        take: update))
  }

  private func follow(
    _ end: WalletHTTP.StreamEnd<LNDUpdate>, _ order: PaymentOrder
  ) async throws(WalletError) -> PaymentOutcome {
    switch tracked(end) {
    case .payment(let payment): return outcome(payment, order)
    case .refused(let failure) where failure.code == LNDFailure.alreadyExists:
      guard
        case .payment(let payment) = try await track(order.invoice.paymentHash, onlyFinal: true)
      else { return .unknown(reason: error(failure).text) }
      return outcome(payment, order)
    case .refused(let failure):
      let reason = error(failure).text
      guard failure.isRefusal else { return .unknown(reason: reason) }
      return await .refused(reason) { () throws(WalletError) in
        try await lookUp(paymentHash: order.invoice.paymentHash)
      }
    case .other(let error): return .unknown(reason: error.text)
    }
  }

  private func outcome(_ payment: LNDPayment, _ order: PaymentOrder) -> PaymentOutcome {
    do throws(WalletError) {
      switch try status(of: payment, order.invoice.paymentHash) {
      case .settled(let preimage, let fee): return .settled(preimage: preimage, fee: fee)
      case .failed(let reason): return .failed(reason: reason)
      case .pending, .notFound: return .unknown(reason: "lnd says that the payment is on its way")
      }
    } catch {
      return .unknown(reason: error.text)
    }
  }

  private func status(
    of payment: LNDPayment, _ paymentHash: [UInt8]
  ) throws(WalletError) -> PaymentStatus {
    guard payment.paymentHash == Hex.encode(paymentHash) else {
      throw .unexpected("lnd told of another payment")
    }
    switch payment.status {
    case "SUCCEEDED":
      guard let preimage = Preimage.decoded(payment.preimage, of: paymentHash) else {
        throw .unexpected("lnd says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: payment.feeAmount)
    case "FAILED":
      return .failed(
        reason: "lnd: " + http.text.cleaned(payment.failureReason ?? "no reason given"))
    default: return .pending
    }
  }

  /// What the node says of itself; nil when the macaroon is good, but not for asking that, which
  /// lnd refuses in these very words.
  private func nodeInfo() async throws(WalletError) -> LNDInfo? {
    let answer = try await http.get("v1/getinfo", headers: headers)
    if answer.status == 200, let info = answer.decoded(LNDInfo.self) { return info }
    guard answer.lndFailure?.message == "permission denied" else { throw error(answer) }
    return nil
  }

  private func error(_ answer: WalletAnswer) -> WalletError {
    guard let failure = answer.lndFailure else {
      return .unexpected("lnd answered \(answer.status)")
    }
    return error(failure)
  }

  private func error(_ failure: LNDFailure) -> WalletError {
    let text = "lnd: " + http.text.cleaned(failure.message)
    if failure.isNotReady { return .unreachable(text) }
    return failure.isAboutCredential ? .unauthorized(text) : .unexpected(text)
  }
}
