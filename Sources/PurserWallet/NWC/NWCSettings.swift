public import PurserCore

/// What differs from one wallet behind Nostr Wallet Connect to the next.
public struct NWCSettings: Sendable, Equatable {
  /// The least that the wallet may spend on routing one payment; 2,000 msat unless told otherwise.
  ///
  /// NIP-47 has no fee limit in an order: what the wallet itself allows has to be said here.
  public var reserveMinimum: Msat
  /// The share of the amount that it may spend, in millionths; 1 % unless told otherwise.
  public var reservePartsPerMillion: UInt32
  /// How long the wallet has to answer a request.
  public var answerPatience: Duration
  /// How long it may take to find a relay that works.
  public var connectPatience: Duration
  /// How long one relay has to accept a connection, and to answer a subscription.
  public var relayPatience: Duration
  /// How often a relay is asked for a sign of life; one that gives none is left.
  public var pingInterval: Duration

  /// Settings that suit wallets with the usual reserve.
  public init(
    reserveMinimum: Msat = Msat(2000) ?? .zero, reservePartsPerMillion: UInt32 = 10_000,
    answerPatience: Duration = .seconds(45), connectPatience: Duration = .seconds(15),
    relayPatience: Duration = .seconds(5), pingInterval: Duration = .seconds(20)
  ) {
    self.reserveMinimum = reserveMinimum
    self.reservePartsPerMillion = reservePartsPerMillion
    self.answerPatience = answerPatience
    self.connectPatience = connectPatience
    self.relayPatience = relayPatience
    self.pingInterval = pingInterval
  }

  /// The greater of the least reserve and the amount's share, rounded up.
  func reserve(for amount: Msat) -> Msat {
    let share = (UInt128(amount.value) * UInt128(reservePartsPerMillion) + 999_999) / 1_000_000
    return max(reserveMinimum, Msat(UInt64(clamping: share)) ?? .max)
  }
}

/// Why a connection to a wallet cannot be used as it was configured.
public enum NWCConfigurationError: Error, Equatable, Sendable {
  /// Not a `nostr+walletconnect://` URI with the wallet's public key.
  case badURI
  /// No relay, more than eight, or one that is no `wss` or `ws` URL.
  case badRelay
  /// The secret is missing, or no private key.
  case badSecret
}

extension NWCConfigurationError: CustomStringConvertible {
  /// One line that says what to do, and holds nothing of the URI.
  public var description: String {
    switch self {
    case .badURI:
      "the connection must look like nostr+walletconnect://PUBKEY?relay=wss://…&secret=…: copy it "
        + "from the wallet again"
    case .badRelay:
      "the connection must name one to eight relays, each a wss:// URL: copy it from the wallet again"
    case .badSecret: "the connection has no secret that is a key: make a new one in the wallet"
    }
  }
}
