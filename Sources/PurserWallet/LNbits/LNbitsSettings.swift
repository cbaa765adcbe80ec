public import PurserCore

/// What differs from one LNbits server to the next.
public struct LNbitsSettings: Sendable, Equatable {
  /// `LNBITS_RESERVE_FEE_MIN`: the least that LNbits sets aside for routing; 2,000 msat there.
  public var reserveMinimum: Msat
  /// `LNBITS_RESERVE_FEE_PERCENT`, in millionths of the amount; 1 % there.
  ///
  /// A service fee of the server comes on top and belongs in here.
  public var reservePartsPerMillion: UInt32
  /// How long one request may take; LNbits itself waits 5 seconds for a payment, then says that it
  /// is pending.
  public var timeoutMilliseconds: UInt32

  /// LNbits' own defaults, unless told otherwise.
  public init(
    reserveMinimum: Msat = Msat(2000) ?? .zero, reservePartsPerMillion: UInt32 = 10_000,
    timeoutMilliseconds: UInt32 = 30_000
  ) {
    self.reserveMinimum = reserveMinimum
    self.reservePartsPerMillion = reservePartsPerMillion
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// The greater of the least reserve and the amount's share, rounded up.
  func reserve(for amount: Msat) -> Msat {
    let share = (UInt128(amount.value) * UInt128(reservePartsPerMillion) + 999_999) / 1_000_000
    return max(reserveMinimum, Msat(UInt64(clamping: share)) ?? .max)
  }
}
