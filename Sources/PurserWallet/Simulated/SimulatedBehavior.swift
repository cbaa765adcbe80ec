public import PurserCore

/// How a node of the simulated network pays, until it is told otherwise.
public struct SimulatedBehavior: Sendable, Equatable {
  /// How long a payment is on its way, in milliseconds.
  public var delayMilliseconds: UInt64
  /// The part of the routing fee that does not depend on the amount.
  public var baseFee: Msat
  /// The part of the routing fee that does, in millionths of the amount, rounded down.
  public var feePartsPerMillion: UInt32
  /// Whether the node answers and takes orders.
  public var isReachable: Bool
  /// Whether the node knows of no payment any more, like one whose records went back to a backup:
  /// what it sent goes on all the same.
  public var isForgetful: Bool

  /// A node that answers at once and pays no fees, unless told otherwise.
  public init(
    delayMilliseconds: UInt64 = 0, baseFee: Msat = .zero, feePartsPerMillion: UInt32 = 0,
    isReachable: Bool = true, isForgetful: Bool = false
  ) {
    self.delayMilliseconds = delayMilliseconds
    self.baseFee = baseFee
    self.feePartsPerMillion = feePartsPerMillion
    self.isReachable = isReachable
    self.isForgetful = isForgetful
  }

  /// What routing `amount` costs; nil when it is more than an amount can be.
  public func fee(for amount: Msat) -> Msat? {
    let share = UInt128(amount.value) * UInt128(feePartsPerMillion) / 1_000_000
    return UInt64(exactly: share).flatMap { Msat($0) }?.adding(baseFee)
  }
}

/// Something that goes wrong with one payment of a node.
public enum SimulatedFault: Sendable, Equatable {
  /// The payment fails, and the payer is told.
  case fail(reason: String)
  /// The payment settles, and the payer gets no answer.
  case timeoutAfterPaying
  /// The order never arrives: nothing is paid, and the payer gets no answer.
  case timeoutNotPaid
  /// The payer is told that the payment is on its way; it settles after so many milliseconds.
  case pendingThenSettled(milliseconds: UInt64)
  /// The payer is told that the payment is on its way; it fails after so many milliseconds.
  case pendingThenFailed(milliseconds: UInt64, reason: String)
}

/// One payment as the simulated network recorded it.
public struct SimulatedPayment: Sendable, Equatable {
  /// Where it is in its life; only `pending` is not final.
  public enum State: String, Sendable {
    /// On its way: the money has left the payer.
    case pending
    /// The payee has the money, the payer has the preimage.
    case settled
    /// The payer has its money back, or never gave it.
    case failed
  }

  /// What the preimage hashes to, 32 bytes.
  public let paymentHash: [UInt8]
  /// The node that pays.
  public let payer: String
  /// The node that made the invoice.
  public let payee: String
  /// What the payee gets.
  public let amount: Msat
  /// What routing costs the payer on top.
  public let fee: Msat
  /// Where it is in its life.
  public let state: State
  /// Why it failed.
  public let reason: String?
  /// When it was ordered.
  public let createdAt: Timestamp
  /// When it settled or failed.
  public let endedAt: Timestamp?
}

/// Why the simulated network refused something.
public enum SimulatedNetworkError: Error, Equatable, Sendable {
  /// Its store did not answer; the text is SQLite's.
  case store(String)
  /// The store was written by a newer version.
  case newerStore
  /// The store simulates another Bitcoin network, this one.
  case otherNetwork(String)
  /// No node has this name.
  case unknownNode(String)
  /// The name of a node is 1 to 64 bytes.
  case badName
  /// The amounts would leave the range of amounts.
  case amountOutOfRange
  /// The node does not answer, as it was told.
  case unreachable
  /// An invoice cannot say this; the text is the reason.
  case badInvoice(String)
}

extension SimulatedNetworkError: CustomStringConvertible {
  /// One line that says what is wrong.
  public var description: String {
    switch self {
    case .store(let text): "the simulated network's store: \(text)"
    case .newerStore: "the simulated network's store was written by a newer version"
    case .otherNetwork(let name): "the simulated network's store is for the network \(name)"
    case .unknownNode(let name): "the simulated network has no node \(name)"
    case .badName: "the name of a simulated node is 1 to 64 bytes"
    case .amountOutOfRange: "an amount is at most 2^53-1 msat"
    case .unreachable: "the simulated node does not answer"
    case .badInvoice(let text): text
    }
  }
}
