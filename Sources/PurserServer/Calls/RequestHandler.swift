internal import L402
public import Logging
internal import PurserAPI
internal import PurserCore

/// The API over any transport: a line in, a line out.
///
/// The way of a request: decode, authenticate, run, encode.
public struct RequestHandler: Sendable {
  private let coordinator: Coordinator
  private let agentMethods: MethodTable
  private let operatorMethods: MethodTable
  private let refusals: RefusalLog
  private let log: Logger

  /// Serves the methods of `coordinator`.
  public init(_ coordinator: Coordinator, refusals: RefusalLog, log: Logger) {
    self.coordinator = coordinator
    self.refusals = refusals
    self.log = log
    let all = MethodTable(coordinator)
    operatorMethods = all
    agentMethods = all.filter { $0.audience == .everyone }
  }

  /// Answers one line of a connection; nil when there is nothing to answer.
  func answer(_ line: [UInt8], in session: Session) async -> [UInt8]? {
    let message: IncomingMessage
    do {
      let table = session.isOperatorSocket ? operatorMethods : agentMethods
      message = try WireJSON.decode(
        IncomingMessage.self, from: line, userInfo: [IncomingRequest.tableKey: table])
    } catch let error as RPCError {
      return Self.refusal(error)
    } catch {
      return Self.refusal(.parseError("the line is not JSON"))
    }
    switch message {
    case .single(let request): return await answer(request, in: session).map(Self.encode)
    case .batch(let requests): return await answer(requests, in: session)
    }
  }

  /// The answer to a line that is not read at all.
  static func refusal(_ error: RPCError) -> [UInt8] {
    encode(RPCAnswer(id: .null, .failure(error)))
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

  private func answer(_ requests: [IncomingRequest], in session: Session) async -> [UInt8]? {
    let bound = IncomingMessage.batchBound
    guard (1...bound).contains(requests.count) else {
      return Self.refusal(.invalidRequest("a batch holds 1 to \(bound) requests"))
    }
    let answers = await withTaskGroup(of: RPCAnswer?.self) { group in
      for request in requests { group.addTask { await answer(request, in: session) } }
      return await group.reduce(into: [RPCAnswer]()) { list, answer in
        if let answer { list.append(answer) }
      }
    }
    return answers.isEmpty ? nil : Self.encode(answers)
  }

  private func answer(_ request: IncomingRequest, in session: Session) async -> RPCAnswer? {
    let outcome: Result<any Encodable & Sendable, RPCError>
    switch request.call {
    case .failure(let error): outcome = .failure(error)
    case .success(let call): outcome = await run(call, in: session)
    }
    return request.id.map { RPCAnswer(id: $0, outcome) }
  }

  private func run(
    _ call: PreparedCall, in session: Session
  ) async -> Result<any Encodable & Sendable, RPCError> {
    var caller: Caller?
    do throws(Refusal) {
      caller = try authenticate(call.options, in: session)
      let repeatKey = call.options.idempotencyKey.map {
        RepeatKey(key: $0, digest: call.digest())
      }
      return .success(try await call.run(session, caller, repeatKey))
    } catch {
      if let caller {
        refusals.note(error, method: call.method, caller: caller)
        log.debug(
          "refused", metadata: ["method": "\(call.method)", "pid": "\(session.peer.processID)"])
      } else {
        refusals.noteUnauthenticated()
      }
      return .failure(RPCError(error, viewer: caller?.chain?.node))
    }
  }

  /// Who makes the request: the request's own token replaces the session's.
  ///
  /// On the operators' socket, without a token, it is an operator; on the agents' socket a request
  /// without a token has no caller.
  private func authenticate(
    _ options: CallOptions, in session: Session
  ) throws(Refusal) -> Caller? {
    let token: GrantToken
    if let text = options.token {
      do throws(GrantTokenError) { token = try GrantToken(parsing: text) } catch {
        throw .unauthenticated(.token(error))
      }
    } else if let kept = session.token {
      token = kept
    } else {
      return session.isOperatorSocket
        ? Caller(
          token: nil, chain: nil, actor: .operatorUser(peer: session.peer),
          source: session.source) : nil
    }
    do throws(GrantTokenError) {
      let chain = try GrantChain(verifying: token, keyring: coordinator.keyring)
      return Caller(
        token: token, chain: chain, actor: .agent(chain.node, peer: session.peer),
        source: session.source)
    } catch { throw .unauthenticated(.token(error)) }
  }

  private static func encode(_ answers: [RPCAnswer]) -> [UInt8] {
    [UInt8(ascii: "[")] + answers.map(encode).joined(separator: [UInt8(ascii: ",")])
      + [UInt8(ascii: "]")]
  }

  private static func encode(_ answer: RPCAnswer) -> [UInt8] {
    if let bytes = try? WireJSON.encode(answer) { return bytes }
    let failure = RPCError(code: -32603, reason: "internal", message: "the answer was not encoded")
    return (try? WireJSON.encode(RPCAnswer(id: answer.id, .failure(failure)))) ?? []
  }
}

/// One JSON-RPC 2.0 answer.
private struct RPCAnswer: Encodable, Sendable {
  let id: RPCID
  let outcome: Result<any Encodable & Sendable, RPCError>

  init(id: RPCID, _ outcome: Result<any Encodable & Sendable, RPCError>) {
    self.id = id
    self.outcome = outcome
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberName.self)
    try container.encode("2.0", forKey: "jsonrpc")
    try container.encode(id, forKey: "id")
    switch outcome {
    case .success(let reply): try reply.encode(to: container.superEncoder(forKey: "result"))
    case .failure(let error): try container.encode(error, forKey: "error")
    }
  }
}
