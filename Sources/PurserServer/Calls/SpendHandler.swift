internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// A request to spend that was taken on: what its answer needs.
final class SpendInHand: Sendable {
  /// The id of the answer; nil for a notification.
  let id: RPCID?
  let method: String
  /// Nil when it was not to be found out.
  let caller: Caller?

  init(_ request: SpendRequest, caller: Caller?) {
    id = request.id
    method = request.call.method
    self.caller = caller
  }
}

/// What became of a request on the short way.
enum SpendStart {
  /// The ledger has it.
  case taken
  /// It is refused.
  case refused(SpendInHand, Refusal)
  /// More must be read about the peer, for which nobody waits here: it goes the general way.
  case mustRead
}

// The short way of the methods that spend: they wait for nobody but the ledger, so they need no
// task, and answers come back in groups.
extension RequestHandler {
  /// Authenticates a request and hands it to the ledger.
  ///
  /// When the ledger has it, `answer` is called once, on any thread.
  func start(
    _ request: SpendRequest, in session: Session, from sender: Sender = .unknown,
    answer: @escaping @Sendable (SpendInHand, Result<Outcome, Refusal>) -> Void
  ) -> SpendStart {
    var caller: Caller?
    do throws(Refusal) {
      guard let known = try authenticator.caller(token: request.token, in: session) else {
        throw .unauthenticated(.noToken)
      }
      caller = known
      try known.checkMethod(request.call.method)
      guard try checkPeerAtOnce(of: known, in: session, from: sender) else { return .mustRead }
      let repeatKey = request.idempotencyKey.map { key in
        RepeatKey(key: key, digest: SHA256.hash(WireJSON.parameters(of: request.call)))
      }
      let command = try coordinator.ledgerRequest(
        for: request.call, by: known, repeatKey: repeatKey)
      let inHand = SpendInHand(request, caller: known)
      coordinator.ledger.enqueue(command, from: known.source) { result in
        answer(inHand, result.map(\.outcome))
      }
      return .taken
    } catch { return .refused(SpendInHand(request, caller: caller), error) }
  }

  /// Whether noting the refusal of a request has to read from disk first.
  func mustLookUp(_ inHand: SpendInHand) -> Bool {
    inHand.caller.map(refusals.mustLookUp) ?? false
  }

  /// Appends the answer to a request, with its line feed; nothing for a notification.
  func write(
    _ result: Result<Outcome, Refusal>, to inHand: SpendInHand, into bytes: inout [UInt8]
  ) {
    guard let id = inHand.id else { return }
    do throws(Refusal) {
      WireJSON.write(try coordinator.reply(to: try result.get()), to: id, into: &bytes)
    } catch {
      WireJSON.write(RPCError(error, viewer: inHand.caller?.chain?.node), to: id, into: &bytes)
    }
    bytes.append(UInt8(ascii: "\n"))
  }
}
