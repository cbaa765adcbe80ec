public import PurserCore

/// What the wallet's credential may do.
public enum WalletExamine: RPCMethod {
  /// `wallet.examine`.
  public static let name = "wallet.examine"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = """
    What the wallet's credential may do: tries the connection and changes nothing.
    """
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.upstream]
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The wallet and the powers of the credential.
  public struct Reply: RPCObject, Equatable {
    /// Its kind, such as `lnd`.
    public let kind: String
    /// The name it goes by.
    public let name: String
    /// Its software and version; nil when it does not say.
    public let software: String?
    /// What the credential may do, for certain.
    public let allowed: [String]
    /// What it may not do, for certain.
    public let refused: [String]
    /// What cannot be told without trying.
    public let open: [String]
    /// What it may do beyond what Purser uses, in the wallet's own terms.
    public let excess: [String]
    /// What is set aside for routing a payment of 1,000 sat, in msat: zero when the wallet keeps to
    /// the fee limit that it is given.
    public let feeReserveMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case kind, name, software, allowed, refused, open, excess
      case feeReserveMsat = "fee_reserve_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .kind: .init(\Self.kind, "Its kind, such as lnd.")
      case .name: .init(\Self.name, "The name it goes by.")
      case .software:
        .init(\Self.software, "Its software and version; missing when it does not say.")
      case .allowed:
        .init(
          \Self.allowed,
          "What the credential may do, for certain: some of pay, look_up, list, receive, balance.")
      case .refused: .init(\Self.refused, "What it may not do, for certain.")
      case .open: .init(\Self.open, "What cannot be told without trying.")
      case .excess:
        .init(
          \Self.excess, "What it may do beyond what Purser uses, in the wallet's own terms.")
      case .feeReserveMsat:
        .init(
          \Self.feeReserveMsat,
          """
          What is set aside for routing a payment of 1,000 sat; 0 when the wallet keeps to the fee \
          limit that it is given.
          """)
      }
    }

    /// A reply.
    public init(_ info: WalletInfo, _ powers: WalletPowers, feeReserve: Msat) {
      kind = info.kind
      name = info.name
      software = powers.software
      let all = WalletPowers.Power.allCases
      allowed = all.filter { powers.allowed.contains($0) }.map(\.rawValue)
      refused = all.filter { powers.refused.contains($0) }.map(\.rawValue)
      open = all.filter { !powers.allowed.contains($0) && !powers.refused.contains($0) }
        .map(\.rawValue)
      excess = powers.excess
      feeReserveMsat = feeReserve
    }
  }
}
