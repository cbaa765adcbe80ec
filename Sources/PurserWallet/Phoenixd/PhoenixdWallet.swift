internal import L402
internal import LibCrypto
public import PurserCore

/// A wallet of phoenixd (version 0.5 and later), over its HTTP interface.
///
/// phoenixd takes no fee limit with an order: its one peer charges 0.4 % and 4 satoshi, which is
/// what ``feeReserve(for:)`` says.
public struct PhoenixdWallet: Wallet {
  private static let pageLength = 50
  private static let mostPages = 200
  private static let baseFee: UInt64 = 4000
  private static let feePartsPerMillion: UInt64 = 4000

  private let http: WalletHTTP
  private let basic: String

  /// The phoenixd at `url`.
  /// - Parameters:
  ///   - url: `https`, or `http` to this machine or to an onion service.
  ///   - password: `http-password` of `phoenix.conf`, which pays, or
  ///     `http-password-limited-access`, which receives and reads.
  ///   - timeoutMilliseconds: How long one request may take.
  /// - Throws: ``WalletConfigurationError``.
  public init(
    url: String, password: String, timeoutMilliseconds: UInt32 = 90_000
  ) throws(WalletConfigurationError) {
    guard WalletHTTP.isKey(password) else { throw .badKey }
    basic = Base64.encode(Array(":\(password)".utf8), .standard)
    http = try WalletHTTP(
      name: "phoenixd", url: url, timeoutMilliseconds: timeoutMilliseconds,
      secrets: [password, basic])
  }

  /// What the wallet's peer charges for sending `amount`, rounded up.
  public func feeReserve(for amount: Msat) -> Msat {
    let share =
      (UInt128(amount.value) * UInt128(Self.feePartsPerMillion) + 999_999) / 1_000_000
    return Msat(UInt64(clamping: share + UInt128(Self.baseFee))) ?? .max
  }

  /// Pays the invoice, unless its fee would exceed the limit.
  ///
  /// Settled is only what comes with a preimage that fits. A payment that phoenixd gave up has
  /// failed only while it has no other payment of this invoice on record: it refuses a second order
  /// in the same words.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    let reserve = feeReserve(for: order.amount)
    guard order.feeLimit >= reserve else {
      return .failed(
        reason: "phoenixd takes a fee of \(reserve), more than the limit of \(order.feeLimit)")
    }
    let answer: WalletAnswer
    do throws(WalletError) {
      answer = try await http.post(
        "payinvoice", .form(["invoice": order.invoice.text]), headers: authorization)
    } catch {
      return .unknown(reason: error.text)
    }
    if answer.status == 200 {
      if let paid = answer.decoded(PhoenixdPaid.self) { return await outcome(paid, order) }
      guard let failed = answer.decoded(PhoenixdFailed.self) else {
        return .unknown(reason: "phoenixd's answer does not read")
      }
      return await refused("phoenixd: " + http.text.cleaned(failed.reason), order)
    }
    let reason = error(answer).text
    // 400 is for a request that it did not understand, 401 for the password: nothing was begun.
    guard [400, 401].contains(answer.status) else { return .unknown(reason: reason) }
    return await refused(reason, order)
  }

  /// What became of this wallet's payment with this hash.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` also for a payment that phoenixd
  ///   calls paid without a preimage that fits.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    let hash = Hex.encode(paymentHash)
    let answer = try await http.get("payments/outgoingbyhash/\(hash)", headers: authorization)
    if answer.status == 404, String(decoding: answer.body, as: UTF8.self) == "Not found" {
      return .notFound
    }
    guard answer.status == 200, let payment = answer.decoded(PhoenixdPayment.self) else {
      throw error(answer)
    }
    guard payment.paymentHash == hash else {
      throw .unexpected("phoenixd told of another payment")
    }
    if payment.isPaid {
      guard let text = payment.preimage, let preimage = Preimage.decoded(text, of: paymentHash)
      else {
        throw .unexpected("phoenixd says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: Msat(payment.fees) ?? .max)
    }
    guard payment.completedAt != nil else { return .pending }
    return .failed(reason: "phoenixd marked the payment as failed")
  }

  /// Makes an invoice over a whole number of satoshi: phoenixd takes no smaller unit.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    guard request.amount > .zero, request.amount.value.isMultiple(of: 1000) else {
      throw .unexpected("phoenixd makes invoices over whole satoshi only")
    }
    let answer = try await http.post(
      "createinvoice",
      .form([
        "amountSat": "\(request.amount.value / 1000)", "description": request.description,
        "expirySeconds": "\(request.expirySeconds)",
      ]), headers: authorization)
    guard answer.status == 200, let made = answer.decoded(PhoenixdInvoice.self) else {
      throw error(answer)
    }
    guard let invoice = try? Invoice(decoding: made.serialized),
      invoice.amountMsat == request.amount.value
    else { throw .unexpected("phoenixd made another invoice than it was asked for") }
    return invoice.text
  }

  /// What this wallet has sent over Lightning since `time`.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` for more than 10,000 payments.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    var found: [WalletPayment] = []
    for page in 0..<Self.mostPages {
      let answer = try await http.get(
        "payments/outgoing?all=true&from=\(time.milliseconds)&limit=\(Self.pageLength)"
          + "&offset=\(page * Self.pageLength)", headers: authorization)
      guard answer.status == 200, let payments = answer.decoded([PhoenixdPayment].self) else {
        throw error(answer)
      }
      found += payments.compactMap { listed($0) }.filter { $0.time >= time }
      if payments.count < Self.pageLength { return found.sorted { $0.time > $1.time } }
    }
    throw .unexpected("phoenixd lists more than \(Self.mostPages * Self.pageLength) payments")
  }

  /// The node's identifier and the balance.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    let info = try await read("getinfo", PhoenixdInfo.self)
    let balance = try await read("getbalance", PhoenixdBalance.self)
    return WalletInfo(
      kind: "phoenixd", name: http.text.cleaned(info.nodeId), balance: balance.amount)
  }

  /// What the password may do: phoenixd has one that pays and one that does not.
  ///
  /// Which it is, the refusal of an order without an invoice tells: it comes before phoenixd misses
  /// the invoice.
  /// - Throws: ``WalletError``.
  public func powers() async throws(WalletError) -> WalletPowers {
    let software =
      "phoenixd " + http.text.cleaned(try await read("getinfo", PhoenixdInfo.self).version)
    let reading: Set<WalletPowers.Power> = [.lookUp, .list, .receive, .balance]
    switch try await http.post("payinvoice", .form([:]), headers: authorization).status {
    case 400:
      return WalletPowers(
        allowed: reading.union([.pay]), excess: Self.excess, software: software)
    case 401: return WalletPowers(allowed: reading, refused: [.pay], software: software)
    default: return WalletPowers(allowed: reading, software: software)
    }
  }

  /// What the password that pays may do besides.
  private static let excess = [
    "bumpfee", "closechannel", "lnurlauth", "lnurlpay", "paylnaddress", "payoffer",
    "sendtoaddress",
  ]
}

extension PhoenixdWallet {
  private var authorization: KeyValuePairs<String, String> {
    ["Authorization": "Basic \(basic)"]
  }

  private func outcome(_ paid: PhoenixdPaid, _ order: PaymentOrder) async -> PaymentOutcome {
    guard paid.paymentHash == Hex.encode(order.invoice.paymentHash),
      let preimage = Preimage.decoded(paid.paymentPreimage, of: order.invoice.paymentHash)
    else {
      return .unknown(reason: "phoenixd says that it is paid, but has no preimage that fits")
    }
    // The record has the fee to the msat. Without it, the most that it can have been.
    if case .settled(_, let fee)? = try? await lookUp(paymentHash: order.invoice.paymentHash) {
      return .settled(preimage: preimage, fee: fee)
    }
    return .settled(preimage: preimage, fee: feeReserve(for: order.amount))
  }

  private func refused(_ reason: String, _ order: PaymentOrder) async -> PaymentOutcome {
    await .refused(reason) { () throws(WalletError) in
      try await lookUp(paymentHash: order.invoice.paymentHash)
    }
  }

  private func listed(_ payment: PhoenixdPayment) -> WalletPayment? {
    guard let hash = payment.paymentHash.flatMap({ Hex.decode($0) }), hash.count == 32 else {
      return nil
    }
    let state: WalletPayment.State =
      payment.isPaid ? .settled : payment.completedAt == nil ? .pending : .failed
    let asked = payment.invoice.flatMap { try? Invoice(decoding: $0) }?.amountMsat
    let sent = payment.sent.multipliedReportingOverflow(by: 1000).partialValue
    return WalletPayment(
      paymentHash: hash, amount: Msat(asked ?? (sent - min(sent, payment.fees))) ?? .max,
      fee: Msat(payment.fees) ?? .max, time: Timestamp(milliseconds: payment.createdAt),
      state: state)
  }

  private func read<Message: Decodable>(
    _ path: String, _ type: Message.Type
  ) async throws(WalletError) -> Message {
    let answer = try await http.get(path, headers: authorization)
    guard answer.status == 200, let message = answer.decoded(type) else { throw error(answer) }
    return message
  }

  /// An error of phoenixd, which is plain text.
  private func error(_ answer: WalletAnswer) -> WalletError {
    let said = http.text.cleaned(String(decoding: answer.body.prefix(1000), as: UTF8.self))
    let text = "phoenixd answered \(answer.status)" + (said.isEmpty ? "" : ": \(said)")
    return answer.status == 401 ? .unauthorized(text) : .unexpected(text)
  }
}
