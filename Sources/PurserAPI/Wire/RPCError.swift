public import PurserCore

/// A JSON-RPC 2.0 error: its code, a sentence for people, and what the caller needs to act.
public struct RPCError: Error, Sendable, Equatable, Codable {
  /// The code of JSON-RPC 2.0 §5.1 or of Purser's own table.
  public let code: Int
  /// One sentence that says what to do.
  public let message: String
  /// `reason`, a stable word, and whatever belongs to it.
  public let data: [String: CanonicalJSON]

  /// An error with `reason` in its data.
  public init(
    _ reason: RPCErrorReason, _ message: String, data: [String: CanonicalJSON] = [:]
  ) {
    code = reason.code
    self.message = message
    self.data = data.merging(["reason": .string(reason.rawValue)]) { _, reason in reason }
  }

  /// The word in `data.reason`, as it came; `unknown` where there is none.
  public var reason: String {
    if case .string(let reason) = data["reason"] { reason } else { "unknown" }
  }

  /// Why, where the word is one that this version knows.
  public var kind: RPCErrorReason? { RPCErrorReason(rawValue: reason) }

  /// How long to wait before asking again, in milliseconds; nil when the error does not say.
  public var retryAfterMs: UInt64? {
    guard case .integer(let time) = data["retry_after_ms"], time >= 0 else { return nil }
    return UInt64(time)
  }

  /// Reads an error object; `data` may be missing in other people's errors.
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    code = try container.decode(Int.self, forKey: .code)
    message = try container.decode(String.self, forKey: .message)
    data = try container.decodeIfPresent([String: CanonicalJSON].self, forKey: .data) ?? [:]
  }

  /// Not JSON: JSON-RPC 2.0 §5.1.
  public static func parseError(_ what: String) -> RPCError {
    RPCError(.parseError, what)
  }

  /// JSON, but no request.
  public static func invalidRequest(_ what: String) -> RPCError {
    RPCError(.invalidRequest, what)
  }

  /// No such method on this socket.
  public static func methodNotFound(_ message: String) -> RPCError {
    RPCError(.methodNotFound, message)
  }

  /// Parameters that the method does not take.
  public static func invalidParameters(_ what: String) -> RPCError {
    RPCError(.invalidParameters, what)
  }
}
