internal import PurserAPI
internal import PurserCore

// The ledger's payments beside the wallet's own list.
extension Coordinator {
  /// How far beyond the time that is asked for the other side is looked at, in ms: its clock is
  /// another one, and a payment takes its time.
  private static let reconcileMarginMs: UInt64 = 3_600_000
  /// The most payments of the ledger that are compared at once.
  private static let mostCompared = 10_000
  /// The most that are looked up one by one.
  private static let mostLookUps = 500

  func reconcile(
    _ parameters: PaymentReconcile.Parameters
  ) async throws(Refusal) -> PaymentReconcile.Reply {
    let start = Timestamp(milliseconds: parameters.fromMs)
    let end = parameters.untilMs.map { Timestamp(milliseconds: $0) } ?? ledger.now()
    guard start < end else { throw .invalid("from_ms is before until_ms") }
    let booked = try ledger.payments(
      sentFrom: start, before: end, limit: Self.mostCompared + 1)
    guard booked.count <= Self.mostCompared else {
      throw .invalid(
        "there are more than \(Self.mostCompared) payments; compare a shorter time at once")
    }
    let listed = try await listed(from: start)
    let inTime = (listed ?? []).filter { start <= $0.time && $0.time < end }
    let unlisted = try await lookUps(of: booked, notIn: listed ?? [])
    // What only the wallet has in this time may be booked at another.
    var others: [BookedPayment] = []
    var outside: Set<[UInt8]> = []
    let hashes = Set(booked.map(\.payment.paymentHash))
    for payment in inTime where !hashes.contains(payment.paymentHash) {
      if try ledger.isBookedSinceRestore(hash: payment.paymentHash) {
        outside.insert(payment.paymentHash)
      } else if let other = try ledger.bookedPayment(hash: payment.paymentHash) {
        others.append(other)
      }
    }
    let counterparts = (listed ?? []).filter { hashes.contains($0.paymentHash) }
    let found = Reconciliation(
      booked: booked + others, listed: inTime + counterparts + unlisted, outside: outside)
    return PaymentReconcile.Reply(found, from: start, until: end, isListed: listed != nil)
  }

  /// The wallet's list from some time before `start` on; nil when it keeps none.
  private func listed(from start: Timestamp) async throws(Refusal) -> [WalletPayment]? {
    let margin = min(start.milliseconds, Self.reconcileMarginMs)
    do throws(WalletError) {
      return try await wallet.outgoingPayments(
        since: Timestamp(milliseconds: start.milliseconds - margin))
    } catch { throw .upstream("the wallet's list of payments cannot be had: \(error)") }
  }

  /// What the wallet says of each payment that its list does not have.
  private func lookUps(
    of booked: [BookedPayment], notIn listed: [WalletPayment]
  ) async throws(Refusal) -> [WalletPayment] {
    let known = Set(listed.map(\.paymentHash))
    let missing = booked.filter { !known.contains($0.payment.paymentHash) }
    guard missing.count <= Self.mostLookUps else {
      throw .invalid(
        "\(missing.count) payments have to be looked up one by one; compare a shorter time at once")
    }
    var found: [WalletPayment] = []
    for entry in missing {
      do throws(WalletError) {
        let status = try await wallet.lookUp(paymentHash: entry.payment.paymentHash)
        if let payment = WalletPayment(status, of: entry.payment) { found.append(payment) }
      } catch { throw .upstream("the wallet cannot be asked: \(error)") }
    }
    return found
  }
}

extension WalletPayment {
  /// What a look-up said; nil for nothing.
  ///
  /// It does not say the amount, which the invoice does.
  fileprivate init?(_ status: PaymentStatus, of payment: Payment) {
    let fee: Msat
    let state: State
    switch status {
    case .settled(_, let paid): (state, fee) = (.settled, paid)
    case .pending: (state, fee) = (.pending, .zero)
    case .failed: (state, fee) = (.failed, .zero)
    case .notFound: return nil
    }
    self.init(
      paymentHash: payment.paymentHash, amount: payment.amount, fee: fee,
      time: payment.sentAt ?? .init(milliseconds: 0), state: state)
  }
}
