public import PurserCore

/// Raises or lowers a limit of a grant below the caller's by a difference.
///
/// By a difference, so that two who change it at once do not overwrite each other; up to what the
/// grant's token states. A holder may lower its own.
public enum GrantUpdate: RPCMethod {
  /// `grant.update`.
  public static let name = "grant.update"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Raises or lowers a limit of a grant below the caller's by a difference; a holder may lower its "
    + "own."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [.budgetExceeded, .forbidden, .notFound, .conflict] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// Which limit, and by how much.
  public struct Parameters: RPCParameters {
    /// The grant; missing for the caller's own.
    public var node: NodeID?
    /// By how much, in msat: positive or negative, within ±(2^53−1).
    public var deltaMsat: Int64
    /// The window whose limit it is; missing for the total.
    public var per: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node, per
      case deltaMsat = "delta_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "The grant; missing for the caller's own.")
      case .deltaMsat:
        .init(\Self.deltaMsat, "By how much, in msat: positive or negative, within ±(2^53−1).")
      case .per:
        .init(\Self.per, "The window whose limit it is; missing for the total.")
      }
    }

    /// A change of a limit of `node` by `deltaMsat`.
    public init(node: NodeID?, deltaMsat: Int64, per: String? = nil) {
      self.node = node
      self.deltaMsat = deltaMsat
      self.per = per
    }
  }

  /// The limit as it is now.
  public struct Reply: RPCObject, Equatable {
    /// The grant.
    public let node: NodeID
    /// Its limit, in msat.
    public let limitMsat: Msat

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node
      case limitMsat = "limit_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "The grant.")
      case .limitMsat:
        .init(\Self.limitMsat, "Its limit, in msat.")
      }
    }

    /// A reply.
    public init(node: NodeID, limitMsat: Msat) {
      self.node = node
      self.limitMsat = limitMsat
    }
  }
}
