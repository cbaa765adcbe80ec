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
  /// An intent was never sent: `sent` is on disk before the first byte leaves.
  public func recoverPayments() async throws(Refusal) {
    for payment in try ledger.openPayments() {
      if payment.state == .intent {
        _ = try await finish(payment, .failed(reason: "the daemon stopped before it was sent"))
      } else {
        log.notice("payment resumed", metadata: ["hold": "\(payment.hold.hex)"])
        _ = await resolve(payment, missingSince: nil)
      }
    }
  }

  /// Looks again, at a growing distance, for every payment that is not final, until cancelled.
  public func watchUnknownPayments(sleep: @Sendable (UInt64) async throws -> Void) async {
    var missingSince: [HoldID: Timestamp] = [:]
    var pauseMs: UInt64 = 1000
    while true {
      do { try await sleep(pauseMs) } catch { return }
      let open = ((try? ledger.openPayments()) ?? []).filter { $0.state == .unknown }
      pauseMs = open.isEmpty ? 1000 : min(pauseMs * 2, 30_000)
      var stillMissing: [HoldID: Timestamp] = [:]
      for payment in open {
        let since = missingSince[payment.hold]
        if await resolve(payment, missingSince: since) {
          stillMissing[payment.hold] = since ?? ledger.now()
        }
      }
      missingSince = stillMissing
    }
  }

  /// Asks the wallet what became of a payment and records it.
  /// - Returns: Whether the wallet knows nothing of it.
  private func resolve(
    _ payment: Payment, missingSince: Timestamp?
  ) async -> Bool {
    do {
      switch try await wallet.lookUp(paymentHash: payment.paymentHash) {
      case .settled(let preimage, let fee):
        _ = try await settle(payment, preimage: preimage, fee: fee)
      case .failed(let reason):
        _ = try await finish(payment, .failed(reason: reason))
      case .pending:
        try await noteUnknown(payment, "the wallet says it is on its way")
      case .notFound:
        try await handleMissing(payment, missingSince: missingSince)
        return true
      }
    } catch {
      log.warning("payment not resolved", metadata: ["hold": "\(payment.hold.hex)"])
      try? await noteUnknown(payment, "the wallet could not be asked")
    }
    return false
  }

  /// The wallet knows nothing of a payment that may have been sent.
  ///
  /// That is no proof that it was not paid. Only the same invoice may be sent again; and once it
  /// has expired by a margin and two look-ups agree, nobody can pay it any more.
  private func handleMissing(
    _ payment: Payment, missingSince: Timestamp?
  ) async throws(Refusal) {
    let now = ledger.now()
    let expiry = Timestamp(seconds: payment.invoiceExpiresAtSeconds)
    if now >= expiry.adding(milliseconds: Self.missingMarginMs) {
      if let missingSince, now >= missingSince.adding(milliseconds: Self.missingIntervalMs) {
        _ = try await finish(payment, .failed(reason: "its invoice expired and was never paid"))
      } else {
        try await noteUnknown(payment, "the wallet knows nothing of it")
      }
      return
    }
    guard now < expiry, let invoice = try? Invoice(decoding: payment.invoice) else {
      try await noteUnknown(payment, "the wallet knows nothing of it")
      return
    }
    try await noteUnknown(payment, "the wallet knows nothing of it; sending it again")
    let request = LedgerRequest(
      actor: .daemon, command: .sendPayment(hold: payment.hold, by: nil))
    _ = try await ledger.submit(request, from: Self.daemonSource)
    _ = try await send(payment, invoice)
  }

  /// Marks a payment unknown, once.
  private func noteUnknown(_ payment: Payment, _ reason: String) async throws(Refusal) {
    guard let current = try ledger.payment(hold: payment.hold), current.state == .sent else {
      return
    }
    _ = try await finish(payment, .unknown(reason: reason))
  }
}
