import LibCrypto
import Macaroons
import PurserAPI
import PurserClient
import PurserCore

/// Somebody at the agents' socket who sends whatever may get through.
struct Attacker {
  let connection: PurserConnection

  init(_ installation: Installation) throws {
    connection = try PurserConnection(path: installation.agentSocket)
  }

  init(_ connection: PurserConnection) { self.connection = connection }

  /// Sends a request with these parameters, and gives its answer.
  func ask(
    _ method: String, _ parameters: [String: CanonicalJSON] = [:], token: String? = nil
  ) throws -> Result<CanonicalJSON, RPCError> {
    try connection.send(Self.line(method, parameters, token: token))
    return try answer()
  }

  /// The next answer.
  func answer() throws -> Result<CanonicalJSON, RPCError> {
    try WireJSON.decode(RPCResponse<CanonicalJSON>.self, from: connection.receiveLine())
      .outcome.mapError { $0 }
  }

  /// Sends a request that has to be refused with this reason, and gives its error.
  @discardableResult
  func isRefused(
    _ reason: String, _ method: String, _ parameters: [String: CanonicalJSON] = [:],
    token: String? = nil, _ what: String = ""
  ) throws -> RPCError {
    switch try ask(method, parameters, token: token) {
    case .success(let reply): throw Failure("\(what) \(method) was answered: \(reply.text)")
    case .failure(let error):
      try check(
        error.reason == reason,
        "\(what) \(method): \(error.reason), not \(reason): \(error.message)")
      return error
    }
  }

  /// A request as a line.
  static func line(
    _ method: String, _ parameters: [String: CanonicalJSON] = [:], token: String? = nil
  ) -> [UInt8] {
    let members = parameters.merging(token.map { ["token": .string($0)] } ?? [:]) { $1 }
    let request = CanonicalJSON.object([
      "jsonrpc": .string("2.0"), "id": .integer(1), "method": .string(method),
      "params": .object(members),
    ])
    return Array(request.text.utf8)
  }

  /// Sends every line, at most 32 of them unanswered, and counts the answers by their reason; those
  /// that were done count as `done`.
  func flood(with lines: some Sequence<[UInt8]>) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    var unanswered = 0
    func count() throws {
      switch try answer() {
      case .success: counts["done", default: 0] += 1
      case .failure(let error): counts[error.reason, default: 0] += 1
      }
      unanswered -= 1
    }
    for line in lines {
      if unanswered == 32 { try count() }
      try connection.send(line)
      unanswered += 1
    }
    while unanswered > 0 { try count() }
    return counts
  }
}

/// A grant token taken apart, to be put together in ways that no library would.
struct TokenParts {
  var location: [UInt8]
  var identifier: [UInt8]
  var caveats: [[UInt8]]
  var signature: [UInt8]

  init(_ text: String) throws {
    let macaroon = try GrantToken(parsing: text).macaroon
    location = macaroon.location
    identifier = macaroon.identifier
    caveats = macaroon.caveats.map { Array($0.condition) }
    signature = macaroon.signature
  }

  /// The V2 binary.
  var bytes: [UInt8] {
    func packet(_ kind: UInt8, _ contents: [UInt8]) -> [UInt8] {
      var length: [UInt8] = []
      var rest = contents.count
      while rest > 0x7f {
        length.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
      }
      return [kind] + length + [UInt8(rest)] + contents
    }
    return [2] + packet(1, location) + packet(2, identifier) + [0]
      + caveats.flatMap { packet(2, $0) + [0] } + [0] + packet(6, signature)
  }

  var text: String { Self.text(bytes) }

  static func text(_ bytes: [UInt8]) -> String {
    GrantToken.prefix + Base64.encode(bytes, .urlUnpadded)
  }

  /// Appends caveats as a holder can, whatever they say.
  func appending(_ conditions: [String]) -> TokenParts {
    var parts = self
    for condition in conditions {
      let bytes = Array(condition.utf8)
      parts.caveats.append(bytes)
      parts.signature = HMACSHA256(key: parts.signature).authenticate(bytes)
    }
    return parts
  }
}

/// So many millisatoshi.
func msats(_ value: UInt64) throws -> Msat { try require(Msat(value), "an amount") }

extension CanonicalJSON {
  static func id(_ node: NodeID) -> CanonicalJSON { .string(node.hex) }
}
