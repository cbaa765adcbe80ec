public import PurserCore
internal import Synchronization

/// A wallet that does what a test tells it, and remembers what it was asked.
public final class ScriptedWallet: Wallet, Sendable {
  /// What it does with an order.
  public typealias Paying = @Sendable (PaymentOrder) async -> PaymentOutcome
  /// What it says of a payment hash.
  public typealias LookingUp = @Sendable ([UInt8]) throws(WalletError) -> PaymentStatus

  private struct State {
    var paying: Paying
    var lookingUp: LookingUp
    var orders: [PaymentOrder] = []
    var lookUps: [[UInt8]] = []
    var feeReserve = Msat.zero
    var invoice: String?
    var list: [WalletPayment]?
    var powers = WalletPowers(allowed: Set(WalletPowers.Power.allCases))
  }

  private let state: Mutex<State>

  /// A wallet that does this with each order and, until told otherwise, knows of no payment.
  public init(paying: @escaping Paying) {
    state = Mutex(
      State(
        paying: paying,
        lookingUp: { (_: [UInt8]) throws(WalletError) -> PaymentStatus in .notFound }))
  }

  /// Changes what it does with orders from now on.
  public func pays(_ paying: @escaping Paying) { state.withLock { $0.paying = paying } }

  /// Changes what it says of payment hashes from now on.
  public func looksUp(_ lookingUp: @escaping LookingUp) {
    state.withLock { $0.lookingUp = lookingUp }
  }

  /// Changes what it may spend on routing beyond the limit that it is given.
  public func reserves(_ fee: Msat) { state.withLock { $0.feeReserve = fee } }

  /// Every order, in turn.
  public var orders: [PaymentOrder] { state.withLock { $0.orders } }

  /// Every payment hash that was asked about, in turn.
  public var lookUps: [[UInt8]] { state.withLock { $0.lookUps } }

  /// What it was told with ``reserves(_:)``.
  public func feeReserve(for amount: Msat) -> Msat { state.withLock { $0.feeReserve } }

  /// Notes the order and does what it was told.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    let paying = state.withLock { state in
      state.orders.append(order)
      return state.paying
    }
    return await paying(order)
  }

  /// Notes the hash and says what it was told.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    let lookingUp = state.withLock { state in
      state.lookUps.append(paymentHash)
      return state.lookingUp
    }
    return try lookingUp(paymentHash)
  }

  /// Changes the invoice that it makes, whatever it is asked for; none until told.
  public func makes(invoice: String) { state.withLock { $0.invoice = invoice } }

  /// Makes the invoice that it was told to.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    guard let invoice = state.withLock(\.invoice) else {
      throw .unexpected("a scripted wallet makes no invoices until it is told to")
    }
    return invoice
  }

  /// Changes the list of what it has sent; nil, as at first, when it keeps none.
  public func lists(_ payments: [WalletPayment]?) { state.withLock { $0.list = payments } }

  /// What it was told to list, since `time`.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    state.withLock { $0.list?.filter { $0.time >= time } }
  }

  /// Names itself.
  public func info() async throws(WalletError) -> WalletInfo {
    WalletInfo(kind: "scripted", name: "test", balance: nil)
  }

  /// Changes what it says that its credential may do; everything, until told.
  public func may(_ powers: WalletPowers) { state.withLock { $0.powers = powers } }

  /// What it was told with ``may(_:)``.
  public func powers() async throws(WalletError) -> WalletPowers { state.withLock(\.powers) }
}
