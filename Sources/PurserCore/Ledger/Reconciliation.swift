/// A payment with what the ledger says left the wallet for it.
public struct BookedPayment: Sendable, Equatable {
  /// The payment.
  public let payment: Payment
  /// What was settled, routing fee included; zero unless it is settled.
  public let settled: Msat

  /// A payment as the ledger has it.
  public init(payment: Payment, settled: Msat) {
    self.payment = payment
    self.settled = settled
  }

  /// What routing cost, as it was booked.
  public var fee: Msat { settled.subtractingToZero(payment.amount) }
}

/// Something that ledger and wallet say differently of one payment.
public struct PaymentDifference: Sendable, Equatable {
  /// What differs.
  public enum Kind: String, Sendable, CaseIterable {
    /// The ledger has it as paid, and the wallet knows nothing of it.
    case notInWallet = "not_in_wallet"
    /// The wallet paid it, or is about to, and no book has it.
    case notInLedger = "not_in_ledger"
    /// One has it as paid, the other as not.
    case state
    /// Both have it as paid, with another amount or another fee.
    case amount
    /// The ledger does not know its end yet, and money is held for it.
    case open
  }

  /// What differs.
  public let kind: Kind
  /// What the preimage hashes to, 32 bytes.
  public let paymentHash: [UInt8]
  /// What the ledger has; nil for nothing.
  public let booked: BookedPayment?
  /// What the wallet has; nil for nothing.
  public let listed: WalletPayment?

  /// When it was made: by the ledger's clock where it has it, else by the wallet's.
  public var time: Timestamp? { booked?.payment.sentAt ?? listed?.time }
}

/// The ledger's payments beside those of the wallet, matched by payment hash.
///
/// Entries that share a cost are not payments, and take no part.
public struct Reconciliation: Sendable {
  /// Every difference, in order of time.
  public let differences: [PaymentDifference]
  /// How many payments both have as paid, with the same amount and fee.
  public let agreeing: Int
  /// What the ledger has as paid, routing included.
  public let booked: Msat
  /// What the wallet has as paid, routing included.
  public let listed: Msat

  /// Compares what each side has.
  ///
  /// Of several entries for a hash on one side, the one that says most of where the money is
  /// counts. `outside` are hashes that an operator has declared to be none of Purser's.
  public init(
    booked: [BookedPayment], listed: [WalletPayment], outside: Set<[UInt8]> = []
  ) {
    let booked = Dictionary(booked.map { ($0.payment.paymentHash, $0) }) { first, second in
      second.payment.state.weight >= first.payment.state.weight ? second : first
    }
    let listed = Dictionary(listed.map { ($0.paymentHash, $0) }) { first, second in
      second.state.weight > first.state.weight ? second : first
    }
    var differences: [PaymentDifference] = []
    var agreeing = 0
    for hash in Set(booked.keys).union(listed.keys) where !outside.contains(hash) {
      switch Self.compare(booked[hash], listed[hash]) {
      case .same(let isPaid): agreeing += isPaid ? 1 : 0
      case .different(let kind):
        differences.append(
          PaymentDifference(
            kind: kind, paymentHash: hash, booked: booked[hash], listed: listed[hash]))
      }
    }
    self.differences = differences.sorted { first, second in
      let (earlier, later) = (first.time?.milliseconds ?? 0, second.time?.milliseconds ?? 0)
      guard earlier == later else { return earlier < later }
      return first.paymentHash.lexicographicallyPrecedes(second.paymentHash)
    }
    self.agreeing = agreeing
    self.booked = .sum(booked.values.map(\.settled))
    self.listed = .sum(
      listed.values.filter { $0.state == .settled && !outside.contains($0.paymentHash) }
        .map { $0.amount.adding($0.fee) ?? .max })
  }

  private enum Verdict {
    case same(isPaid: Bool)
    case different(PaymentDifference.Kind)
  }

  private static func compare(_ booked: BookedPayment?, _ listed: WalletPayment?) -> Verdict {
    guard let booked else {
      return listed.map { $0.state == .failed } ?? true
        ? .same(isPaid: false) : .different(.notInLedger)
    }
    switch (booked.payment.state, listed?.state) {
    case (.intent, _), (.sent, _), (.unknown, _): return .different(.open)
    case (.failed, nil), (.failed, .failed): return .same(isPaid: false)
    case (.failed, _), (.settled, .failed), (.settled, .pending): return .different(.state)
    case (.settled, nil): return .different(.notInWallet)
    case (.settled, .settled):
      let isSame = listed?.amount == booked.payment.amount && listed?.fee == booked.fee
      return isSame ? .same(isPaid: true) : .different(.amount)
    }
  }
}

extension Payment.State {
  /// How much it says of where the money is.
  fileprivate var weight: Int {
    switch self {
    case .failed: 0
    case .intent, .sent, .unknown: 1
    case .settled: 2
    }
  }
}

extension WalletPayment.State {
  fileprivate var weight: Int {
    switch self {
    case .failed: 0
    case .pending: 1
    case .settled: 2
    }
  }
}

extension Msat {
  /// The sum, or the greatest amount there is when it is more.
  fileprivate static func sum(_ amounts: [Msat]) -> Msat {
    amounts.reduce(.zero) { $0.adding($1) ?? .max }
  }
}
