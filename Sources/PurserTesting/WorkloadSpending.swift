internal import PurserCore

// Requests that spend, and what becomes of them.
extension LedgerWorkload {
  mutating func spending(by chain: GrantChain, at now: Timestamp) -> Command {
    let id: HoldID = random.id()
    // All that a grant has, once in a while: then it is spent to the last.
    if random.once(in: 15), let known = registered.randomElement(using: &random),
      let all = known.holder.spendLimit
    {
      return .charge(Charge(hold: id, chain: known, amount: all))
    }
    let amount = random.amount(random.once(in: 40) ? 0...0 : 1...(random.once(in: 3) ? 700 : 200))
    holds.append(OpenHold(id: id, chain: chain, amount: amount))
    guard random.once(in: 3) else {
      let most = paceMs * [15, 15, 60, 70][Int.random(in: 0..<4, using: &random)]
      let life = UInt64.random(in: 0...most, using: &random)
      return .reserve(
        Reservation(
          hold: id, chain: chain, amount: amount, expiresAt: now.adding(milliseconds: life)))
    }
    return .charge(Charge(hold: id, chain: chain, amount: amount))
  }

  /// Something on a hold, and its holder.
  mutating func ending(at now: Timestamp) -> (Command, Actor) {
    let hold = anyHold()
    let holder = Actor.agent(hold.chain.node, peer: Self.peer)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<8:
      let most = hold.amount.value + (random.once(in: 10) ? 100 : 0)
      return (.settle(hold: hold.id, amount: random.amount(0...most)), holder)
    case 8..<11: return (.release(hold: hold.id), holder)
    case 11..<12: return (.expire(hold: hold.id), .daemon)
    default: return (.extend(extent(of: hold, at: now)), holder)
    }
  }

  private mutating func extent(of hold: OpenHold, at now: Timestamp) -> Extent {
    let chain = random.once(in: 12) ? forest.any(&random) : hold.chain
    let least = random.once(in: 10) ? 1 : hold.amount.value
    let life = UInt64.random(in: 0...paceMs * 40, using: &random)
    return Extent(
      hold: hold.id, chain: chain,
      amount: random.once(in: 4)
        ? nil : random.amount(least...hold.amount.value + (random.once(in: 4) ? 3000 : 200)),
      expiresAt: random.once(in: 2) ? nil : now.adding(milliseconds: life))
  }

  mutating func paymentCommand(by chain: GrantChain, at now: Timestamp) -> Command {
    guard let (payment, payer) = payments.suffix(12).randomElement(using: &random),
      !random.once(in: 3)
    else {
      let payment = freshPayment(by: chain, at: now)
      payments.append((payment, chain))
      holds.append(OpenHold(id: payment.hold, chain: chain, amount: payment.amount))
      return .beginPayment(payment, by: chain, under: freshTerms())
    }
    if random.once(in: 4) { return approvalCommand(payment, by: payer) }
    let evidence = random.once(in: 3) ? "the wallet's own list" : nil
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4:
      return .sendPayment(hold: payment.hold, by: random.once(in: 3) ? nil : payer)
    case 4..<6:
      return .finishPayment(hold: payment.hold, .failed(reason: "no route"), evidence: evidence)
    case 6..<7:
      return .finishPayment(hold: payment.hold, .unknown(reason: "no answer"))
    default:
      let credential = freshCredential(
        hash: payment.paymentHash, purchase: payment.purchase, by: payment.node, at: now)
      let mostFee = payment.feeLimit.value + (random.once(in: 10) ? 300 : 0)
      return .finishPayment(
        hold: payment.hold, .settled(fee: random.amount(0...mostFee), credential),
        evidence: evidence)
    }
  }

  private mutating func freshTerms() -> PaymentTerms {
    PaymentTerms(
      payee: [UInt8](repeating: random.once(in: 4) ? 3 : 2, count: 33),
      approveAbove: random.once(in: 3) ? random.amount(0...700) : nil,
      alwaysWaits: random.once(in: 6))
  }

  /// Somebody is asked about a payment, or says something, or it is tried again.
  private mutating func approvalCommand(_ payment: Payment, by chain: GrantChain) -> Command {
    switch Int.random(in: 0..<6, using: &random) {
    case 0..<2:
      let id: ApprovalID = random.id()
      approvals.append(id)
      if approvals.count > 20 { approvals.removeFirst() }
      let total = payment.amount.adding(payment.feeLimit) ?? .max
      return .askApproval(
        ApprovalRequest(
          id: id, chain: chain, purchase: payment.purchase, payee: freshTerms().payee,
          total: random.once(in: 3) ? random.amount(1...700) : total))
    case 2..<4:
      return .decideApproval(
        ApprovalDecision(
          approvals.randomElement(using: &random) ?? random.id(), isApproved: !random.once(in: 4)))
    default:
      let again = Payment(
        hold: random.id(), node: chain.node, paymentHash: random.bytes(32),
        invoice: payment.invoice, amount: payment.amount, feeLimit: payment.feeLimit,
        invoiceExpiresAtSeconds: payment.invoiceExpiresAtSeconds, purchase: payment.purchase,
        sealedToken: payment.sealedToken)
      return .beginPayment(again, by: chain, under: freshTerms())
    }
  }

  private mutating func freshPayment(by chain: GrantChain, at now: Timestamp) -> Payment {
    let hash = random.once(in: 8) ? hashes[Int.random(in: 0..<8, using: &random)] : random.bytes(32)
    return Payment(
      hold: random.id(), node: chain.node, paymentHash: hash, invoice: "lnbcrt1invoice",
      amount: random.amount(1...700), feeLimit: random.amount(0...60),
      invoiceExpiresAtSeconds: now.seconds + 600,
      purchase: Purchase(
        service: ["data", "maps", "news", "code", "text", "tide"][
          Int.random(in: 0..<6, using: &random)],
        capabilities: random.once(in: 2) ? ["read", "a\"b,c"] : [],
        scope: random.once(in: 3) ? chain.topNode : nil),
      sealedToken: random.bytes(8))
  }

  private mutating func freshCredential(
    hash: [UInt8], purchase: Purchase, by node: NodeID?, at now: Timestamp
  ) -> Credential {
    let credential = Credential(
      id: random.id(), purchase: purchase, paymentHash: hash,
      validUntilSeconds: random.once(in: 2) ? now.seconds + 60 : nil,
      cost: random.amount(0...700), boughtBy: node, sealed: random.bytes(16), createdAt: now)
    credentials.append(credential.id)
    return credential
  }

  mutating func vaultCommand(by chain: GrantChain, at now: Timestamp) -> Command {
    let id = credentials.randomElement(using: &random) ?? random.id()
    switch Int.random(in: 0..<11, using: &random) {
    case 0..<4:
      let charge =
        random.once(in: 3)
        ? IssueCharge(
          hold: random.id(), amount: random.amount(1...300), isForFirstCopy: random.once(in: 2))
        : nil
      return .issueCredential(
        CredentialIssue(
          credential: id, chain: chain, validUntilSeconds: now.seconds + 5, service: "data",
          isCounted: !random.once(in: 4), usesUp: random.once(in: 4), charge: charge))
    case 4..<6:
      return .importCredential(
        freshCredential(
          hash: random.bytes(32),
          purchase: Purchase(service: "maps", capabilities: ["x"], scope: nil), by: nil, at: now))
    case 6..<7: return .retireCredential(id, reason: "refused")
    case 7..<8: return .removeCredential(id)
    case 8..<9:
      return .note(AuditNote("wallet.invoice", ["amount_msat": .msat(random.amount(1...9))]))
    default:
      return .recordRefusals(
        RefusalCount(
          node: random.once(in: 2) ? chain.node : nil, method: "spend.reserve",
          reason: "budget_exceeded", count: 3, peer: nil))
    }
  }

  private mutating func anyHold() -> OpenHold {
    // Mostly one of the last, which may still be open.
    let recent = holds.suffix(random.once(in: 4) ? holds.count : 12)
    return recent.randomElement(using: &random)
      ?? OpenHold(id: random.id(), chain: forest.any(&random), amount: random.amount(1...9))
  }
}
