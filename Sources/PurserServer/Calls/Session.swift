internal import LibCrypto
internal import NIOCore
internal import PurserCore
internal import PurserPeer
internal import Synchronization

/// A token of ours, and what it says.
///
/// Neither changes while the master keys stay the same, which the generation tells. Whether a grant
/// is expired, frozen or revoked, and what the policy allows, is no part of it: that is asked at
/// each request, so that keeping this keeps no decision.
struct VerifiedToken: Sendable {
  let token: GrantToken
  let chain: GrantChain
  /// Of the keys that it was verified with, or of earlier ones.
  let generation: UInt64

  /// Verifies a token with the keys as they are now.
  init(_ token: GrantToken, _ keys: MasterKeys) throws(GrantTokenError) {
    // Asked first: keys that are replaced in between are then newer than what is noted.
    generation = keys.generation
    self.token = token
    chain = try GrantChain(verifying: token, keyring: keys.current)
  }
}

/// What a connection keeps between requests: who is on the other end, and at most one token.
///
/// It keeps tokens that were verified, never a decision: each request is checked anew.
final class Session: Sendable {
  private struct Kept {
    /// The token of `session.open`.
    var opened: VerifiedToken?
    /// The last token that came in a request, and its text.
    var last: (text: [UInt8], verified: VerifiedToken)?
    /// The first caller whose token is bound to a process, and fits it.
    var bound: Caller?
  }

  /// The process on the other end, from the kernel.
  let peer: PeerProcess
  /// Whether it came in on the operators' socket.
  let isOperatorSocket: Bool
  /// What is found out of that process, for tokens that are bound to one.
  let evidence: PeerEvidence
  /// Who sends what the connection reads; nil where there is no connection.
  let watch: SenderWatch?
  /// The token of the one request of HTTP that this is for, where its head has one.
  let bearer: [UInt8]?
  /// Whether a token can be kept for later requests: not over HTTP.
  let lasts: Bool
  /// What the connection is told of the daemon's own accord; nil where nothing is.
  let subscriptions: Subscriptions?
  private let kept = Mutex(Kept())
  private let misused = Atomic(false)
  private let unlocked = Atomic(false)
  /// How fast the process can be refused; nil where that has no bound.
  private let pace: RefusalPace?
  /// The nanoseconds of the loops' clock from which on the connection is read again.
  private let readsAgainAt = Atomic<UInt64>(0)

  /// The longest text of a token that is kept: what idle connections hold must be little.
  private static let longestText = 4096

  convenience init(
    peer: PeerProcess, isOperatorSocket: Bool, evidence: PeerEvidence? = nil,
    watch: SenderWatch? = nil, pace: RefusalPace? = nil
  ) {
    self.init(
      peer: peer, isOperatorSocket: isOperatorSocket,
      evidence: evidence
        ?? PeerEvidence(of: peer, files: ProcessFiles()) { .unsupported }, watch: watch,
      bearer: nil, lasts: true, pace: pace)
  }

  private init(
    peer: PeerProcess, isOperatorSocket: Bool, evidence: PeerEvidence, watch: SenderWatch?,
    bearer: [UInt8]?, lasts: Bool, pace: RefusalPace?
  ) {
    self.peer = peer
    self.isOperatorSocket = isOperatorSocket
    self.evidence = evidence
    self.watch = watch
    self.bearer = bearer
    self.lasts = lasts
    self.pace = pace
    subscriptions = isOperatorSocket && lasts ? Subscriptions() : nil
  }

  /// A session of the same process that ends with one request.
  func forOneRequest(bearing token: [UInt8]?) -> Session {
    Session(
      peer: peer, isOperatorSocket: isOperatorSocket, evidence: evidence, watch: watch,
      bearer: token, lasts: false, pace: pace)
  }

  /// Counts a request that was not carried out.
  func noteRefusal() {
    guard let deadline = pace?.note(source) else { return }
    readsAgainAt.store(deadline.uptimeNanoseconds, ordering: .relaxed)
  }

  /// How long the connection is not to be read, since it was refused too often; nil when it is.
  var pause: TimeAmount? {
    let deadline = NIODeadline.uptimeNanoseconds(readsAgainAt.load(ordering: .relaxed))
    let rest = deadline - .now()
    return rest > .zero ? rest : nil
  }

  /// Whether an operator has given the passphrase on this connection.
  var isUnlocked: Bool { unlocked.load(ordering: .relaxed) }

  /// Keeps that the passphrase was given for the rest of the connection.
  /// - Throws: ``Refusal/conflict(_:)`` over HTTP.
  func unlock() throws(Refusal) {
    guard lasts else {
      throw .conflict("over HTTP nothing is kept: use lines of JSON, as 'purser' does")
    }
    unlocked.store(true, ordering: .relaxed)
  }

  /// The token of the session; nil before `session.open`.
  var opened: VerifiedToken? { kept.withLock { $0.opened } }

  /// Keeps `token` for the rest of the connection.
  /// - Throws: ``Refusal/conflict(_:)`` when there is one already, and over HTTP.
  func open(_ token: VerifiedToken) throws(Refusal) {
    guard lasts else {
      throw .conflict("over HTTP nothing is kept: send Authorization: Bearer with each request")
    }
    let isFirst = kept.withLock { kept in
      guard kept.opened == nil else { return false }
      kept.opened = token
      return true
    }
    guard isFirst else { throw .conflict("this connection has a session; open another connection") }
  }

  /// The token of the request before, if it had the same text.
  ///
  /// Most clients put the same token into each of their requests, and verifying it costs more than
  /// all the rest of reading one. The comparison takes the same time wherever the texts differ:
  /// behind a gateway, those who share a connection need not trust each other.
  func lastToken(spelled text: [UInt8]) -> VerifiedToken? {
    kept.withLock { kept in
      guard let last = kept.last, constantTimeEqual(last.text, text) else { return nil }
      return last.verified
    }
  }

  /// Keeps a token that was verified for the requests that follow, in place of the one before.
  func remember(_ token: VerifiedToken, spelled text: [UInt8]) {
    guard text.count <= Self.longestText else { return }
    kept.withLock { $0.last = (text, token) }
  }

  /// The first caller whose token is bound to a process and came from it; nil when none did yet.
  var bound: Caller? { kept.withLock { $0.bound } }

  /// Keeps that `caller` showed a token that is bound to this process: nobody else may speak here.
  func bind(_ caller: Caller) { kept.withLock { $0.bound = $0.bound ?? caller } }

  /// Whether the connection must end, since a token that is bound to a process came from another.
  var isMisused: Bool { misused.load(ordering: .relaxed) }

  /// Has the connection end after the answer.
  func markMisused() { misused.store(true, ordering: .relaxed) }

  /// Whose queue requests wait in: one for each process, however many connections it opens.
  var source: UInt64 { UInt64(UInt32(bitPattern: peer.processID)) + 1 }
}
