/// What the wallet lets the credential do that Purser was given.
///
/// What is neither allowed nor refused cannot be told without trying.
public struct WalletPowers: Sendable, Equatable {
  /// Something that Purser asks of a wallet.
  public enum Power: String, Sendable, CaseIterable {
    /// Paying an invoice.
    case pay
    /// Asking what became of a payment.
    case lookUp = "look_up"
    /// Listing what the wallet has sent.
    case list
    /// Making an invoice that pays the wallet.
    case receive
    /// Reading what the wallet can spend.
    case balance
  }

  /// The longest ``software``, in characters.
  public static let maximumSoftwareLength = 100

  /// What the credential may do for certain.
  public let allowed: Set<Power>
  /// What it may not do for certain.
  public let refused: Set<Power>
  /// What it may do beyond what Purser uses, in the wallet's own terms, such as `onchain:write`.
  public let excess: [String]
  /// Name and version as the wallet says them, fit for a log; nil when it does not say.
  public let software: String?

  /// The powers of a credential; `software` is cut to ``maximumSoftwareLength``.
  public init(
    allowed: Set<Power>, refused: Set<Power> = [], excess: [String] = [], software: String? = nil
  ) {
    self.allowed = allowed
    self.refused = refused.subtracting(allowed)
    self.excess = excess
    self.software = software.map { String($0.prefix(Self.maximumSoftwareLength)) }
  }
}
