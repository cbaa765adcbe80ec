// What a token says of who may call what. Serving requests and explaining go through these.
extension GrantChain {
  /// Refuses a method that a level does not allow.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkMethod(_ name: String, trace: inout RuleTrace) throws(Refusal) {
    for level in levels {
      guard let allowed = level.methods else { continue }
      try trace.apply(
        "caveat:methods", at: level.node,
        says: "methods=\(allowed.joined(separator: ",")), and it is \(name)"
      ) { () throws(Refusal) in
        guard !MethodPattern.match(name, any: allowed) else { return }
        throw .forbidden(
          rule: "caveat:methods",
          explanation:
            "your grant does not allow \(name); it allows: \(Policy.list(methods ?? []))")
      }
    }
  }

  /// Refuses a process that a level is not bound to; nobody is refused while it is not known who
  /// will show the token.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkPeer(
    _ peer: PeerIdentity?, by check: PeerCheck, trace: inout RuleTrace
  ) throws(Refusal) {
    for level in levels where !level.peers.isEmpty {
      try trace.apply(
        "caveat:peer", at: level.node, says: Self.describe(level.peers, isKnown: peer != nil)
      ) { () throws(Refusal) in
        if let refusal = peer?.refusal(of: level.peers, check: check) { throw refusal }
      }
    }
  }

  private static func describe(_ bindings: [PeerBinding], isKnown: Bool) -> String {
    let bound = bindings.map { "peer=\($0.text)" }.joined(separator: " ")
    return isKnown ? bound : "\(bound); who shows the token is looked at when it is shown"
  }
}
