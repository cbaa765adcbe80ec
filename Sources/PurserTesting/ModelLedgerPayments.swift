internal import PurserCore

// Payments.
extension ModelLedger {
  mutating func begin(
    _ payment: Payment, _ chain: GrantChain, _ terms: PaymentTerms, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    for other in payments.values where other.state.isOpen && other.purchase == payment.purchase {
      throw Refused("payment_pending \(other.hold)")
    }
    for other in payments.values where other.paymentHash == payment.paymentHash {
      if other.state.isOpen { throw Refused("payment_pending \(other.hold)") }
      if other.state == .settled { throw Refused("conflict") }
    }
    let hold = Hold(
      id: payment.hold, node: chain.node, kind: .payment,
      amount: payment.amount.adding(payment.feeLimit) ?? .max, createdAt: now, expiresAt: nil)
    try checkStanding(chain, now)
    try checkBudget(hold.amount, of: chain, but: nil, now)
    try checkDescendants(of: chain)
    let approval = try checkApproval(of: payment, hold.amount, chain, terms, now)
    try admit(hold, chain, now)
    use(approval)
    payments[payment.hold] = payment
    return .purchasing(hold: payment.hold)
  }

  mutating func send(
    _ id: HoldID, _ chain: GrantChain?, _ now: Timestamp
  ) throws(Refused) -> Outcome {
    guard let payment = payments[id], payment.state.isOpen else { throw Refused("not_found") }
    if payment.state == .sent { throw Refused("conflict") }
    if let chain {
      try checkStanding(chain, now)
    } else {
      try checkRegistered(path(to: payment.node).reversed(), now)
    }
    payments[id]?.state = .sent
    payments[id]?.isSentAgain = payment.isSentAgain || payment.state == .unknown
    payments[id]?.sentAt = payment.sentAt ?? now
    return .purchasing(hold: id)
  }

  mutating func finish(_ id: HoldID, _ result: PaymentResult) throws(Refused) -> Outcome {
    guard let payment = payments[id], payment.state.isOpen, let place = places[id] else {
      throw Refused("conflict")
    }
    switch result {
    case .unknown:
      payments[id]?.state = .unknown
      return .purchasing(hold: id)
    case .failed:
      payments[id]?.state = .failed
      return finish(id, .released, settled: .zero)
    case .settled(let fee, let credential):
      payments[id]?.state = .settled
      credentials[credential.id] = credential
      let spent = payment.amount.adding(fee) ?? .max
      if spent > holds[place].amount, marks[payment.node] == nil {
        marks[payment.node] = NodeMark(state: .frozen, setBy: nil)
      }
      return finish(id, .settled, settled: spent)
    }
  }
}
