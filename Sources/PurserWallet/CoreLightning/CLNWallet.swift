internal import L402
internal import LibCrypto
public import PurserCore

/// A node of Core Lightning (version 24.11 and later), over its socket or over clnrest.
///
/// The node keeps to the fee limit and to the limit of blocks that come with an order. It pays
/// with `xpay`, and with `pay` where it has no such method.
public struct CLNWallet: Wallet {
  /// The most blocks that the node takes as a limit by itself.
  public static let maximumDelayBlocks: UInt32 = 2016
  /// For how long the node tries new routes, in seconds.
  public static let attemptSeconds: UInt32 = 60
  /// How long after its beginning a payment may still be tried again: what the node tries for, and
  /// a margin for clocks and a slow node.
  public static let graceSeconds: UInt64 = UInt64(attemptSeconds) + 240

  private let connection: CLNConnection
  private let rune: Rune?
  private let now: @Sendable () -> Timestamp

  /// The node whose socket, named `lightning-rpc`, is at `socket`.
  ///
  /// Whoever opens that socket may do everything with the node.
  public init(
    socket: String, timeoutMilliseconds: UInt32 = 90_000,
    now: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) {
    connection = .socket(CLNSocket(path: socket, timeoutMilliseconds: timeoutMilliseconds))
    rune = nil
    self.now = now
  }

  /// The node whose clnrest is at `url`.
  /// - Parameters:
  ///   - url: `https`, or `http` to this machine or to an onion service.
  ///   - rune: What lets Purser in.
  ///   - certificates: The `ca.pem` of clnrest: it alone is trusted. Nil for what the system
  ///     trusts.
  ///   - timeoutMilliseconds: How long one call may take.
  ///   - now: The clock by which the node's times are judged.
  /// - Throws: ``WalletConfigurationError``.
  public init(
    url: String, rune: String, certificates: [UInt8]?, timeoutMilliseconds: UInt32 = 90_000,
    now: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) throws(WalletConfigurationError) {
    guard WalletHTTP.isKey(rune) else { throw .badKey }
    connection = .rest(
      try WalletHTTP(
        name: "clnrest", url: url, certificates: certificates,
        timeoutMilliseconds: timeoutMilliseconds, secrets: [rune]), rune: rune)
    self.rune = Rune(rune)
    self.now = now
  }

  /// Zero: the node keeps to the fee limit.
  public func feeReserve(for amount: Msat) -> Msat { .zero }

  /// Pays the invoice.
  ///
  /// Settled is only what comes with a preimage that fits. An error ends an order only when it is
  /// one after which nothing more is tried, and when the node's own list has no part of the payment
  /// that is pending or paid: `xpay` answers while parts may still be on their way.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    do throws(CLNCallError) {
      return outcome(try await paid(order), order)
    } catch {
      switch error {
      case .lost(let error): return .unknown(reason: error.text)
      case .refused(let failure): return await outcome(failure, order)
      }
    }
  }

  /// What became of this node's payment with this hash.
  ///
  /// The list does not tell whether the node will try a failed payment once more, so that one is
  /// pending until the time for that is over.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` also for a payment that the node
  ///   calls paid without a preimage that fits.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    try await status(paymentHash, isOver: false)
  }

  /// Makes an invoice, under a label of its own.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    let parameters = CLNInvoiceRequest(
      amount: request.amount.value, label: "purser-" + Hex.encode(randomBytes(16)),
      description: request.description, expiry: request.expirySeconds)
    let made = try await call("invoice", parameters, CLNInvoice.self)
    guard let invoice = try? Invoice(decoding: made.bolt11),
      invoice.amountMsat == request.amount.value
    else { throw .unexpected("Core Lightning made another invoice than it was asked for") }
    return invoice.text
  }

  /// What this node has sent since `time`: its list as a whole, since it has the oldest first.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` for a list beyond 32 MiB, or more
  ///   than 10,000 payments since `time`.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    let list = try await call(
      "listpays", CLNNoParameters(), CLNPayments.self, upTo: CLNConnection.maximumListLength)
    let found = list.pays.reversed().compactMap { listed($0) }.filter { $0.time >= time }
    guard found.count <= 10_000 else {
      throw .unexpected("Core Lightning lists more than 10000 payments")
    }
    return found
  }

  /// The node's alias and what its channels can send, if the rune lets that be read.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    let info = try await call("getinfo", CLNNoParameters(), CLNInfo.self)
    let channels: CLNChannels?
    do throws(WalletError) {
      channels = try await call(
        "listpeerchannels", CLNNoParameters(), CLNChannels.self,
        upTo: CLNConnection.maximumListLength)
    } catch {
      guard case .unauthorized = error else { throw error }
      channels = nil
    }
    return WalletInfo(
      kind: "core_lightning", name: connection.text.cleaned(info.alias ?? ""),
      balance: channels?.spendable)
  }

  /// What the rune says that it allows, if the node takes it; over the socket that is everything.
  /// - Throws: ``WalletError``.
  public func powers() async throws(WalletError) -> WalletPowers {
    let version = try await call("getinfo", CLNNoParameters(), CLNInfo.self).version
    return CLNPowers.powers(
      of: connection, rune, software: "Core Lightning " + connection.text.cleaned(version))
  }
}

extension CLNWallet {
  private func paid(_ order: PaymentOrder) async throws(CLNCallError) -> CLNPaid {
    let delay = min(order.maximumDelayBlocks, Self.maximumDelayBlocks)
    let modern = CLNXpay(
      invstring: order.invoice.text, maxfee: order.feeLimit.value, maxdelay: delay,
      retryFor: Self.attemptSeconds)
    do throws(CLNCallError) {
      return try await connection.call("xpay", modern, CLNPaid.self)
    } catch {
      guard case .refused(let failure) = error, isWithoutXpay(failure) else { throw error }
    }
    let older = CLNPay(
      bolt11: order.invoice.text, maxfee: order.feeLimit.value, maxdelay: delay,
      retryFor: Self.attemptSeconds)
    return try await connection.call("pay", older, CLNPaid.self)
  }

  /// Whether the node has no `xpay`, one that takes no limit of blocks, or one that the rune does
  /// not allow: it has done nothing then.
  private func isWithoutXpay(_ failure: CLNFailure) -> Bool {
    failure.isNoSuchMethod || failure.code == 1502
      || (failure.isBadParameter && failure.message.contains("maxdelay"))
  }

  private func outcome(_ paid: CLNPaid, _ order: PaymentOrder) -> PaymentOutcome {
    guard paid.status ?? "complete" == "complete" else {
      return .unknown(reason: "Core Lightning says that the payment is on its way")
    }
    guard let preimage = Preimage.decoded(paid.preimage, of: order.invoice.paymentHash) else {
      return .unknown(
        reason: "Core Lightning says that it is paid, but has no preimage that fits")
    }
    return .settled(
      preimage: preimage, fee: paid.sent.amount.subtracting(paid.amount.amount) ?? .zero)
  }

  private func outcome(_ failure: CLNFailure, _ order: PaymentOrder) async -> PaymentOutcome {
    let reason = error(failure).text
    guard failure.endsPayment else { return .unknown(reason: reason) }
    return await .refused(reason) { () throws(WalletError) in
      try await status(order.invoice.paymentHash, isOver: true)
    }
  }

  /// - Parameter isOver: Whether the node is known to try nothing more.
  private func status(
    _ paymentHash: [UInt8], isOver: Bool
  ) async throws(WalletError) -> PaymentStatus {
    let hash = Hex.encode(paymentHash)
    let attempts = try await call(
      "listpays", CLNListPays(paymentHash: hash), CLNPayments.self
    ).pays
    guard attempts.allSatisfy({ $0.paymentHash == hash }) else {
      throw .unexpected("Core Lightning told of another payment")
    }
    if let paid = attempts.first(where: { $0.status == "complete" }) {
      guard let text = paid.preimage, let preimage = Preimage.decoded(text, of: paymentHash) else {
        throw .unexpected(
          "Core Lightning says that it is paid, but has no preimage that fits")
      }
      guard let fee = paid.fee ?? fee(of: paid) else {
        throw .unexpected("Core Lightning does not say what the payment cost")
      }
      return .settled(preimage: preimage, fee: fee)
    }
    guard attempts.allSatisfy({ $0.status == "failed" }) else { return .pending }
    guard let latest = attempts.map(\.createdAt).max() else { return .notFound }
    guard isOver || isPastTrying(latest) else { return .pending }
    return .failed(reason: "Core Lightning lists the payment as failed")
  }

  /// Whether the node tries nothing more of what it began at `seconds`.
  private func isPastTrying(_ seconds: UInt64) -> Bool {
    now() > Timestamp(seconds: seconds.addingReportingOverflow(Self.graceSeconds).partialValue)
  }

  /// The fee by the invoice's own amount, where the list has none.
  private func fee(of payment: CLNPayment) -> Msat? {
    guard let sent = payment.sent, let amount = invoiceAmount(payment) else { return nil }
    return sent.amount.subtracting(amount)
  }

  private func invoiceAmount(_ payment: CLNPayment) -> Msat? {
    payment.bolt11.flatMap { try? Invoice(decoding: $0) }?.amountMsat.flatMap(Msat.init)
  }

  private func listed(_ payment: CLNPayment) -> WalletPayment? {
    guard let hash = Hex.decode(payment.paymentHash), hash.count == 32 else { return nil }
    let state: WalletPayment.State =
      switch payment.status {
      case "complete": .settled
      case "failed" where isPastTrying(payment.createdAt): .failed
      default: .pending
      }
    let amount = payment.amount?.amount ?? invoiceAmount(payment) ?? payment.sent?.amount ?? .zero
    let fee = state == .settled ? payment.sent?.amount.subtracting(amount) ?? .zero : .zero
    return WalletPayment(
      paymentHash: hash, amount: amount, fee: fee,
      time: Timestamp(seconds: payment.createdAt), state: state)
  }

  private func call<Result: Decodable>(
    _ method: String, _ parameters: some Encodable & Sendable, _ type: Result.Type,
    upTo maximum: Int = WalletHTTP.maximumBodyLength
  ) async throws(WalletError) -> Result {
    do throws(CLNCallError) {
      return try await connection.call(method, parameters, type, upTo: maximum)
    } catch let problem {
      switch problem {
      case .lost(let lost): throw lost
      case .refused(let failure): throw error(failure)
      }
    }
  }

  private func error(_ failure: CLNFailure) -> WalletError {
    let text = "Core Lightning: \(connection.text.cleaned(failure.message)) (\(failure.code))"
    return failure.isAboutRune ? .unauthorized(text) : .unexpected(text)
  }
}
