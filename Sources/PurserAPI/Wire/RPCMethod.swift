/// One method of the API, as a type that both ends share.
public protocol RPCMethod: Sendable {
  /// What it takes.
  associatedtype Parameters: RPCParameters
  /// What it answers.
  associatedtype Reply: Codable & Sendable
  /// Its name on the wire.
  static var name: String { get }
  /// Who may call it.
  static var audience: RPCAudience { get }
}

/// Which sockets a method is served on.
public enum RPCAudience: Sendable {
  /// Both sockets; an agent acts with its token, an operator on everything.
  case everyone
  /// The operators' socket alone.
  case operators
}

/// The parameters of a method, by name; members that it does not declare are refused.
public protocol RPCParameters: Codable, Sendable {
  /// The names of the members on the wire.
  associatedtype CodingKeys: CodingKey, CaseIterable
}

extension RPCParameters {
  /// Every member that `params` may have.
  public static var memberNames: [String] {
    CodingKeys.allCases.map(\.stringValue) + CallOptions.memberNames
  }
}

/// The parameters of a method that takes none of its own.
public struct NoParameters: RPCParameters {
  /// There are none.
  public enum CodingKeys: CodingKey, CaseIterable {}
  /// No parameters.
  public init() {}
  /// Reads nothing.
  public init(from decoder: any Decoder) throws {}
  /// Writes an empty object.
  public func encode(to encoder: any Encoder) throws {
    _ = encoder.container(keyedBy: CodingKeys.self)
  }
}
