/// A ledger that came out of a backup: what is still to be done before its grants may spend.
public struct Restoration: Sendable, Equatable {
  /// Who compared the ledger with the wallet.
  public enum Check: String, Sendable {
    /// The daemon, by the wallet's own list.
    case wallet
    /// An operator, who said so.
    case operatorUser = "operator"
  }

  /// When it was restored.
  public let restoredAt: Timestamp
  /// The time of the last change in the backup: what was paid since, it does not know.
  public let since: Timestamp
  /// Who compared it with the wallet since; nil when nobody did.
  public var check: Check?
  /// The payments of the wallet that are neither booked nor declared to be somebody else's.
  public var unbooked: [WalletPayment]

  /// A restoration as it was stored.
  public init(
    restoredAt: Timestamp, since: Timestamp, check: Check? = nil, unbooked: [WalletPayment] = []
  ) {
    self.restoredAt = restoredAt
    self.since = since
    self.check = check
    self.unbooked = unbooked
  }

  /// Whether grants may be unfrozen again.
  public var isSettled: Bool { check != nil && unbooked.isEmpty }
}

/// A backup that was put in place.
public struct RestoreNote: Sendable, Equatable {
  /// SHA-256 of the backup, in hex.
  public let digest: String
  /// How many events the log in it has.
  public let events: UInt64
  /// The time of the last change in it.
  public let since: Timestamp

  /// A backup of a log of `events`.
  public init(digest: String, events: UInt64, since: Timestamp) {
    self.digest = digest
    self.events = events
    self.since = since
  }
}

/// What the wallet has paid, as far as the ledger is to know it.
public struct WalletListing: Sendable {
  /// The payments that the wallet lists; those that the ledger knows are left out by it.
  public let payments: [WalletPayment]
  /// Who compared.
  public let check: Restoration.Check
  /// What an operator goes by; nil for the daemon.
  public let evidence: String?

  /// A comparison.
  public init(payments: [WalletPayment], check: Restoration.Check, evidence: String? = nil) {
    self.payments = payments
    self.check = check
    self.evidence = evidence
  }
}

/// What an operator says of a payment that the wallet made and the ledger does not know.
public struct Booking: Sendable {
  /// Its payment hash.
  public let paymentHash: [UInt8]
  /// The grant that it is booked to; nil for a payment that is not Purser's.
  public let node: NodeID?
  /// The id of the hold that records it.
  public let hold: HoldID

  /// A payment of the grant `node`.
  public init(paymentHash: [UInt8], node: NodeID?, hold: HoldID) {
    self.paymentHash = paymentHash
    self.node = node
    self.hold = hold
  }
}

// Commands on a ledger that was restored.
extension LedgerState {
  /// Freezes every top-level grant, as an operator would.
  mutating func restore(_ note: RestoreNote, step: inout Step) -> Outcome {
    restoration = Restoration(restoredAt: step.now, since: note.since)
    for (id, node) in nodes where node.parent == nil && node.mark == nil {
      nodes[id]?.mark = NodeMark(state: .frozen, setBy: nil)
    }
    step.changes.append(.restored(note, at: step.now))
    step.record(
      "restored", node: nil,
      [
        "events": .integer(Int64(clamping: note.events)), "sha256": .string(note.digest),
        "since_ms": .integer(Int64(clamping: note.since.milliseconds)),
      ])
    return .done
  }

  mutating func compare(
    _ listing: WalletListing, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard var restored = restoration else {
      throw .conflict("this ledger was not restored from a backup")
    }
    restored.check = listing.check
    var fresh = 0
    for payment in listing.payments {
      let place = restored.unbooked.firstIndex { $0.paymentHash == payment.paymentHash }
      if let place {
        restored.unbooked[place] = payment
      } else {
        guard payment.state != .failed, try !isKnown(payment, records: records) else { continue }
        restored.unbooked.append(payment)
        fresh += 1
      }
      step.changes.append(.walletPayment(payment))
    }
    restored.unbooked.removeAll { $0.state == .failed }
    restoration = restored
    step.changes.append(.compared(listing.check))
    var details: AuditDetails = [
      "by": .string(listing.check.rawValue), "new": .integer(Int64(fresh)),
      "unbooked": .integer(Int64(restored.unbooked.count)),
    ]
    if let evidence = listing.evidence { details["evidence"] = .string(evidence) }
    step.record("restore.check", node: nil, details)
    return .done
  }

  private func isKnown(
    _ payment: WalletPayment, records: some LedgerRecords
  ) throws(Refusal) -> Bool {
    if holdByPaymentHash[payment.paymentHash] != nil { return true }
    if try records.hasWalletPayment(hash: payment.paymentHash) { return true }
    return try records.payment(hash: payment.paymentHash).map { $0.state != .failed } ?? false
  }

  /// Books a payment as spent by a grant, whatever its limits: the money has left.
  ///
  /// It counts in the windows of now, which errs towards refusal.
  mutating func book(
    _ booking: Booking, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let place = restoration?.unbooked.firstIndex { $0.paymentHash == booking.paymentHash }
    guard let place, let payment = restoration?.unbooked[place] else {
      throw .notFound("no payment with this hash waits; 'purser payment unbooked' shows those")
    }
    guard payment.state == .settled else {
      throw .conflict("the wallet says it is on its way; ask again: purser payment compare")
    }
    let total = payment.amount.adding(payment.fee) ?? .max
    var details: AuditDetails = [
      "amount_msat": .msat(payment.amount), "fee_msat": .msat(payment.fee),
      "payment_hash": .hex(payment.paymentHash),
    ]
    guard let node = booking.node else {
      restoration?.unbooked.remove(at: place)
      step.changes.append(.booked(payment, hold: nil))
      step.record("payment.outside", node: nil, details)
      return .done
    }
    try bringIn(node, records: records)
    guard hasNode(node) else { throw .notFound("no grant with this id") }
    guard openHolds[booking.hold] == nil, try records.endedHold(booking.hold) == nil else {
      throw .conflict("a hold with this id exists")
    }
    try prepareMove(at: node, now: step.now, records: records)
    let hold = Hold(
      id: booking.hold, node: node, kind: .spend, amount: total, createdAt: step.now,
      expiresAt: nil, state: .settled, settled: total)
    var move = ChargeMove(admittedBefore: step.now, admittedAfter: step.now, isNew: true)
    move.settled = total
    restoration?.unbooked.remove(at: place)
    step.changes.append(.newHold(hold))
    step.changes.append(.booked(payment, hold: hold.id))
    apply(move, at: node, step: &step)
    details["hold"] = .id(hold.id)
    details["settled_msat"] = .msat(total)
    step.record("payment.book", node: node, details)
    return .ended(hold: hold.id, settled: total, released: .zero)
  }

  /// Refuses to lift the freeze of a top-level grant while payments are in no book.
  func checkRestored(unfreezing id: NodeID) throws(Refusal) {
    guard let restoration, !restoration.isSettled, let node = nodes[id], node.parent == nil else {
      return
    }
    throw .conflict(
      restoration.check == nil
        ? "this ledger was restored, and was not compared with the wallet since: first run "
          + "'purser payment compare'"
        : "this ledger was restored, and \(restoration.unbooked.count) payments of the wallet are "
          + "in no book: first see 'purser payment unbooked', and book each")
  }

  /// Refuses a grant that was made after the backup: it would begin again with empty counters.
  func checkRestored(_ request: LedgerRequest) throws(Refusal) {
    guard let restoration else { return }
    guard let chain = request.command.chain, !hasNode(chain.topNode) else { return }
    switch request.command {
    case .createGrant where request.actor.isOperator || restoration.isSettled: return
    // The policy has it for whoever claims it; what it spent since the backup was booked elsewhere.
    case .claim where restoration.isSettled: return
    default: break
    }
    throw .forbidden(
      rule: "restored",
      explanation: "this grant was made after the backup that the ledger was restored from; ask an "
        + "operator for a new one")
  }
}
