public import PurserCore

// What a workload learns from the answers, so that more of its requests make sense.
extension LedgerWorkload {
  /// Takes note of what became of a request.
  public mutating func note(_ request: LedgerRequest, isDone: Bool) {
    // Now and then it learns nothing: somebody asks for a hold that never was, or that has ended.
    if random.once(in: 8) { return }
    switch request.command {
    case .reserve(let reservation) where !isDone: drop(reservation.hold)
    case .charge(let charge) where random.once(in: 4) == false: drop(charge.hold)
    case .extend(let extent) where isDone:
      if let place = holds.lastIndex(where: { $0.id == extent.hold }), let amount = extent.amount {
        holds[place].amount = amount
      }
    // Ended now, or some time before.
    case .extend(let extent): drop(extent.hold)
    case .settle(let hold, _), .release(let hold), .expire(let hold): drop(hold)
    case .beginPayment(let payment, _, _) where !isDone: drop(payment.hold)
    case .finishPayment(let hold, .settled, _), .finishPayment(let hold, .failed, _): drop(hold)
    case .createGrant(let grant) where isDone:
      registered.append(grant.chain)
      if registered.count > 12 { registered.removeFirst() }
    case .mark(let marking)
    where isDone && marking.action != .freeze && marking.action != .unfreeze:
      registered.removeAll { $0.levels.contains { $0.node == marking.node } }
      forest.drop(below: marking.node, &random)
    default: break
    }
  }

  private mutating func drop(_ id: HoldID) {
    if let place = holds.lastIndex(where: { $0.id == id }) { holds.remove(at: place) }
    if let place = payments.lastIndex(where: { $0.payment.hold == id }) {
      payments.remove(at: place)
    }
  }
}
