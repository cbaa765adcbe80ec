internal import PurserAPI
public import PurserCore

/// Who makes a request, as the socket and the token show.
public struct Caller: Sendable {
  /// The token, as it was shown; nil for an operator who shows none.
  public let token: GrantToken?
  /// The levels of the verified token; nil exactly when `token` is.
  public let chain: GrantChain?
  /// Who the audit log names.
  public let actor: Actor
  /// Whose queue the request waits in.
  public let source: UInt64

  /// A caller with a token, or an operator without one.
  public init(token: GrantToken?, chain: GrantChain?, actor: Actor, source: UInt64) {
    self.token = token
    self.chain = chain
    self.actor = actor
    self.source = source
  }

  /// The token, for methods that act at a grant.
  /// - Throws: ``Refusal/unauthenticated(_:)`` when there is none.
  func requiredChain() throws(Refusal) -> GrantChain {
    guard let chain else { throw .unauthenticated(.noToken) }
    return chain
  }

  /// Methods that ask nothing of a grant: a token that names others may call them all the same.
  private static let open: Set<String> = [
    SystemInfo.name, SessionOpen.name, GrantClaim.name, ServiceList.name,
  ]

  /// Refuses a method that the token does not allow.
  func checkMethod(_ name: String) throws(Refusal) {
    guard let chain, !chain.allows(method: name), !Self.open.contains(name) else { return }
    var trace = RuleTrace.deciding
    try chain.checkMethod(name, trace: &trace)
  }

  /// Refuses a method of operators to whoever shows a token: with one it acts as its holder, on the
  /// operators' socket too.
  func checkAudience(_ audience: RPCAudience, of name: String) throws(Refusal) {
    guard audience == .operators, !isOperator else { return }
    throw .forbidden(
      rule: "operators",
      explanation: "\(name) is for operators, and with a token you act as its holder; "
        + "leave the token out")
  }

  /// Whether the caller acts as an operator: on the operators' socket, with no token.
  var isOperator: Bool { actor.isOperator }
}

/// A request's key for repeating its answer, and the digest of its parameters.
public struct RepeatKey: Sendable {
  /// The caller's own key.
  public let key: String
  /// SHA-256 of the parameters.
  public let digest: [UInt8]

  /// A key for parameters of the digest `digest`.
  public init(key: String, digest: [UInt8]) {
    self.key = key
    self.digest = digest
  }

  /// The claim of `caller` on this key for one method.
  func claim(of caller: Caller, method: String) -> IdempotencyClaim {
    IdempotencyClaim(node: caller.chain?.node, method: method, key: key, digest: digest)
  }
}
