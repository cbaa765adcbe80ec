internal import L402
internal import LibSQLite
internal import PurserCore

/// The payments of a simulated network, inside one transaction of its store.
struct SimulatedPayments {
  /// What is to be done after the transaction.
  enum Step: Sendable, Equatable {
    /// Answer the payer at once.
    case answer(PaymentOutcome)
    /// Wait until the payment is due, end it, and say so, or say nothing if `isSilent`.
    case wait(payment: Int64, dueAt: Timestamp, isSilent: Bool)
  }

  let connection: SQLiteConnection
  let now: Timestamp

  /// Ends every payment whose time has come.
  func endDue() throws(SQLiteError) {
    let due = try connection.rows(
      "SELECT id FROM payments WHERE state = 'pending' AND due_at_ms <= ?1 ORDER BY due_at_ms, id",
      [.optional(now.milliseconds)]
    ) { row in row.integer(0) }
    for payment in due { try end(payment) }
  }

  /// Ends one payment if it has not ended: its money goes to the payee, or back to the payer if it
  /// was to fail.
  func end(_ payment: Int64) throws(SQLiteError) {
    let pending = try connection.rows(
      """
      SELECT payer, payee, amount_msat, fee_msat, reason FROM payments
      WHERE id = ?1 AND state = 'pending'
      """, [.integer(payment)]
    ) { row in
      let fails = row.optionalText(4) != nil
      return (
        receiver: row.text(fails ? 0 : 1), amount: row.integer(2) + (fails ? row.integer(3) : 0),
        state: fails ? SimulatedPayment.State.failed : .settled
      )
    }.first
    guard let pending else { return }
    try connection.run(
      "UPDATE payments SET state = ?2, ended_at_ms = ?3 WHERE id = ?1",
      [.integer(payment), .text(pending.state.rawValue), .optional(now.milliseconds)])
    try addToBalance(of: pending.receiver, pending.amount)
  }

  /// Takes an order of `payer`: checks it and sends it on its way, or says why not.
  func begin(_ order: PaymentOrder, by payer: String) throws(SQLiteError) -> Step {
    try endDue()
    guard let behavior = try behavior(of: payer), behavior.isReachable else {
      return .answer(.unknown(reason: "no answer"))
    }
    if let earlierPayer = try currentPayer(of: order.invoice.paymentHash) {
      // What became of the payer's own payment is for the look-up to say, unless the payer has
      // forgotten it: then only the payee knows.
      return earlierPayer == payer && !behavior.isForgetful
        ? .answer(.unknown(reason: "this wallet has already sent a payment for this invoice"))
        : .answer(.failed(reason: "the invoice is already paid"))
    }
    let fault = try nextFault(of: payer)
    if fault == .timeoutNotPaid { return .answer(.unknown(reason: "no answer in time")) }
    guard let payee = try payee(of: order.invoice) else {
      return .answer(.failed(reason: "no route to the payee"))
    }
    let fee = behavior.fee(for: order.amount)
    var payment = NewPayment(
      hash: order.invoice.paymentHash, payer: payer, payee: payee, amount: order.amount,
      fee: fee ?? .zero, dueAt: now.adding(milliseconds: behavior.delayMilliseconds), reason: nil)
    if let reason = try refusal(of: order, fee: fee, by: payer, fault: fault) {
      payment.reason = reason
      _ = try insert(payment, .failed)
      return .answer(.failed(reason: reason))
    }
    return try send(payment, fault: fault)
  }

  /// What `payer` may know of its latest payment with this hash.
  func status(_ paymentHash: [UInt8], of payer: String) throws(SQLiteError) -> PaymentStatus {
    if try behavior(of: payer)?.isForgetful ?? false { return .notFound }
    return try connection.rows(
      """
      SELECT state, reason, fee_msat, preimage
      FROM payments JOIN invoices USING (payment_hash)
      WHERE payment_hash = ?1 AND payer = ?2 ORDER BY id DESC LIMIT 1
      """, [.blob(paymentHash), .text(payer)]
    ) { row -> PaymentStatus in
      switch SimulatedPayment.State(rawValue: row.text(0)) {
      case .settled: .settled(preimage: row.blob(3), fee: row.msat(2))
      case .failed: .failed(reason: row.text(1))
      case .pending, nil: .pending
      }
    }.first ?? .notFound
  }

  /// Every payment of `payer`, or of all nodes, the oldest first.
  func all(of payer: String?) throws(SQLiteError) -> [SimulatedPayment] {
    try connection.rows(
      """
      SELECT payment_hash, payer, payee, amount_msat, fee_msat, state, reason, created_at_ms,
        ended_at_ms
      FROM payments WHERE ?1 IS NULL OR payer = ?1 ORDER BY id
      """, [.optional(payer)]
    ) { row in
      SimulatedPayment(
        paymentHash: row.blob(0), payer: row.text(1), payee: row.text(2), amount: row.msat(3),
        fee: row.msat(4), state: .init(rawValue: row.text(5)) ?? .pending,
        reason: row.optionalText(6), createdAt: row.timestamp(7) ?? now,
        endedAt: row.timestamp(8))
    }
  }
}

extension SimulatedPayments {
  private struct NewPayment {
    let hash: [UInt8]
    let payer: String
    let payee: String
    let amount: Msat
    let fee: Msat
    var dueAt: Timestamp
    var reason: String?
  }

  /// Why the order cannot be carried out; nil when it can.
  private func refusal(
    of order: PaymentOrder, fee: Msat?, by payer: String, fault: SimulatedFault?
  ) throws(SQLiteError) -> String? {
    if case .fail(let reason) = fault { return reason }
    if order.invoice.isExpired(atSeconds: now.seconds) { return "the invoice has expired" }
    guard order.invoice.amountMsat == order.amount.value else {
      return "the amount is not the invoice's"
    }
    guard let fee, fee <= order.feeLimit else { return "no route within the fee limit" }
    let balance = try connection.integer(
      "SELECT balance_msat FROM nodes WHERE name = ?1", [.text(payer)])
    guard let total = order.amount.adding(fee), Int64(total.value) <= balance ?? 0 else {
      return "insufficient balance"
    }
    return nil
  }

  /// Takes the money from the payer and writes the payment down as on its way.
  private func send(_ order: NewPayment, fault: SimulatedFault?) throws(SQLiteError) -> Step {
    var payment = order
    var answersAtOnce = false
    switch fault {
    case .pendingThenSettled(let delay):
      payment.dueAt = now.adding(milliseconds: delay)
      answersAtOnce = true
    case .pendingThenFailed(let delay, let reason):
      payment.dueAt = now.adding(milliseconds: delay)
      payment.reason = reason
      answersAtOnce = true
    default: break
    }
    let id = try insert(payment, .pending)
    try addToBalance(of: payment.payer, -Int64(payment.amount.value) - Int64(payment.fee.value))
    if answersAtOnce { return .answer(.unknown(reason: "the payment is on its way")) }
    return .wait(payment: id, dueAt: payment.dueAt, isSilent: fault == .timeoutAfterPaying)
  }

  private func insert(
    _ payment: NewPayment, _ state: SimulatedPayment.State
  ) throws(SQLiteError) -> Int64 {
    try connection.run(
      """
      INSERT INTO payments (payment_hash, payer, payee, amount_msat, fee_msat, state, reason,
        created_at_ms, due_at_ms, ended_at_ms)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """,
      [
        .blob(payment.hash), .text(payment.payer), .text(payment.payee), .msat(payment.amount),
        .msat(payment.fee), .text(state.rawValue), .optional(payment.reason),
        .optional(now.milliseconds), .optional(payment.dueAt.milliseconds),
        .optional(state == .pending ? nil : now.milliseconds),
      ])
    return try connection.integer("SELECT last_insert_rowid()") ?? 0
  }

  private func addToBalance(of node: String, _ difference: Int64) throws(SQLiteError) {
    try connection.run(
      "UPDATE nodes SET balance_msat = balance_msat + ?2 WHERE name = ?1",
      [.text(node), .integer(difference)])
  }

  private func behavior(of node: String) throws(SQLiteError) -> SimulatedBehavior? {
    try connection.rows(
      "SELECT \(SimulatedBehavior.columns) FROM nodes WHERE name = ?1",
      [.text(node)]
    ) { row in SimulatedBehavior(row) }.first
  }

  /// Who has paid the invoice with this hash, or is about to.
  private func currentPayer(of paymentHash: [UInt8]) throws(SQLiteError) -> String? {
    try connection.text(
      "SELECT payer FROM payments WHERE payment_hash = ?1 AND state != 'failed'",
      [.blob(paymentHash)])
  }

  private func payee(of invoice: Invoice) throws(SQLiteError) -> String? {
    try connection.text(
      "SELECT payee FROM invoices WHERE payment_hash = ?1 AND text = ?2",
      [.blob(invoice.paymentHash), .text(invoice.text)])
  }

  /// Takes the oldest fault that waits for this node.
  private func nextFault(of node: String) throws(SQLiteError) -> SimulatedFault? {
    let next = try connection.rows(
      "SELECT id, kind, delay_ms, reason FROM faults WHERE node = ?1 ORDER BY id LIMIT 1",
      [.text(node)]
    ) { row in
      (
        id: row.integer(0),
        fault: SimulatedFault(
          kind: row.text(1), delayMilliseconds: UInt64(clamping: row.integer(2)),
          reason: row.text(3))
      )
    }.first
    guard let next else { return nil }
    try connection.run("DELETE FROM faults WHERE id = ?1", [.integer(next.id)])
    return next.fault
  }
}

extension SQLiteRow {
  /// The time in column `index`, or nil for NULL.
  fileprivate borrowing func timestamp(_ index: Int32) -> Timestamp? {
    optionalInteger(index).map { Timestamp(milliseconds: UInt64(clamping: $0)) }
  }
}
