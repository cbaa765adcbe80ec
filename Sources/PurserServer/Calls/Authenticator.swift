internal import PurserCore

/// Finds out who makes a request: whether the token is ours, and what it says.
struct Authenticator: Sendable {
  let keyring: Keyring

  /// The caller with a token in the request, which replaces the session's or that of HTTP's head,
  /// or with one of these.
  ///
  /// On the operators' socket, without a token, it is an operator; on the agents' socket a request
  /// without a token has no caller.
  func caller(token text: [UInt8]?, in session: Session) throws(Refusal) -> Caller? {
    let verified: VerifiedToken
    if let text = text ?? session.bearer {
      verified = try verify(text, in: session)
    } else if let opened = session.opened {
      verified = opened
    } else {
      return session.isOperatorSocket
        ? Caller(
          token: nil, chain: nil, actor: .operatorUser(peer: session.peer),
          source: session.source) : nil
    }
    return Caller(
      token: verified.token, chain: verified.chain,
      actor: .agent(verified.chain.node, peer: session.peer), source: session.source)
  }

  private func verify(_ text: [UInt8], in session: Session) throws(Refusal) -> VerifiedToken {
    if let last = session.lastToken(spelled: text) { return last }
    do throws(GrantTokenError) {
      let token = try GrantToken(parsing: String(decoding: text, as: UTF8.self))
      let chain = try GrantChain(verifying: token, keyring: keyring)
      let verified = VerifiedToken(token: token, chain: chain)
      session.remember(verified, spelled: text)
      return verified
    } catch { throw .unauthenticated(.token(error)) }
  }
}
