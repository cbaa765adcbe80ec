internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Payments that the wallet does not tell the end of, as operators see and end them.
extension Coordinator {
  func listPayments() throws(Refusal) -> PaymentList.Reply {
    let now = ledger.now()
    let payments = try ledger.openPayments().map { payment in
      OpenPayment(
        payment, paymentHash: Hex.encode(payment.paymentHash), isStuck: isStuck(payment, at: now))
    }
    return PaymentList.Reply(payments: payments)
  }

  /// Whether a payment has been out for longer than one should be.
  func isStuck(_ payment: Payment, at now: Timestamp) -> Bool {
    guard let sentAt = payment.sentAt else { return false }
    return now >= sentAt.adding(milliseconds: policy.stuckAfterSeconds * 1000)
  }

  /// Ends a payment by what an operator found out about it.
  ///
  /// That it was paid is proved by its preimage; that it was not, nobody can prove, so the audit
  /// log keeps who said so and why.
  func resolvePayment(
    _ parameters: PaymentResolve.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> HoldEnded {
    guard (1...Self.longestEvidence).contains(parameters.evidence.utf8.count) else {
      throw .invalid("evidence has 1 to \(Self.longestEvidence) bytes: say how you know")
    }
    let claim = repeatKey?.claim(of: caller, method: PaymentResolve.name)
    let result = try result(parameters, claim: claim)
    let applied = try await submit(
      .finishPayment(hold: parameters.hold, result, evidence: parameters.evidence), by: caller,
      claim: claim)
    guard case .ended(let hold, let settled, let released) = applied.outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return HoldEnded(hold: hold, settledMsat: settled, releasedMsat: released)
  }

  private static let longestEvidence = 500

  private func result(
    _ parameters: PaymentResolve.Parameters, claim: IdempotencyClaim?
  ) throws(Refusal) -> PaymentResult {
    guard let payment = try ledger.payment(hold: parameters.hold) else {
      throw .notFound("no payment has this hold; 'purser payment list' shows those that are open")
    }
    guard !paymentsInHand.contains(payment.hold) else {
      throw .conflict(
        "the wallet is being asked about this payment now; try again when it is stuck")
    }
    guard payment.state != .intent else {
      throw .conflict("this payment was not sent yet; it ends by itself")
    }
    switch parameters.outcome {
    case .failed:
      guard parameters.preimage == nil, parameters.feeMsat == nil else {
        throw .invalid("preimage and fee_msat go with outcome paid")
      }
      return .failed(reason: "an operator found that it was not paid")
    case .paid:
      guard let preimage = parameters.preimage.flatMap({ Hex.decode($0) }),
        SHA256.hash(preimage) == payment.paymentHash
      else {
        throw .invalid("outcome paid needs the preimage, whose SHA-256 is the payment hash")
      }
      let fee = parameters.feeMsat ?? .zero
      return .settled(fee: fee, try credential(of: payment, preimage: preimage, fee: fee))
    }
  }
}
