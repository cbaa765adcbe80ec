/// The id of a request: what its answer carries.
public enum RPCID: Sendable, Hashable, Codable {
  /// A whole number.
  case number(Int64)
  /// A text.
  case text(String)
  /// `null`: answers to what could not be read carry it.
  case null

  /// Reads a text, a whole number or null.
  /// - Throws: `DecodingError` for anything else.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .number(try container.decode(Int64.self))
    }
  }

  /// Writes the id as it came.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .null: try container.encodeNil()
    }
  }
}

/// What every request of a method may carry beside its own parameters.
public struct CallOptions: Sendable, Equatable {
  /// The grant token, in place of the session's.
  public var token: String?
  /// The key under which the answer is repeated: 1 to 128 bytes.
  public var idempotencyKey: String?

  /// How long an idempotency key may be, in bytes.
  public static let keyLengths = 1...128

  /// The names of the members in `params`.
  public static let memberNames = ["token", "idempotency_key"]

  /// The member with the token, of any method.
  public static let tokenMember = RPCMember.Named(
    name: "token",
    RPCMember(
      String.self, "The grant token to act with; it replaces the session's.", isRequired: false))

  /// The member with the key, of methods whose answers are repeated.
  public static let keyMember = RPCMember.Named(
    name: "idempotency_key",
    RPCMember(
      String.self, "A repeated request with the same key gets the first one's answer.",
      isRequired: false
    ).length(1...128))

  /// Options with the given token and key.
  public init(token: String? = nil, idempotencyKey: String? = nil) {
    self.token = token
    self.idempotencyKey = idempotencyKey
  }
}

/// A JSON-RPC 2.0 request of one method, as a client writes it.
public struct RPCRequest<Method: RPCMethod>: Encodable {
  private let id: RPCID
  private let parameters: Method.Parameters
  private let options: CallOptions

  /// A request with an id; `options` go among the parameters.
  public init(id: RPCID, _ parameters: Method.Parameters, options: CallOptions) {
    self.id = id
    self.parameters = parameters
    self.options = options
  }

  /// Writes the request object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberName.self)
    try container.encode("2.0", forKey: "jsonrpc")
    try container.encode(id, forKey: "id")
    try container.encode(Method.name, forKey: "method")
    let nested = container.superEncoder(forKey: "params")
    try parameters.encode(to: nested)
    var members = nested.container(keyedBy: MemberName.self)
    try members.encodeIfPresent(options.token, forKey: "token")
    try members.encodeIfPresent(options.idempotencyKey, forKey: "idempotency_key")
  }
}

/// A JSON-RPC 2.0 answer, as a client reads it.
public struct RPCResponse<Reply: Decodable & Sendable>: Decodable, Sendable {
  /// The id of the request that it answers.
  public let id: RPCID
  /// The reply, or why there is none.
  public let outcome: Result<Reply, RPCError>

  /// Reads an answer object.
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: MemberName.self)
    id = try container.decode(RPCID.self, forKey: "id")
    if let error = try container.decodeIfPresent(RPCError.self, forKey: "error") {
      outcome = .failure(error)
    } else {
      outcome = .success(try container.decode(Reply.self, forKey: "result"))
    }
  }
}

/// The name of any JSON member.
public struct MemberName: CodingKey, ExpressibleByStringLiteral {
  /// The name.
  public let stringValue: String
  /// Members have names, not numbers.
  public var intValue: Int? { nil }

  /// The member called `stringValue`.
  public init(stringValue: String) { self.stringValue = stringValue }
  /// Never: members have names.
  public init?(intValue: Int) { nil }
  /// The member called by this literal.
  public init(stringLiteral value: String) { stringValue = value }
}
