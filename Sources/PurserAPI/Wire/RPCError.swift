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
    code: Int, reason: String, message: String, data: [String: CanonicalJSON] = [:]
  ) {
    self.code = code
    self.message = message
    self.data = data.merging(["reason": .string(reason)]) { _, reason in reason }
  }

  /// The stable word in `data.reason`.
  public var reason: String {
    if case .string(let reason) = data["reason"] { reason } else { "unknown" }
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
    RPCError(code: -32700, reason: "parse_error", message: what)
  }

  /// JSON, but no request.
  public static func invalidRequest(_ what: String) -> RPCError {
    RPCError(code: -32600, reason: "invalid_request", message: what)
  }

  /// No such method on this socket.
  public static func methodNotFound(_ message: String) -> RPCError {
    RPCError(code: -32601, reason: "method_not_found", message: message)
  }

  /// Parameters that the method does not take.
  public static func invalidParameters(_ what: String) -> RPCError {
    RPCError(code: -32602, reason: "invalid_params", message: what)
  }
}
