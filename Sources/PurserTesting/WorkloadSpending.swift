internal import PurserCore

// Requests that spend, and what becomes of them.
extension LedgerWorkload {
  mutating func spending(by chain: GrantChain, at now: Timestamp) -> Command {
    let id: HoldID = random.id()
    let amount = random.amount(random.once(in: 30) ? 0...0 : 1...700)
    holds.append((id, chain))
    guard random.once(in: 3) else {
      let life = UInt64.random(in: 0...paceMs * 22, using: &random)
      return .reserve(
        Reservation(
          hold: id, chain: chain, amount: amount, expiresAt: now.adding(milliseconds: life)))
    }
    return .charge(Charge(hold: id, chain: chain, amount: amount))
  }

  /// Something on a hold, and its holder.
  mutating func ending(at now: Timestamp) -> (Command, Actor) {
    let (hold, own) = anyHold()
    let holder = Actor.agent(own.node, peer: Self.peer)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<8: return (.settle(hold: hold, amount: random.amount(0...700)), holder)
    case 8..<11: return (.release(hold: hold), holder)
    case 11..<13: return (.expire(hold: hold), .daemon)
    default:
      let chain = random.once(in: 8) ? forest.any(&random) : own
      let life = UInt64.random(in: 0...paceMs * 20, using: &random)
      let extent = Extent(
        hold: hold, chain: chain, amount: random.once(in: 4) ? nil : random.amount(1...900),
        expiresAt: random.once(in: 4) ? nil : now.adding(milliseconds: life))
      return (.extend(extent), holder)
    }
  }

  mutating func paymentCommand(by chain: GrantChain, at now: Timestamp) -> Command {
    guard let (payment, payer) = payments.suffix(12).randomElement(using: &random),
      !random.once(in: 3)
    else {
      let payment = freshPayment(by: chain, at: now)
      payments.append((payment, chain))
      holds.append((payment.hold, chain))
      return .beginPayment(payment, by: chain)
    }
    // What has its final state is asked for again now and then.
    if !random.once(in: 6), let place = payments.lastIndex(where: { $0.payment == payment }) {
      payments.remove(at: place)
    }
    let evidence = random.once(in: 3) ? "the wallet's own list" : nil
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4:
      payments.append((payment, payer))
      return .sendPayment(hold: payment.hold, by: random.once(in: 3) ? nil : payer)
    case 4..<6:
      return .finishPayment(hold: payment.hold, .failed(reason: "no route"), evidence: evidence)
    case 6..<7:
      payments.append((payment, payer))
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

  private mutating func freshPayment(by chain: GrantChain, at now: Timestamp) -> Payment {
    let hash = random.once(in: 3) ? hashes[Int.random(in: 0..<8, using: &random)] : random.bytes(32)
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
      return .issueCredential(
        CredentialIssue(
          credential: id, chain: chain, validUntilSeconds: now.seconds + 5, service: "data"))
    case 4..<6:
      return .importCredential(
        freshCredential(
          hash: random.bytes(32),
          purchase: Purchase(service: "maps", capabilities: ["x"], scope: nil), by: nil, at: now))
    case 6..<7: return .retireCredential(id, reason: "refused")
    case 7..<8: return .removeCredential(id)
    case 8..<9: return .recordInvoice(InvoiceNote(amount: random.amount(1...9), expirySeconds: 60))
    default:
      return .recordRefusals(
        RefusalCount(
          node: random.once(in: 2) ? chain.node : nil, method: "spend.reserve",
          reason: "budget_exceeded", count: 3, peer: nil))
    }
  }

  private mutating func anyHold() -> (HoldID, GrantChain) {
    // Mostly one of the last, which may still be open.
    let recent = holds.suffix(random.once(in: 4) ? holds.count : 12)
    guard let found = recent.randomElement(using: &random) else {
      return (random.id(), forest.any(&random))
    }
    return (found.id, found.chain)
  }
}
