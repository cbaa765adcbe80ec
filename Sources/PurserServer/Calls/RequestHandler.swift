internal import L402
public import Logging
internal import PurserAPI
internal import PurserCore

/// The API over any transport: a line in, a line out.
///
/// The way of a request: decode, authenticate, run, encode. This is the general way; what spends
/// can also go the short one, which waits for nobody.
public struct RequestHandler: Sendable {
  let coordinator: Coordinator
  let authenticator: Authenticator
  let refusals: RefusalLog
  private let agentMethods: MethodTable
  let operatorMethods: MethodTable
  private let log: Logger

  /// Serves the methods of `coordinator`.
  public init(_ coordinator: Coordinator, refusals: RefusalLog, log: Logger) {
    self.coordinator = coordinator
    authenticator = Authenticator(keys: coordinator.keys)
    self.refusals = refusals
    self.log = log
    let all = MethodTable(coordinator)
    operatorMethods = all
    agentMethods = all.filter { $0.description.audience == .everyone }
  }

  /// Answers one line of a connection; nil when there is nothing to answer.
  ///
  /// `sender` is whose bytes it came in.
  func answer(
    _ line: [UInt8], in session: Session, from sender: Sender = .unknown
  ) async -> [UInt8]? {
    let message: IncomingMessage
    do {
      let table = session.isOperatorSocket ? operatorMethods : agentMethods
      message = try WireJSON.decode(
        IncomingMessage.self, from: line, userInfo: [IncomingRequest.tableKey: table])
    } catch {
      session.noteRefusal()
      return Self.refusal(error as? RPCError ?? .parseError("the line is not JSON"))
    }
    switch message {
    case .single(let request):
      return await answer(request, in: session, from: sender).map(Self.encode)
    case .batch(let requests): return await answer(requests, in: session, from: sender)
    }
  }

  /// The answer to a line that is not read at all.
  static func refusal(_ error: RPCError) -> [UInt8] { refusal(of: .null, error) }

  /// The answer to a request that is not carried out.
  static func refusal(of id: RPCID, _ error: RPCError) -> [UInt8] {
    encode(RPCAnswer(id: id, .failure(error)))
  }

  /// The answer to a line that there is no room for, with the id of its request; nil for a
  /// notification.
  ///
  /// A long line is not read for it: that would be the work that there is no room for.
  static func refusal(of line: [UInt8], _ error: RPCError) -> [UInt8]? {
    guard line.count <= longestLineReadForID,
      let message = try? WireJSON.decode(IncomingMessage.self, from: line)
    else { return refusal(error) }
    switch message {
    case .single(let request): return request.id.map { encode(RPCAnswer(id: $0, .failure(error))) }
    case .batch(let requests):
      let answers = requests.compactMap(\.id).map { RPCAnswer(id: $0, .failure(error)) }
      return answers.isEmpty ? nil : encode(answers)
    }
  }

  private static let longestLineReadForID = 8192

  private func answer(
    _ requests: [IncomingRequest], in session: Session, from sender: Sender
  ) async -> [UInt8]? {
    let bound = IncomingMessage.batchBound
    guard (1...bound).contains(requests.count) else {
      return Self.refusal(.invalidRequest("a batch holds 1 to \(bound) requests"))
    }
    let answers = await withTaskGroup(of: RPCAnswer?.self) { group in
      for request in requests {
        group.addTask { await answer(request, in: session, from: sender) }
      }
      return await group.reduce(into: [RPCAnswer]()) { list, answer in
        if let answer { list.append(answer) }
      }
    }
    return answers.isEmpty ? nil : Self.encode(answers)
  }

  private func answer(
    _ request: IncomingRequest, in session: Session, from sender: Sender
  ) async -> RPCAnswer? {
    let outcome: Result<any Encodable & Sendable, RPCError>
    switch request.call {
    case .failure(let error):
      session.noteRefusal()
      outcome = .failure(error)
    case .success(let call): outcome = await run(call, in: session, from: sender)
    }
    return request.id.map { RPCAnswer(id: $0, outcome) }
  }

  private func run(
    _ call: PreparedCall, in session: Session, from sender: Sender
  ) async -> Result<any Encodable & Sendable, RPCError> {
    var caller: Caller?
    do throws(Refusal) {
      caller = try authenticator.caller(
        token: call.options.token.map { Array($0.utf8) }, in: session)
      try caller?.checkAudience(call.audience, of: call.method)
      try caller?.checkMethod(call.method)
      if call.changesState, let caller { try coordinator.checkUnlocked(session, for: caller) }
      if let caller { try await readAndCheckPeer(of: caller, in: session, from: sender) }
      let repeatKey = call.options.idempotencyKey.map {
        RepeatKey(key: $0, digest: call.digest())
      }
      return .success(
        try await call.run(
          CallContext(session: session, caller: caller, repeatKey: repeatKey, sender: sender)))
    } catch {
      note(error, method: call.method, caller: caller, session)
      return .failure(RPCError(error, viewer: caller?.chain?.node))
    }
  }

  /// Counts a refusal for the audit log; it may have to read where the caller's grant belongs.
  func note(_ refusal: Refusal, method: String, caller: Caller?, _ session: Session) {
    session.noteRefusal()
    guard let caller else { return refusals.noteUnauthenticated() }
    refusals.note(refusal, method: method, caller: caller)
    log.debug("refused", metadata: ["method": "\(method)", "pid": "\(session.peer.processID)"])
  }

  private static func encode(_ answers: [RPCAnswer]) -> [UInt8] {
    [UInt8(ascii: "[")] + answers.map(encode).joined(separator: [UInt8(ascii: ",")])
      + [UInt8(ascii: "]")]
  }

  private static func encode(_ answer: RPCAnswer) -> [UInt8] {
    var error = RPCError(.internal, "the answer was not encoded")
    switch answer.outcome {
    case .success(let reply):
      if let bytes = try? WireJSON.encode(RPCReply(id: answer.id, reply: reply)) { return bytes }
    case .failure(let failure): error = failure
    }
    var bytes: [UInt8] = []
    WireJSON.write(error, to: answer.id, into: &bytes)
    return bytes
  }
}

/// What becomes of a request that gets an answer.
private struct RPCAnswer: Sendable {
  let id: RPCID
  let outcome: Result<any Encodable & Sendable, RPCError>

  init(id: RPCID, _ outcome: Result<any Encodable & Sendable, RPCError>) {
    self.id = id
    self.outcome = outcome
  }
}

/// One JSON-RPC 2.0 answer that is no error.
private struct RPCReply: Encodable {
  let id: RPCID
  let reply: any Encodable & Sendable

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberName.self)
    try container.encode("2.0", forKey: "jsonrpc")
    try container.encode(id, forKey: "id")
    try reply.encode(to: container.superEncoder(forKey: "result"))
  }
}
