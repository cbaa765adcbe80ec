internal import L402
internal import LibSQLite
public import PurserCore

/// The wallet of one node of a ``SimulatedNetwork``.
public struct SimulatedWallet: Wallet {
  /// The network that the node is in.
  public let network: SimulatedNetwork
  /// The node's name.
  public let node: String

  /// Zero: the network keeps to the fee limit.
  public func feeReserve(for amount: Msat) -> Msat { .zero }

  /// Pays the invoice if it is not expired, not paid, and within fee limit and balance.
  ///
  /// The order is in the network's file before this waits for the payment's delay: killing the
  /// process then does not stop the payment, and neither does cancelling the task.
  public func pay(_ order: PaymentOrder) async -> PaymentOutcome {
    do throws(SimulatedNetworkError) {
      switch try network.begin(order, by: node) {
      case .answer(let outcome): return outcome
      case .wait(let payment, let dueAt, let isSilent):
        guard await network.sleep(until: dueAt) else {
          return .unknown(reason: "the payment is on its way")
        }
        try network.end(payment)
        return isSilent
          ? .unknown(reason: "no answer in time")
          : try outcome(paymentHash: order.invoice.paymentHash)
      }
    } catch {
      return .unknown(reason: error.description)
    }
  }

  /// What became of this node's latest payment with this hash.
  /// - Throws: ``WalletError/unreachable(_:)`` when the node or the network's file does not answer.
  public func lookUp(paymentHash: [UInt8]) async throws(WalletError) -> PaymentStatus {
    try answering { () throws(SimulatedNetworkError) in
      try network.status(paymentHash, of: node)
    }
  }

  /// Makes an invoice that pays this node.
  /// - Throws: ``WalletError``.
  public func createInvoice(_ request: InvoiceRequest) async throws(WalletError) -> String {
    try answering { () throws(SimulatedNetworkError) in
      try network.createInvoice(request, for: node).text
    }
  }

  /// What this node has sent since `time`, the newest first.
  /// - Throws: ``WalletError``.
  public func outgoingPayments(
    since time: Timestamp
  ) async throws(WalletError) -> [WalletPayment]? {
    try answering { () throws(SimulatedNetworkError) in
      guard try network.behavior(of: node).isReachable else { throw .unreachable }
      return try network.payments(of: node).reversed().filter { $0.createdAt >= time }
        .map { payment in
          WalletPayment(
            paymentHash: payment.paymentHash, amount: payment.amount, fee: payment.fee,
            time: payment.createdAt,
            state: WalletPayment.State(rawValue: payment.state.rawValue) ?? .pending)
        }
    }
  }

  /// The node's name and balance.
  /// - Throws: ``WalletError``.
  public func info() async throws(WalletError) -> WalletInfo {
    try answering { () throws(SimulatedNetworkError) in
      guard try network.behavior(of: node).isReachable else { throw .unreachable }
      return WalletInfo(kind: "simulated", name: node, balance: try network.balance(of: node))
    }
  }

  /// Everything: the node needs no credential.
  /// - Throws: ``WalletError/unreachable(_:)`` when the node or the network's file does not answer.
  public func powers() async throws(WalletError) -> WalletPowers {
    _ = try await info()
    return WalletPowers(
      allowed: Set(WalletPowers.Power.allCases), software: "Purser's simulated network")
  }

  private func outcome(
    paymentHash: [UInt8]
  ) throws(SimulatedNetworkError) -> PaymentOutcome {
    switch try network.status(paymentHash, of: node) {
    case .settled(let preimage, let fee): .settled(preimage: preimage, fee: fee)
    case .failed(let reason): .failed(reason: reason)
    case .pending, .notFound: .unknown(reason: "the payment is on its way")
    }
  }

  private func answering<Value>(
    _ body: () throws(SimulatedNetworkError) -> Value
  ) throws(WalletError) -> Value {
    do throws(SimulatedNetworkError) {
      return try body()
    } catch {
      if case .badInvoice = error { throw .unexpected(error.description) }
      throw .unreachable(error.description)
    }
  }
}

extension SimulatedNetwork {
  /// The payments of `payer`, or of every node, the oldest first: the wallets' own record.
  /// - Throws: ``SimulatedNetworkError``.
  public func payments(
    of payer: String? = nil
  ) throws(SimulatedNetworkError) -> [SimulatedPayment] {
    try inPayments { payments throws(SQLiteError) in
      try payments.endDue()
      return try payments.all(of: payer)
    }
  }

  func resolveDue() throws(SimulatedNetworkError) {
    try inPayments { payments throws(SQLiteError) in try payments.endDue() }
  }

  func begin(
    _ order: PaymentOrder, by payer: String
  ) throws(SimulatedNetworkError) -> SimulatedPayments.Step {
    try inPayments { payments throws(SQLiteError) in try payments.begin(order, by: payer) }
  }

  func end(_ payment: Int64) throws(SimulatedNetworkError) {
    try inPayments { payments throws(SQLiteError) in try payments.end(payment) }
  }

  func status(
    _ paymentHash: [UInt8], of node: String
  ) throws(SimulatedNetworkError) -> PaymentStatus {
    guard try behavior(of: node).isReachable else { throw .unreachable }
    return try inPayments { payments throws(SQLiteError) in
      try payments.endDue()
      return try payments.status(paymentHash, of: node)
    }
  }

  /// Waits until it is `time` by the network's clock; false when the task is cancelled before.
  func sleep(until time: Timestamp) async -> Bool {
    let left = time.milliseconds - min(time.milliseconds, now().milliseconds)
    guard left > 0 else { return true }
    do {
      try await Task.sleep(for: .milliseconds(Int64(clamping: left)))
      return true
    } catch {
      return false
    }
  }

  private func inPayments<Value: Sendable>(
    _ body: (SimulatedPayments) throws(SQLiteError) -> Value
  ) throws(SimulatedNetworkError) -> Value {
    let now = now()
    return try store.transaction { connection throws(SQLiteError) in
      try body(SimulatedPayments(connection: connection, now: now))
    }
  }
}
