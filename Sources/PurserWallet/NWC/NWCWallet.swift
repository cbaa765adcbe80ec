internal import L402
internal import LibCrypto
public import PurserCore

/// A wallet of somebody's own choice, over Nostr Wallet Connect (NIP-47).
///
/// Requests and answers travel encrypted over a relay, which is trusted with nothing: it can hold
/// back what passes, and so no answer in time is never a failure. An answer counts when the wallet's
/// key has signed it, for this client, and for this very request. Orders have no fee limit there;
/// ``NWCSettings`` say what the wallet allows itself, which is what is set aside.
public struct NWCWallet: Wallet {
  let session: NWCSession
  let settings: NWCSettings
  private let name: String

  /// The wallet that a connection URI names; nothing is connected yet.
  /// - Throws: ``NWCConfigurationError``.
  public init(
    uri: String, settings: NWCSettings = NWCSettings(),
    now: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) throws(NWCConfigurationError) {
    let connection = try NWCConnection(uri)
    guard let cipher = try? NWCCipher(key: connection.key, wallet: connection.wallet) else {
      throw .badURI
    }
    session = NWCSession(connection, cipher: cipher, settings: settings, now: now)
    self.settings = settings
    name = connection.lightningAddress ?? String(connection.wallet.prefix(16))
  }

  /// What the wallet is configured to allow itself for routing, since an order cannot limit it.
  public func feeReserve(for amount: Msat) -> Msat { settings.reserve(for: amount) }

  /// Pays the invoice.
  ///
  /// Settled is only what comes with a preimage that fits; where the wallet leaves out the fee, the
  /// whole reserve is booked, so that never too little is. Failed is only a refusal that comes
  /// before anything is sent, or `PAYMENT_FAILED`, and either only when the wallet's own record
  /// agrees; whatever else there is, is unknown. That goes for an order that no relay took, too:
  /// an earlier one for the same invoice may be on its way.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    guard order.invoice.amountMsat == order.amount.value else {
      return .failed(reason: "this wallet pays invoices over exactly the amount of the order")
    }
    do throws(NWCFailure) {
      let paid = try await call(
        .payInvoice, NWCParameters.Pay(invoice: order.invoice.text), NWCResult.Pay.self)
      guard let preimage = paid.preimage.preimage(of: order.invoice.paymentHash) else {
        return .unknown(reason: "the wallet says that it is paid, but has no preimage that fits")
      }
      return .settled(preimage: preimage, fee: fee(paid.feesPaid, for: order.amount))
    } catch {
      return await outcome(of: error, order)
    }
  }

  /// What became of this wallet's payment with this hash.
  ///
  /// ``PaymentStatus/notFound`` is said only when the wallet's list of payments agrees: many wallets
  /// find by a hash only the invoices that they made themselves.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` also for a payment that the wallet
  ///   calls settled without a preimage that fits, and for one that it does not find while it has no
  ///   list to check that with.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    let parameters = NWCParameters.LookUp(paymentHash: Hex.encode(paymentHash))
    let entry: NWCTransaction?
    do throws(NWCFailure) {
      let found = try await call(.lookUpInvoice, parameters, NWCTransaction.self)
      guard Hex.decode(found.paymentHash) == paymentHash else {
        throw .unanswered("the wallet told of another payment")
      }
      entry = found.isIncoming ? nil : found
    } catch {
      guard error.isAboutRecord else { throw error.walletError }
      entry = nil
    }
    if let entry { return try status(of: entry, paymentHash) }
    return try await listedStatus(of: paymentHash)
  }

  /// Makes an invoice.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    let parameters = NWCParameters.Make(
      amount: request.amount.value, description: request.description, expiry: request.expirySeconds)
    let made = try await answer(.makeInvoice, parameters, NWCResult.Made.self)
    guard let text = made.invoice, let invoice = try? Invoice(decoding: text),
      invoice.amountMsat == request.amount.value
    else { throw .unexpected("the wallet made another invoice than it was asked for") }
    return invoice.text
  }

  /// What this wallet has sent since `time`, from its own list; nil when it offers none.
  /// - Throws: ``WalletError``; ``WalletError/unexpected(_:)`` for more than 10,000 entries.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    try await offer().offers(.listTransactions) ? try await listed(since: time) : nil
  }

  /// The wallet's alias and balance, each where the connection may ask for it.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    let offer = try await offer()
    var alias: String?
    if offer.offers(.getInfo) {
      alias = try await answer(.getInfo, NWCParameters.None(), NWCResult.Info.self).alias
    }
    let balance = offer.offers(.getBalance) ? try await balance() : nil
    let cleaned = alias.map { CleanText.line($0, maximum: 100) } ?? ""
    return WalletInfo(kind: "nwc", name: cleaned.isEmpty ? name : cleaned, balance: balance)
  }
}
