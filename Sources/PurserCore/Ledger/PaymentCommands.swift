internal import LibCrypto

// The payment state machine: intent → sent → settled | failed | unknown.
extension LedgerState {
  mutating func beginPayment(
    _ payment: Payment, by chain: GrantChain, under terms: PaymentTerms, step: inout Step,
    records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard let total = payment.amount.adding(payment.feeLimit) else {
      throw .invalid("amount and fee limit together are out of range")
    }
    if let open = holdByPurchase[payment.purchase] {
      throw .paymentPending(hold: open, retryAfterMs: Self.pendingRetryMs)
    }
    try checkHash(payment.paymentHash, records: records)
    // An id is used once: a hold that has ended keeps its row.
    guard try records.endedHold(payment.hold) == nil else {
      throw .conflict("a hold with this id exists")
    }
    let hold = Hold(
      id: payment.hold, node: chain.node, kind: .payment, amount: total, createdAt: step.now,
      expiresAt: nil)
    // Nobody is asked about what would not be admitted anyway.
    try checkAdmission(of: total, by: chain, at: step.now, records: records)
    let approval = try checkApproval(
      of: payment, total, by: chain, under: terms, at: step.now, records: records)
    try admit(hold, by: chain, step: &step, records: records)
    track(payment)
    step.changes.append(.payment(payment))
    var details = Self.describe(payment)
    if let approval {
      use(approval, step: &step)
      details["approval"] = .id(approval.id)
    }
    step.record("payment.intent", node: chain.node, details)
    return .purchasing(hold: payment.hold)
  }

  /// A payment hash is in flight or settled at most once in the whole tree.
  private func checkHash(_ hash: [UInt8], records: some LedgerRecords) throws(Refusal) {
    if let open = holdByPaymentHash[hash] {
      throw .paymentPending(hold: open, retryAfterMs: Self.pendingRetryMs)
    }
    let isWallets = restoration != nil ? try records.hasWalletPayment(hash: hash) : false
    let earlier = try records.payment(hash: hash)
    if isWallets || earlier?.state == .settled {
      throw .conflict("an invoice with this payment hash was paid already; ask for a new one")
    }
  }

  mutating func sendPayment(
    _ id: HoldID, by chain: GrantChain?, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard let payment = openPayments[id] else { throw .notFound("no open payment has this hold") }
    guard payment.state == .intent || payment.state == .unknown else {
      throw .conflict("this payment was sent already")
    }
    if let chain {
      try checkStanding(of: chain, at: step.now)
    } else {
      try checkStanding(of: path(to: payment.node) ?? [payment.node], at: step.now)
    }
    advance(payment, to: .sent, step: &step)
    step.record("payment.sent", node: payment.node, Self.describe(payment))
    return .purchasing(hold: id)
  }

  /// Records what became of a payment; `evidence` is what an operator goes by.
  mutating func finishPayment(
    _ id: HoldID, _ result: PaymentResult, evidence: String?, step: inout Step,
    records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard let payment = openPayments[id], let hold = openHolds[id] else {
      throw .conflict("this payment has its final state already")
    }
    var details = Self.describe(payment)
    if let evidence { details["evidence"] = .string(evidence) }
    switch result {
    case .settled(let fee, let credential):
      return try settle(
        payment, hold, fee: fee, credential: credential, details, step: &step, records: records)
    case .failed(let reason):
      details["reason"] = .string(reason)
      let outcome = try end(
        hold, as: .released, settled: .zero, action: "payment.failed", step: &step,
        records: records, details: details)
      advance(payment, to: .failed, step: &step)
      return outcome
    case .unknown(let reason):
      details["reason"] = .string(reason)
      advance(payment, to: .unknown, step: &step)
      step.record("payment.unknown", node: payment.node, details)
      return .purchasing(hold: id)
    }
  }

  /// Books a paid invoice and seals what it bought, in one transaction.
  private mutating func settle(
    _ payment: Payment, _ hold: Hold, fee: Msat, credential: Credential,
    _ details: AuditDetails, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let spent = payment.amount.adding(fee) ?? .max
    var details = details
    details["fee_msat"] = .msat(fee)
    details["credential"] = .id(credential.id)
    if spent > hold.amount {
      details["overrun_msat"] = .msat(spent.subtractingToZero(hold.amount))
    }
    let outcome = try end(
      hold, as: .settled, settled: spent, action: "payment.settled", step: &step,
      records: records, details: details)
    advance(payment, to: .settled, step: &step)
    step.changes.append(.credential(credential))
    // The wallet let more leave than it was told to: booked in full, and nothing more is admitted
    // on this grant until an operator has looked.
    if spent > hold.amount, nodes[payment.node]?.mark == nil {
      set(NodeMark(state: .frozen, setBy: nil), on: payment.node, step: &step)
    }
    return outcome
  }

  /// Keeps an open payment where it is found by hold, hash and purchase.
  mutating func track(_ payment: Payment) {
    openPayments[payment.hold] = payment
    holdByPaymentHash[payment.paymentHash] = payment.hold
    holdByPurchase[payment.purchase] = payment.hold
  }

  private mutating func advance(_ payment: Payment, to state: Payment.State, step: inout Step) {
    var moved = payment
    moved.state = state
    if state == .sent {
      moved.sentAt = moved.sentAt ?? step.now
      moved.isSentAgain = moved.isSentAgain || payment.state == .unknown
    }
    if state.isOpen {
      openPayments[payment.hold] = moved
    } else {
      openPayments[payment.hold] = nil
      holdByPaymentHash[payment.paymentHash] = nil
      holdByPurchase[payment.purchase] = nil
    }
    step.changes.append(.payment(moved))
  }

  private static let pendingRetryMs: UInt64 = 1000

  private static func describe(_ payment: Payment) -> AuditDetails {
    [
      "hold": .id(payment.hold), "amount_msat": .msat(payment.amount),
      "fee_limit_msat": .msat(payment.feeLimit), "service": .string(payment.purchase.service),
      "payment_hash": .hex(payment.paymentHash),
    ]
  }
}
