import PurserCore
import PurserWallet
import Testing

/// How far a purchase has come when the trouble begins.
enum PaymentPoint: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case beforeTheIntentIsOnDisk
  case afterTheIntent
  /// `sent` is on disk, and the wallet has heard nothing.
  case beforeTheOrder
  /// The wallet has the order and has not settled it.
  case whileItIsOut
  /// The wallet has settled, and nothing of it is on disk here.
  case beforeItIsRecorded
  case afterItIsRecorded
  /// All is on disk, the copy too, and no reply has left.
  case beforeTheReply

  var testDescription: String { rawValue }

  /// Which sync of the log the daemon waits at: it commits the intent, that it sends, the end with
  /// what was bought, and the copy, one after another.
  var step: FaultStep? {
    switch self {
    case .beforeTheIntentIsOnDisk: FaultStep(calls: .logSync, skip: 0, action: .waitBefore)
    case .afterTheIntent: FaultStep(calls: .logSync, skip: 0, action: .waitAfter)
    case .beforeTheOrder: FaultStep(calls: .logSync, skip: 1, action: .waitAfter)
    case .whileItIsOut: nil
    case .beforeItIsRecorded: FaultStep(calls: .logSync, skip: 2, action: .waitBefore)
    case .afterItIsRecorded: FaultStep(calls: .logSync, skip: 2, action: .waitAfter)
    case .beforeTheReply: FaultStep(calls: .logSync, skip: 3, action: .waitAfter)
    }
  }
}

/// What is the matter with the wallet from that point on.
enum WalletTrouble: String, CaseIterable, Sendable {
  case none
  /// It does not answer at all.
  case down
  /// It takes its time.
  case slow
  /// It pays, and does not say so.
  case silentAfterPaying
  /// The order never arrives, and nobody says so.
  case silentAndNotPaid
  /// It says that the payment is on its way, and settles it later.
  case pendingThenSettled
  /// It says that the payment is on its way, which fails later.
  case pendingThenFailed
  /// It knows of no payment any more, whatever it sent.
  case forgetful

  /// Begins the trouble; what waits for the next order is set before there is one.
  func begin(on network: SimulatedNetwork) throws {
    let node = Installation.payer
    switch self {
    case .none: break
    case .down: try network.configure(node, SimulatedBehavior(isReachable: false))
    case .slow: try network.configure(node, SimulatedBehavior(delayMilliseconds: 700))
    case .silentAfterPaying: try network.inject(.timeoutAfterPaying, into: node)
    case .silentAndNotPaid: try network.inject(.timeoutNotPaid, into: node)
    case .pendingThenSettled:
      try network.inject(.pendingThenSettled(milliseconds: 700), into: node)
    case .pendingThenFailed:
      try network.inject(.pendingThenFailed(milliseconds: 700, reason: "no route"), into: node)
    case .forgetful: try network.configure(node, SimulatedBehavior(isForgetful: true))
    }
  }

  /// Whether it strikes an order, and so must be there before the wallet has that.
  var strikesOrders: Bool {
    switch self {
    case .silentAfterPaying, .silentAndNotPaid, .pendingThenSettled, .pendingThenFailed: true
    case .none, .down, .slow, .forgetful: false
    }
  }
}
