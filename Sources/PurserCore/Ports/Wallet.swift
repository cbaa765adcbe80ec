public import L402

/// A Lightning wallet: pays BOLT 11 invoices and answers what became of one.
///
/// Whoever implements it maps every answer of the wallet that is not certain to
/// ``PaymentOutcome/unknown(reason:)``: a timeout is not a failure.
public protocol Wallet: Sendable {
  /// The most that routing `amount` may cost beyond what the wallet was told to allow; zero when
  /// the wallet enforces the fee limit that it is given.
  func feeReserve(for amount: Msat) -> Msat
  /// Pays the invoice once. The call ends when the wallet knows, or when it gives up waiting.
  func pay(_ order: PaymentOrder) async -> PaymentOutcome
  /// What became of the payment with this hash.
  func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus
  /// Makes an invoice that pays this wallet.
  func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String
  /// What this wallet has sent, or is sending, since `time`, the newest first, at most 10,000; nil
  /// when it cannot tell.
  func outgoingPayments(since time: Timestamp) async throws(WalletError) -> [WalletPayment]?
  /// What the wallet says of itself.
  func info() async throws(WalletError) -> WalletInfo
  /// What the wallet lets the credential do that Purser has; nothing is changed to find out.
  func powers() async throws(WalletError) -> WalletPowers
}

extension Wallet {
  /// Nil: not every wallet keeps a list.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? { nil }
}

/// One payment on the list of a wallet.
public struct WalletPayment: Sendable, Equatable {
  /// What became of it.
  public enum State: String, Sendable, CaseIterable {
    /// On its way.
    case pending
    /// Paid.
    case settled
    /// Failed for good.
    case failed
  }

  /// What its preimage hashes to, 32 bytes.
  public let paymentHash: [UInt8]
  /// What the payee gets.
  public let amount: Msat
  /// What routing cost.
  public let fee: Msat
  /// When it was made.
  public let time: Timestamp
  /// What became of it.
  public let state: State

  /// A payment as the wallet lists it.
  public init(paymentHash: [UInt8], amount: Msat, fee: Msat, time: Timestamp, state: State) {
    self.paymentHash = paymentHash
    self.amount = amount
    self.fee = fee
    self.time = time
    self.state = state
  }
}

/// One invoice to pay.
public struct PaymentOrder: Sendable {
  /// The invoice, checked.
  public let invoice: Invoice
  /// Its amount.
  public let amount: Msat
  /// The most that routing may cost.
  public let feeLimit: Msat
  /// The most blocks that the money may be locked for on its way, the payee's own share included;
  /// for wallets that take such a limit.
  public let maximumDelayBlocks: UInt32

  /// Four weeks of blocks, which is also the most that an invoice may ask for.
  public static let usualMaximumDelayBlocks: UInt32 = 4032

  /// An order to pay `invoice` with at most `feeLimit` for routing.
  public init(
    invoice: Invoice, amount: Msat, feeLimit: Msat,
    maximumDelayBlocks: UInt32 = Self.usualMaximumDelayBlocks
  ) {
    self.invoice = invoice
    self.amount = amount
    self.feeLimit = feeLimit
    self.maximumDelayBlocks = maximumDelayBlocks
  }
}

/// What a wallet answers to an order.
public enum PaymentOutcome: Sendable, Equatable {
  /// Paid, with this preimage, for this fee.
  case settled(preimage: [UInt8], fee: Msat)
  /// Not paid and never will be.
  case failed(reason: String)
  /// Not known: no answer, an answer that is not mapped, or still on its way.
  case unknown(reason: String)
}

/// What a wallet knows of a payment.
public enum PaymentStatus: Sendable, Equatable {
  /// Paid.
  case settled(preimage: [UInt8], fee: Msat)
  /// Failed for good.
  case failed(reason: String)
  /// On its way.
  case pending
  /// The wallet knows nothing of it. That is no proof that it was not paid.
  case notFound
}

/// An invoice to be made.
public struct InvoiceRequest: Sendable {
  /// What it asks for.
  public let amount: Msat
  /// What the payer reads.
  public let description: String
  /// How long it is good, in seconds.
  public let expirySeconds: UInt64

  /// A request for an invoice over `amount`.
  public init(amount: Msat, description: String, expirySeconds: UInt64) {
    self.amount = amount
    self.description = description
    self.expirySeconds = expirySeconds
  }
}

/// What a wallet says of itself.
public struct WalletInfo: Sendable, Equatable {
  /// Which kind of wallet, such as `lnbits`.
  public let kind: String
  /// The name or alias it goes by.
  public let name: String
  /// What it can spend; nil when it does not say.
  public let balance: Msat?

  /// What a wallet of `kind` says of itself.
  public init(kind: String, name: String, balance: Msat?) {
    self.kind = kind
    self.name = name
    self.balance = balance
  }
}

/// Why a wallet did not answer.
///
/// No case says that money did or did not move.
public enum WalletError: Error, Equatable, Sendable {
  /// No connection, or no answer in time.
  case unreachable(String)
  /// The wallet does not accept the credential.
  case unauthorized(String)
  /// It answered with something else than its API says.
  case unexpected(String)
}
