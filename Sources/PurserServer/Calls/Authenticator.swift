internal import PurserCore

/// Finds out who makes a request: whether the token is ours, and what it says.
struct Authenticator: Sendable {
  let keys: MasterKeys

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
      verified = try stillVerified(opened)
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
    if let last = session.lastToken(spelled: text), last.generation == keys.generation {
      return last
    }
    do throws(GrantTokenError) {
      let token = try GrantToken(parsing: String(decoding: text, as: UTF8.self))
      let verified = try VerifiedToken(token, keys)
      session.remember(verified, spelled: text)
      return verified
    } catch { throw .unauthenticated(.token(error)) }
  }

  /// The same token, verified anew when the master keys were replaced meanwhile.
  private func stillVerified(_ verified: VerifiedToken) throws(Refusal) -> VerifiedToken {
    guard verified.generation != keys.generation else { return verified }
    do throws(GrantTokenError) { return try VerifiedToken(verified.token, keys) } catch {
      throw .unauthenticated(.token(error))
    }
  }
}
