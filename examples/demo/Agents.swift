internal import AsyncHTTPClient
internal import LibCrypto
internal import NIOCore
internal import NIOHTTP1
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// An agent: it holds one grant token and nothing else.
struct Agent {
  let name: String
  let token: String
  let socket: String

  /// Asks the daemon for a credential.
  func credential(
    for service: String, capabilities: [String]? = nil
  ) throws -> CredentialReply {
    try call(
      CredentialRequest.self,
      CredentialRequest.Parameters(service: service, capabilities: capabilities))
  }

  /// Calls any method with the agent's token.
  func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters
  ) throws -> Method.Reply {
    try PurserConnection(path: socket).call(
      method, parameters, options: CallOptions(token: token))
  }

  /// The reason that the daemon gives for refusing `body`, or nil when it does not refuse.
  static func refusal(of body: () throws -> Void) throws -> RPCError? {
    do {
      try body()
      return nil
    } catch ClientError.refused(let error) {
      return error
    }
  }

  /// Uses a credential at the seller.
  static func get(_ url: String, _ credential: CredentialReply?) async throws -> (Int, String) {
    var request = HTTPClientRequest(url: url)
    if let credential {
      request.headers.add(name: "authorization", value: credential.authorization)
    }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 65_536)
    return (Int(response.status.code), String(buffer: body))
  }
}

/// The agent that hands out authority to the others.
struct Orchestrator {
  let agent: Agent

  /// Makes a worker in one call.
  func mint(_ limits: GrantCreate.Parameters) throws -> Agent {
    let reply = try agent.call(GrantCreate.self, limits)
    return Agent(name: limits.name ?? "worker", token: reply.token, socket: agent.socket)
  }

  /// Makes a worker with no call at all: it appends caveats to its own token.
  func mintOffline(_ name: String, _ caveats: [GrantCaveat]) throws -> Agent {
    let own = try GrantToken(parsing: agent.token)
    let token = try own.attenuated(with: [.grant(randomBytes(16)), .name(name)] + caveats)
    return Agent(name: name, token: token.text, socket: agent.socket)
  }
}
