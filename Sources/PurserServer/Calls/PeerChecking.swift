internal import PurserCore

// Whether the process on the other end may use its token: asked at each request, since neither what
// the policy accepts nor who speaks on a connection stays the same.
extension RequestHandler {
  /// Refuses a caller whose token is bound to another process, from what is known already; false
  /// when more must be read first.
  func checkPeerAtOnce(
    of caller: Caller, in session: Session, from sender: Sender
  ) throws(Refusal) -> Bool {
    guard let bindings = try boundByPeer(caller, in: session, from: sender) else { return true }
    guard let known = session.evidence.keptIdentity(for: bindings) else { return false }
    try check(known, of: caller, bindings, in: session)
    return true
  }

  /// The same, with what must be read first.
  func readAndCheckPeer(
    of caller: Caller, in session: Session, from sender: Sender
  ) async throws(Refusal) {
    guard let bindings = try boundByPeer(caller, in: session, from: sender) else { return }
    let found = await session.evidence.identity(for: bindings)
    try check(found, of: caller, bindings, in: session)
  }

  /// What the caller's token asks of the peer; nil for nothing.
  /// - Throws: A refusal when the request did not come from the peer, or nobody looked.
  private func boundByPeer(
    _ caller: Caller, in session: Session, from sender: Sender
  ) throws(Refusal) -> [PeerBinding]? {
    guard let chain = caller.chain else { return nil }
    guard !chain.bindings.isEmpty else {
      // Over HTTP each request may have another token.
      if session.lasts, let watch = session.watch, watch.isWatching, session.bound == nil {
        watch.end()
      }
      return nil
    }
    switch sender {
    case .peer: return chain.bindings
    case .other(let process):
      session.markMisused()
      throw Authenticator.refusal(of: chain.bindings, from: process)
    case .unknown:
      session.watch?.begin()
      throw .conflict(
        """
        who sent this was not looked at, since the connection began with a token that is bound to \
        no process; send it again
        """)
    }
  }

  private func check(
    _ identity: PeerIdentity, of caller: Caller, _ bindings: [PeerBinding], in session: Session
  ) throws(Refusal) {
    var trace = RuleTrace.deciding
    try caller.chain?.checkPeer(identity, by: coordinator.policy.peerCheck, trace: &trace)
    session.bind(caller)
  }
}

extension Authenticator {
  /// Why bytes from `process`, which is not the one that connected, use no token with these
  /// bindings.
  static func refusal(of bindings: [PeerBinding], from process: PeerProcess) -> Refusal {
    let bound = bindings.map(\.text).joined(separator: " and ")
    return .forbidden(
      rule: "caveat:peer",
      explanation: """
        the token is bound to \(bound), and this was sent by another process than the one that \
        connected: pid \(process.processID), uid \(process.userID); the connection closes, open \
        your own
        """)
  }
}
