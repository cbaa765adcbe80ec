internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Invoices that buy no token, to payees that the policy pins.
extension Coordinator {
  func payInvoice(
    _ parameters: InvoicePay.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> InvoicePay.Reply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    let service = try allowedService(parameters.service, by: chain)
    let claim = repeatKey?.claim(of: caller, method: InvoicePay.name)
    if let repeated = try repeatedPayment(claim) { return repeated }
    let plan = try plan(for: parameters.invoice, of: service)
    // Each grant's order is its own: one that fails blocks nobody else's.
    let purchase = Purchase(
      service: service.id, capabilities: [Hex.encode(plan.invoice.paymentHash)],
      scope: chain.node)
    let patience = try patience(parameters.waitSeconds)
    while true {
      let (outcome, led) = await purchases.run(purchase) {
        do throws(Refusal) {
          // It may have waited for an operator: an invoice expires meanwhile.
          let current = try self.plan(for: parameters.invoice, of: service)
          let id = try await pay(current, for: purchase, of: service, by: caller, claim: claim)
          return .success(Purchases.Bought(credential: id, isNew: true, singleUse: nil))
        } catch { return .failure(error) }
      }
      switch outcome {
      case .success: return try paidInvoice(hash: plan.invoice.paymentHash)
      case .failure(let refusal):
        guard led, case .approvalRequired(let id?) = refusal,
          await waitForOperator(id, until: patience)
        else { throw refusal }
      }
    }
  }

  /// Checks the invoice, and what the policy says of its amount and of whom it pays.
  private func plan(for text: String, of service: Service) throws(Refusal) -> PaymentPlan {
    let invoice: Invoice
    do { invoice = try Invoice(decoding: text) } catch {
      throw Self.unpayable("it is not valid: \(error)")
    }
    let amount = try InvoiceCheck(network: network, now: ledger.now()).amount(of: invoice) {
      Self.unpayable($0)
    }
    var trace = RuleTrace.deciding
    try service.checkPrice(amount, trace: &trace)
    try service.checkInvoice(of: invoice.payee, trace: &trace)
    return PaymentPlan(
      secret: .receipt, invoice: invoice, amount: amount, approvalRule: trace.approvalRule)
  }

  private static func unpayable(_ why: String) -> Refusal {
    .paymentFailed(reason: "the invoice was not paid: \(why)", moneyMayHaveMoved: false)
  }

  /// What an order under the same key came to; nil when nothing was paid under it.
  private func repeatedPayment(_ claim: IdempotencyClaim?) throws(Refusal) -> InvoicePay.Reply? {
    guard let claim, let record = try ledger.idempotencyRecord(for: claim) else { return nil }
    guard record.claim.digest == claim.digest else {
      throw .conflict("this idempotency key was used for a request with other parameters")
    }
    guard case .purchasing(let hold) = record.outcome, let payment = try ledger.payment(hold: hold)
    else { return nil }
    switch payment.state {
    case .settled: return try paidInvoice(hash: payment.paymentHash)
    case .intent, .sent, .unknown: throw .paymentPending(hold: hold, retryAfterMs: 1000)
    case .failed: return nil
    }
  }

  private func paidInvoice(hash: [UInt8]) throws(Refusal) -> InvoicePay.Reply {
    guard let booked = try ledger.bookedPayment(hash: hash),
      let receipt = try ledger.credential(paymentHash: hash)
    else { throw .storage("the books have no payment of this invoice") }
    let secret = try TokenSecret(
      decoding: try sealer.open(receipt.sealed, at: .credential(receipt.id)))
    guard let preimage = secret.preimage else {
      throw .storage("a paid invoice has no preimage")
    }
    return InvoicePay.Reply(
      hold: booked.payment.hold, paymentHash: Hex.encode(hash), preimage: preimage,
      amountMsat: booked.payment.amount, feeMsat: booked.fee)
  }
}
