/// Where a sealed record belongs.
public enum SealedPlace: Sendable, Equatable {
  /// The token that a payment completes.
  case payment(HoldID)
  /// Token and preimage of a credential.
  case credential(CredentialID)
  /// An answer that is repeated.
  case answer(IdempotencyClaim)
}

/// A sealed record at its place.
public struct SealedRecord: Sendable, Equatable {
  /// Where it belongs.
  public let place: SealedPlace
  /// The sealed bytes.
  public let bytes: [UInt8]

  /// A record as it is stored.
  public init(place: SealedPlace, bytes: [UInt8]) {
    self.place = place
    self.bytes = bytes
  }
}

/// A record that was opened and sealed under another key.
public struct ResealedRecord: Sendable, Equatable {
  /// The record as it was stored.
  public let old: SealedRecord
  /// The same, sealed under the other key.
  public let bytes: [UInt8]

  /// `old`, which is `bytes` from now on.
  public init(old: SealedRecord, bytes: [UInt8]) {
    self.old = old
    self.bytes = bytes
  }
}

/// Records that were sealed anew, to be written together.
public struct Resealing: Sendable {
  /// The number of the key that they were sealed under.
  public let key: UInt64
  /// The number of the key that they are sealed under now.
  public let newKey: UInt64
  /// The records.
  public let records: [ResealedRecord]

  /// `records`, from key to key.
  public init(key: UInt64, newKey: UInt64, records: [ResealedRecord]) {
    self.key = key
    self.newKey = newKey
    self.records = records
  }
}

/// How the master keys of the daemon change, by number.
public struct KeyChange: Sendable, Equatable {
  /// The key that signs and seals from now on.
  public let current: UInt64
  /// The keys that are new.
  public let added: [UInt64]
  /// The keys that are gone.
  public let removed: [UInt64]

  /// What makes `new` of `old`.
  public init(from old: Keyring, to new: Keyring) {
    let (before, after) = (Set(old.keyIDs), Set(new.keyIDs))
    current = new.currentKeyID
    added = after.subtracting(before).sorted()
    removed = before.subtracting(after).sorted()
  }
}

/// How many sealed records need one master key.
public struct SealedCounts: Sendable, Equatable {
  /// Credentials in the vault.
  public var credentials: UInt64 = 0
  /// Tokens that payments complete.
  public var payments: UInt64 = 0
  /// Answers that are repeated for an idempotency key.
  public var answers: UInt64 = 0

  /// None.
  public init() {}

  /// All of them.
  public var total: UInt64 { credentials + payments + answers }
}

/// Where a walk over the sealed records goes on: in the vault, then the payments, then the answers.
public enum SealedCursor: Sendable, Equatable {
  /// After this credential; nil for the first one.
  case credentials(after: CredentialID?)
  /// After the payment of this number.
  case payments(after: UInt64)
  /// After the answer of this number.
  case answers(after: UInt64)

  /// Where a walk begins.
  public static let start = SealedCursor.credentials(after: nil)
}

// Commands on master keys: none of them moves a counter.
extension LedgerState {
  mutating func closeKey(_ number: UInt64) -> Outcome {
    closedKeys.insert(number)
    return .done
  }

  /// Refuses what was sealed under a key before it was closed, and comes in after.
  func checkSeals(of request: LedgerRequest) throws(Refusal) {
    var sealed: [[UInt8]?] = [request.attachment]
    switch request.command {
    case .beginPayment(let payment, _, _): sealed.append(payment.sealedToken)
    case .importCredential(let credential): sealed.append(credential.sealed)
    case .finishPayment(_, .settled(_, let credential), _): sealed.append(credential.sealed)
    default: break
    }
    for case let bytes? in sealed {
      if let number = SealedForm.keyID(of: bytes), closedKeys.contains(number) {
        throw .overloaded(retryAfterMs: 50)
      }
    }
  }

  mutating func reseal(_ resealing: Resealing, step: inout Step) -> Outcome {
    for record in resealing.records {
      if case .payment(let hold) = record.old.place, let payment = openPayments[hold],
        payment.sealedToken == record.old.bytes
      {
        openPayments[hold] = payment.sealed(anew: record.bytes)
      }
      step.changes.append(.resealed(record))
    }
    step.record(
      "key.reseal", node: nil,
      [
        "key": .integer(Int64(clamping: resealing.key)),
        "new_key": .integer(Int64(clamping: resealing.newKey)),
        "records": .integer(Int64(resealing.records.count)),
      ])
    return .done
  }

  func recordKeys(_ change: KeyChange, step: inout Step) -> Outcome {
    func numbers(_ list: [UInt64]) -> AuditDetails.Value {
      .array(list.map { .integer(Int64(clamping: $0)) })
    }
    step.record(
      "key.reload", node: nil,
      [
        "added": numbers(change.added), "current": .integer(Int64(clamping: change.current)),
        "removed": numbers(change.removed),
      ])
    return .done
  }
}

extension Payment {
  /// The same payment with its token sealed under another key.
  func sealed(anew bytes: [UInt8]) -> Payment {
    Payment(
      hold: hold, node: node, paymentHash: paymentHash, invoice: invoice, amount: amount,
      feeLimit: feeLimit, invoiceExpiresAtSeconds: invoiceExpiresAtSeconds, purchase: purchase,
      sealedToken: bytes, state: state, sentAt: sentAt, isSentAgain: isSentAgain)
  }
}
