public import PurserAPI

/// Why a call has no reply.
public enum ClientError: Error, Sendable {
  /// No daemon answers on the socket.
  case unreachable(path: String, reason: String)
  /// The daemon closed the connection, or its answer took too long; whether the request was carried
  /// out is not known: repeat it with the same idempotency key.
  case interrupted(reason: String)
  /// The answer is not what the method answers.
  case unexpected(reason: String)
  /// The daemon refused; ``RPCError/kind`` says why.
  case refused(RPCError)

  /// Why the daemon refused; nil when it did not, or gave a reason that this version does not know.
  public var reason: RPCErrorReason? {
    if case .refused(let error) = self { error.kind } else { nil }
  }
}
