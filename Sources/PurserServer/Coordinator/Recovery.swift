internal import L402
internal import Logging
public import PurserCore

// Payments whose outcome nobody knew: after a restart, and while the daemon runs.
extension Coordinator {
  /// How long after its invoice's expiry a payment that the wallet never saw is given up, in ms.
  private static let missingMarginMs: UInt64 = 600_000
  /// How far apart the two look-ups must be that agree on it, in ms.
  private static let missingIntervalMs: UInt64 = 60_000

  /// Ends every payment that was not final when the daemon stopped, as far as the wallet can say.
  ///
  /// An intent was never sent: `sent` is on disk before the first byte leaves. Nothing is sent
  /// again here, so that a wallet that is slow to pay does not hold up the start.
  public func recoverPayments() async throws(Refusal) {
    for payment in try ledger.openPayments() {
      if payment.state == .intent {
        _ = try await finish(payment, .failed(reason: "the daemon stopped before it was sent"))
      } else {
        log.notice("payment resumed", metadata: ["hold": "\(payment.hold.hex)"])
        if await lookUp(payment) == .notFound {
          try? await noteUnknown(payment, "the wallet knows nothing of it")
        }
      }
    }
  }

  /// Looks again for every payment that is not final, at a distance that grows for each, until
  /// cancelled.
  public func watchUnknownPayments(sleep: @Sendable (UInt64) async throws -> Void) async {
    var watches: [HoldID: PaymentWatch] = [:]
    var sleptMs: UInt64 = 0
    while true {
      do { try await sleep(PaymentWatch.shortestPauseMs) } catch { return }
      sleptMs += PaymentWatch.shortestPauseMs
      let open = (try? ledger.openPayments()) ?? []
      var next: [HoldID: PaymentWatch] = [:]
      for payment in open {
        var watch = watches[payment.hold] ?? PaymentWatch(nextLookMs: sleptMs)
        if watch.nextLookMs <= sleptMs, let abandoned = abandoned(payment) {
          watch.missingSince = await resume(abandoned, missingSince: watch.missingSince)
          watch.wait(from: sleptMs)
        }
        next[payment.hold] = watch
      }
      watches = next
    }
  }

  /// The payment as it is now, if it is not final and nobody sees to it.
  ///
  /// It is read again after it was found in nobody's hands: its task may have moved it on
  /// meanwhile, and nobody else moves it any more.
  private func abandoned(_ payment: Payment) -> Payment? {
    guard !paymentsInHand.contains(payment.hold),
      let current = try? ledger.payment(hold: payment.hold), current.state.isOpen
    else { return nil }
    return current
  }

  /// - Returns: Since when the wallet knows nothing of a payment that nobody can pay any more.
  private func resume(_ payment: Payment, missingSince: Timestamp?) async -> Timestamp? {
    guard payment.state != .intent else {
      // Its task could not write down that it was never sent.
      _ = try? await finish(payment, .failed(reason: "stopped before it was sent"))
      return nil
    }
    guard await lookUp(payment) == .notFound else { return nil }
    do throws(Refusal) {
      return try await handleMissing(payment, missingSince: missingSince)
    } catch {
      log.warning(
        "payment not sent again",
        metadata: ["hold": "\(payment.hold.hex)", "reason": "\(error.reason)"])
      return nil
    }
  }

  /// Asks the wallet what became of a payment, and records what it knows.
  /// - Returns: What it said; nil when it could not be asked, or its answer not be recorded.
  private func lookUp(_ payment: Payment) async -> PaymentStatus? {
    do {
      let status = try await wallet.lookUp(paymentHash: payment.paymentHash)
      switch status {
      case .settled(let preimage, let fee):
        _ = try await settle(payment, preimage: preimage, fee: fee)
      case .failed(let reason): try await noteFailure(of: payment, reason)
      case .pending: try await noteUnknown(payment, "the wallet says it is on its way")
      case .notFound: break
      }
      return status
    } catch {
      log.warning(
        "payment not resolved",
        metadata: ["hold": "\(payment.hold.hex)", "reason": "\(error)"])
      try? await noteUnknown(payment, "the wallet could not be asked")
      return nil
    }
  }

  /// The wallet knows nothing of a payment that may have been sent.
  ///
  /// That is no proof that it was not paid. Only the same invoice may be sent again; and once it
  /// has expired by a margin and two look-ups after that agree, nobody can pay it any more.
  /// - Returns: When the first look-up after the margin was.
  private func handleMissing(
    _ payment: Payment, missingSince: Timestamp?
  ) async throws(Refusal) -> Timestamp? {
    let now = ledger.now()
    let expiry = Timestamp(seconds: payment.invoiceExpiresAtSeconds)
    try await noteUnknown(payment, "the wallet knows nothing of it")
    guard now < expiry.adding(milliseconds: Self.missingMarginMs) else {
      guard let missingSince, now >= missingSince.adding(milliseconds: Self.missingIntervalMs)
      else { return missingSince ?? now }
      _ = try await finish(payment, .failed(reason: "its invoice expired and was never paid"))
      return nil
    }
    guard now < expiry, isAllowed(payment), let invoice = try? Invoice(decoding: payment.invoice)
    else { return nil }
    let request = LedgerRequest(
      actor: .daemon, command: .sendPayment(hold: payment.hold, by: nil))
    _ = try await ledger.submit(request, from: Self.daemonSource)
    _ = try await send(payment, invoice)
    return nil
  }

  /// Records a failure that the wallet tells of, if it is that of the whole payment.
  ///
  /// After an invoice was sent again, it may be that of the second order, which was refused since
  /// the first was paid and the wallet has lost its record. Then the money stays held until nobody
  /// can pay the invoice any more, as if the wallet knew nothing of it.
  /// - Returns: Whether the payment has failed.
  @discardableResult
  func noteFailure(of payment: Payment, _ reason: String) async throws(Refusal) -> Bool {
    let isAgain = try ledger.payment(hold: payment.hold)?.isSentAgain ?? payment.isSentAgain
    let expiry = Timestamp(seconds: payment.invoiceExpiresAtSeconds)
    if isAgain, ledger.now() < expiry.adding(milliseconds: Self.missingMarginMs) {
      try await noteUnknown(payment, "the wallet refuses it, sent again: \(reason)")
      return false
    }
    _ = try await finish(payment, .failed(reason: reason))
    return true
  }

  /// Whether the policy in force still lets such a payment be made.
  private func isAllowed(_ payment: Payment) -> Bool {
    guard let service = policy.services[payment.purchase.service] else { return false }
    return service.priceCeiling.map { payment.amount <= $0 } ?? true
  }

  /// Marks a payment unknown, once.
  func noteUnknown(_ payment: Payment, _ reason: String) async throws(Refusal) {
    guard let current = try ledger.payment(hold: payment.hold), current.state == .sent else {
      return
    }
    _ = try await finish(payment, .unknown(reason: reason))
  }
}

/// When a payment that is not final is looked for again, in milliseconds that the watcher slept.
private struct PaymentWatch {
  static let shortestPauseMs: UInt64 = 1000
  private static let longestPauseMs: UInt64 = 30_000

  var nextLookMs: UInt64
  /// Since when the wallet knows nothing of it, once nobody can pay it any more.
  var missingSince: Timestamp?
  private var pauseMs = shortestPauseMs

  init(nextLookMs: UInt64) { self.nextLookMs = nextLookMs }

  mutating func wait(from now: UInt64) {
    nextLookMs = now + pauseMs
    pauseMs = min(pauseMs * 2, Self.longestPauseMs)
  }
}
