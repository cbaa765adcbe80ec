/// A call of one of the methods that spend, with its parameters.
public enum SpendCall: Sendable {
  /// `spend.reserve`.
  case reserve(SpendReserve.Parameters)
  /// `spend.charge`.
  case charge(SpendCharge.Parameters)
  /// `spend.extend`.
  case extend(SpendExtend.Parameters)
  /// `spend.settle`.
  case settle(SpendSettle.Parameters)
  /// `spend.release`.
  case release(SpendRelease.Parameters)

  /// The name of the method on the wire.
  public var method: String {
    switch self {
    case .reserve: SpendReserve.name
    case .charge: SpendCharge.name
    case .extend: SpendExtend.name
    case .settle: SpendSettle.name
    case .release: SpendRelease.name
    }
  }
}

/// The reply of a method that spends.
public enum SpendReply: Sendable, Equatable {
  /// To `spend.reserve` and `spend.extend`.
  case reserved(SpendReserve.Reply)
  /// To `spend.settle`, `spend.release` and `spend.charge`.
  case ended(HoldEnded)
}

/// A request of a method that spends, as it came over the wire.
public struct SpendRequest: Sendable {
  /// The id of the answer; nil for a notification, which gets none.
  public let id: RPCID?
  /// What is asked for.
  public let call: SpendCall
  /// The text of the grant token that replaces the session's, in ASCII; nil when there is none.
  public let token: [UInt8]?
  /// The key under which the answer is repeated: 1 to 128 bytes.
  public let idempotencyKey: String?
}
