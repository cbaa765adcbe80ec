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

    /// A change of a limit of `node` by `deltaMsat`.
    public init(node: NodeID?, deltaMsat: Int64, per: String? = nil) {
      self.node = node
      self.deltaMsat = deltaMsat
      self.per = per
    }
  }

  /// The limit as it is now.
  public struct Reply: Codable, Sendable, Equatable {
    /// The grant.
    public let node: NodeID
    /// Its limit, in msat.
    public let limitMsat: Msat

    enum CodingKeys: String, CodingKey {
      case node
      case limitMsat = "limit_msat"
    }

    /// A reply.
    public init(node: NodeID, limitMsat: Msat) {
      self.node = node
      self.limitMsat = limitMsat
    }
  }
}
