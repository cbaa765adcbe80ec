public import PurserCore

/// Gives a process the top-level grant that the policy has for it, by what the kernel says it is.
public enum GrantClaim: RPCMethod {
  /// `grant.claim`.
  public static let name = "grant.claim"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Gives a process the top-level grant that the policy has for it, by what the kernel says it "
    + "is; always the same one."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.forbidden, .conflict, .revoked, .frozen]

  /// Which grant.
  public struct Parameters: RPCParameters {
    /// The claim's name in the policy; missing where one alone fits.
    public var name: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case name }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .name: .init(\Self.name, "The claim's name in the policy; missing where one alone fits.")
      }
    }

    /// The claim `name`, or the only one that fits.
    public init(name: String? = nil) { self.name = name }
  }

  /// The grant.
  public struct Reply: RPCObject, Equatable {
    /// The claim's name.
    public let name: String
    /// Its node: the same each time, with whatever was spent there.
    public let node: NodeID
    /// A token for it: a secret.
    public let token: String
    /// The end of the token, in Unix seconds; claim it again before.
    public let validUntil: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case name, node, token
      case validUntil = "valid_until"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .name: .init(\Self.name, "The claim's name.")
      case .node: .init(\Self.node, "Its node: the same each time, with whatever was spent there.")
      case .token: .init(\Self.token, "A token for it: a secret.")
      case .validUntil:
        .init(\Self.validUntil, "The end of the token, in Unix seconds; claim it again before.")
      }
    }

    /// A reply.
    public init(name: String, node: NodeID, token: String, validUntil: UInt64) {
      self.name = name
      self.node = node
      self.token = token
      self.validUntil = validUntil
    }
  }
}
