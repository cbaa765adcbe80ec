internal import PurserCore
internal import Synchronization

/// What a connection keeps between requests: who is on the other end, and at most one token.
///
/// It keeps the token, never a decision: each request is checked anew.
final class Session: Sendable {
  /// The process on the other end, from the kernel.
  let peer: PeerProcess
  /// Whether it came in on the operators' socket.
  let isOperatorSocket: Bool
  private let stored = Mutex<GrantToken?>(nil)

  init(peer: PeerProcess, isOperatorSocket: Bool) {
    self.peer = peer
    self.isOperatorSocket = isOperatorSocket
  }

  /// The token of the session; nil before `session.open`.
  var token: GrantToken? { stored.withLock { $0 } }

  /// Keeps `token` for the rest of the connection.
  /// - Throws: ``Refusal/conflict(_:)`` when there is one already.
  func open(_ token: GrantToken) throws(Refusal) {
    let isFirst = stored.withLock { stored in
      guard stored == nil else { return false }
      stored = token
      return true
    }
    guard isFirst else { throw .conflict("this connection has a session; open another connection") }
  }

  /// Whose queue requests wait in: one for each process, however many connections it opens.
  var source: UInt64 { UInt64(UInt32(bitPattern: peer.processID)) + 1 }
}
