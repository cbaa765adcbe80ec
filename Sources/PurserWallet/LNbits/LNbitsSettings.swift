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

/// Why an LNbits wallet cannot be used as it was configured.
public enum LNbitsConfigurationError: Error, Equatable, Sendable {
  /// Not an `http` or `https` URL of a host, or with a user, a query or a fragment.
  case badURL
  /// Plain `http` to another machine would show the keys to the network.
  case plainHTTP
  /// A key is empty, too long, or not visible ASCII.
  case badKey
}

extension LNbitsConfigurationError: CustomStringConvertible {
  /// One line that says what to do.
  public var description: String {
    switch self {
    case .badURL: "the LNbits URL must look like https://lnbits.example.com"
    case .plainHTTP: "use https for an LNbits server on another machine: http shows the keys"
    case .badKey: "an LNbits key is one line of visible ASCII"
    }
  }
}
