/// Lets an operator change things on this connection, where operators have a passphrase.
public enum OperatorUnlock: RPCMethod {
  /// `operator.unlock`.
  public static let name = "operator.unlock"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Lets an operator change things on this connection, where operators have a passphrase."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.forbidden, .conflict]

  /// What the operator knows.
  public struct Parameters: RPCParameters {
    /// The passphrase.
    public var passphrase: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case passphrase }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .passphrase: .init(\Self.passphrase, "The operators' passphrase.").length(1...1024)
      }
    }

    /// A passphrase.
    public init(passphrase: String) { self.passphrase = passphrase }
  }

  /// It was the one.
  public struct Reply: RPCObject, Equatable {
    /// Always true.
    public let unlocked: Bool

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case unlocked }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .unlocked: .init(\Self.unlocked, "Always true.")
      }
    }

    /// It was the one.
    public init() { unlocked = true }
  }
}
