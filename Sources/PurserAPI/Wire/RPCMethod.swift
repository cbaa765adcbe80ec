/// One method of the API, as a type that both ends share.
///
/// It says what it does, takes, answers and refuses, so that no method is served that is not
/// described: see ``MethodDescription``.
public protocol RPCMethod: Sendable {
  /// What it takes.
  associatedtype Parameters: RPCParameters
  /// What it answers.
  associatedtype Reply: RPCValue
  /// Its name on the wire.
  static var name: String { get }
  /// Who may call it.
  static var audience: RPCAudience { get }
  /// What it does, in a sentence.
  static var summary: String { get }
  /// How it refuses, beside ``RPCErrorReason/common``.
  static var errors: [RPCErrorReason] { get }
  /// Whether a repeated request with the same idempotency key gets the first one's answer; false
  /// where there is nothing to repeat.
  static var isRepeatable: Bool { get }
  /// What the daemon sends of its own accord once it was called; nothing for nearly all.
  static var notifications: [any RPCNotification.Type] { get }
}

extension RPCMethod {
  /// It changes nothing that must not be done twice.
  public static var isRepeatable: Bool { false }

  /// Nothing comes but its answer.
  public static var notifications: [any RPCNotification.Type] { [] }
}

/// Which sockets a method is served on.
public enum RPCAudience: Sendable {
  /// Both sockets; an agent acts with its token, an operator on everything.
  case everyone
  /// The operators' socket alone.
  case operators
}

/// The parameters of a method, by name; members that it does not declare are refused.
public protocol RPCParameters: RPCObject {}

extension RPCParameters {
  /// Every member that `params` may have.
  public static var memberNames: [String] { members.map(\.name) + CallOptions.memberNames }
}

/// The parameters of a method that takes none of its own.
public struct NoParameters: RPCParameters {
  /// There are none.
  public enum CodingKeys: CodingKey, CaseIterable {}

  /// There are none.
  public static func describe(_ member: CodingKeys) -> RPCMember {}

  /// No parameters.
  public init() {}
  /// Reads nothing.
  public init(from decoder: any Decoder) throws {}
  /// Writes an empty object.
  public func encode(to encoder: any Encoder) throws {
    _ = encoder.container(keyedBy: CodingKeys.self)
  }
}
