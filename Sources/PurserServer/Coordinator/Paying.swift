internal import L402
internal import LibCrypto
internal import Logging
internal import PurserCore

/// A payment that may be made: everything that can be known before money moves was checked.
struct PaymentPlan: Sendable {
  /// What is kept sealed while it is paid, and what the preimage completes.
  let secret: TokenSecret
  let invoice: Invoice
  let amount: Msat
  /// The rule of the policy that asks for an operator's approval first; nil when none does.
  let approvalRule: String?
}

// One payment from intent to its end. Every step is on disk before the next one starts.
extension Coordinator {
  /// Pays what was checked and seals what it bought.
  /// - Throws: ``Refusal``; ``Refusal/paymentPending(hold:retryAfterMs:)`` when nobody can say yet.
  func pay(
    _ plan: PaymentPlan, for purchase: Purchase, of service: Service,
    within limits: PurchaseLimits = PurchaseLimits(), by caller: Caller, claim: IdempotencyClaim?
  ) async throws(Refusal) -> CredentialID {
    let chain = try caller.requiredChain()
    let hold = holdIDs.next(at: ledger.now())
    let payment = Payment(
      hold: hold, node: chain.node, paymentHash: plan.invoice.paymentHash,
      invoice: plan.invoice.text, amount: plan.amount,
      feeLimit: try limits.feeLimit(
        policyLimit: service.feeLimit, reserve: wallet.feeReserve(for: plan.amount)),
      invoiceExpiresAtSeconds: plan.invoice.expiresAtSeconds, purchase: purchase,
      sealedToken: try sealer.seal(try plan.secret.encoded(), at: .payment(hold)))
    paymentsInHand.take(hold)
    defer { paymentsInHand.release(hold) }
    let begun = try await begin(payment, plan, of: service, by: caller, claim: claim)
    guard !begun.isReplay else {
      guard case .purchasing(let earlier) = begun.outcome else {
        // The same request was answered a moment ago; a repeat finds that answer.
        throw .overloaded(retryAfterMs: 50)
      }
      throw .paymentPending(hold: earlier, retryAfterMs: 1000)
    }
    do throws(Refusal) {
      try checkUnchanged(service)
      _ = try await submit(.sendPayment(hold: hold, by: chain), by: caller)
    } catch {
      // Nothing was sent, so the intent fails for certain and its money goes back; should the disk
      // not take that either, the watcher ends it.
      _ = try? await finish(payment, .failed(reason: "stopped before it was sent"))
      throw error
    }
    return try await send(payment, plan.invoice)
  }

  /// Refuses when the policy says something else of the service than when the request was decided.
  func checkUnchanged(_ service: Service) throws(Refusal) {
    guard policy.services[service.id] != service else { return }
    throw .conflict("the policy for '\(service.id)' was changed meanwhile; ask again")
  }

  /// Writes the intent to pay; where an operator has to say yes first, operators are asked.
  private func begin(
    _ payment: Payment, _ plan: PaymentPlan, of service: Service, by caller: Caller,
    claim: IdempotencyClaim?
  ) async throws(Refusal) -> Applied {
    let chain = try caller.requiredChain()
    let terms = PaymentTerms(
      payee: plan.invoice.payee, approveAbove: service.approveAbove,
      alwaysWaits: plan.approvalRule != nil)
    do throws(Refusal) {
      return try await submit(
        .beginPayment(payment, by: chain, under: terms), by: caller, claim: claim)
    } catch {
      guard error == .approvalRequired(nil) else { throw error }
      throw .approvalRequired(try await ask(about: payment, to: terms.payee, by: caller))
    }
  }

  /// The most that routing may cost: a wallet that cannot enforce a limit may spend up to its own
  /// reserve, so the hold covers it.
  func feeLimit(of service: Service, for amount: Msat) -> Msat {
    max(service.feeLimit, wallet.feeReserve(for: amount))
  }

  /// Hands a payment that is `sent` on disk to the wallet and records what became of it.
  ///
  /// Once the wallet has it, whatever goes wrong here leaves it open, to be looked up: nothing but
  /// the wallet's own word ends it.
  func send(_ payment: Payment, _ invoice: Invoice) async throws(Refusal) -> CredentialID {
    let order = PaymentOrder(invoice: invoice, amount: payment.amount, feeLimit: payment.feeLimit)
    let outcome = await wallet.pay(order)
    var hasFailed = false
    do throws(Refusal) {
      switch outcome {
      case .settled(let preimage, let fee):
        return try await settle(payment, preimage: preimage, fee: fee)
      case .failed(let reason): hasFailed = try await noteFailure(of: payment, reason)
      case .unknown(let reason): try await noteUnknown(payment, reason)
      }
    } catch {
      log.error(
        "payment not recorded",
        metadata: ["hold": "\(payment.hold.hex)", "reason": "\(error.reason)"])
      throw .paymentPending(hold: payment.hold, retryAfterMs: 1000)
    }
    guard hasFailed, case .failed(let reason) = outcome else {
      throw .paymentPending(hold: payment.hold, retryAfterMs: 1000)
    }
    throw .paymentFailed(reason: reason, moneyMayHaveMoved: false)
  }

  /// Books a paid payment; its preimage is proof only if it hashes to the payment hash.
  func settle(
    _ payment: Payment, preimage: [UInt8], fee: Msat
  ) async throws(Refusal) -> CredentialID {
    guard SHA256.hash(preimage) == payment.paymentHash else {
      try await noteUnknown(payment, "the wallet's preimage does not fit the payment hash")
      throw .paymentPending(hold: payment.hold, retryAfterMs: 1000)
    }
    let credential = try credential(of: payment, preimage: preimage, fee: fee)
    let outcome = try await finish(payment, .settled(fee: fee, credential))
    guard case .ended = outcome else {
      throw .storage("the ledger gave another answer than a settled payment has")
    }
    return credential.id
  }

  /// What a paid payment bought, sealed: its token and the preimage, which fits its hash.
  func credential(
    of payment: Payment, preimage: [UInt8], fee: Msat
  ) throws(Refusal) -> Credential {
    // As it is stored now: it may have been sealed under another key since the payment began.
    let sealed = try ledger.payment(hold: payment.hold)?.sealedToken ?? payment.sealedToken
    let secret = try TokenSecret(
      decoding: try sealer.open(sealed, at: .payment(payment.hold)))
    let id: CredentialID = freshID()
    let now = ledger.now()
    let paid = TokenSecret.Paid(
      amountMsat: payment.amount.value, feeMsat: fee.value, at: now)
    return Credential(
      id: id, purchase: payment.purchase, paymentHash: payment.paymentHash,
      validUntilSeconds: validUntil(of: secret, service: payment.purchase.service),
      cost: payment.amount.adding(fee) ?? .max, boughtBy: payment.node,
      sealed: try sealer.seal(
        try secret.paid(with: preimage, paid).encoded(), at: .credential(id)),
      createdAt: now, state: secret.isReceipt ? .retired : .active)
  }

  /// When the token itself says that the seller stops taking it.
  func validUntil(of secret: TokenSecret, service id: String) -> UInt64? {
    if let challenge = secret.paymentChallenge { return challenge.effectiveEndSeconds }
    guard let macaroon = secret.l402Token.macaroon, let service = policy.services[id],
      let restrictions = try? L402Restrictions(of: macaroon, service: service.sellerName)
    else { return nil }
    return restrictions.validUntilSeconds.map { UInt64(clamping: $0) }
  }

  func finish(_ payment: Payment, _ result: PaymentResult) async throws(Refusal) -> Outcome {
    let request = LedgerRequest(
      actor: .daemon, command: .finishPayment(hold: payment.hold, result))
    return try await ledger.submit(request, from: Self.daemonSource).outcome
  }

  /// The queue of the daemon's own commands.
  static let daemonSource: UInt64 = 0
}
