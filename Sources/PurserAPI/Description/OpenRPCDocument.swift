public import PurserCore

/// The description of a set of methods as an OpenRPC document (https://spec.open-rpc.org, 1.3.2).
public struct OpenRPCDocument: RPCValue, Equatable {
  /// The document.
  public let json: CanonicalJSON

  /// An OpenRPC document is described by its own schema.
  public static var schema: JSONSchema {
    JSONSchema(["type": .string("object")]).with(
      "description", .string("An OpenRPC document: https://spec.open-rpc.org"))
  }

  /// A document of these methods, sorted by name.
  public init(of methods: [MethodDescription]) {
    let methods = methods.sorted { $0.name < $1.name }
    let reasons = RPCErrorReason.allCases.filter { reason in
      methods.contains { $0.errors.contains(reason) }
    }
    json = .object([
      "openrpc": .string("1.3.2"), "info": Self.info,
      "methods": .array(methods.map(Self.method)),
      "components": .object([
        "errors": .object(
          Dictionary(uniqueKeysWithValues: reasons.map { ($0.rawValue, Self.error($0)) }))
      ]),
    ])
  }

  /// Reads any object.
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws { json = try CanonicalJSON(from: decoder) }

  /// Writes the document.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  private static var info: CanonicalJSON {
    .object([
      "title": .string("Purser"), "version": .string(PurserVersion.current),
      "description": .string(
        """
        One wallet, shared by a team of agents. JSON-RPC 2.0 over two Unix sockets, one message or \
        batch a line, or HTTP POST on the same sockets. Amounts are whole millisatoshi.
        """),
      "license": .object(["name": .string("Apache-2.0")]),
    ])
  }

  private static func method(_ method: MethodDescription) -> CanonicalJSON {
    let isForAgents = method.audience == .everyone
    var members: [String: CanonicalJSON] = [
      "name": .string(method.name), "summary": .string(method.summary),
      "paramStructure": .string("by-name"),
      "tags": .array([.object(["name": .string(isForAgents ? "agents" : "operators")])]),
      "params": .array(method.parameters.map(parameter)),
      "result": .object([
        "name": .string("reply"), "schema": method.reply.json, "required": .bool(true),
      ]),
      "errors": .array(
        method.errors.map { .object(["$ref": .string("#/components/errors/\($0.rawValue)")]) }),
      "x-audience": .string(isForAgents ? "everyone" : "operators"),
      "x-repeatable": .bool(method.isRepeatable),
    ]
    if let example = RecordedExample.of(method.name) {
      members["examples"] = .array([pairing(example)])
    }
    if !method.notifications.isEmpty {
      members["x-notifications"] = .array(method.notifications.map(notification))
    }
    return .object(members)
  }

  private static func notification(_ notice: MethodDescription.Notification) -> CanonicalJSON {
    .object([
      "name": .string(notice.name), "summary": .string(notice.summary),
      "paramStructure": .string("by-name"), "params": .array(notice.members.map(parameter)),
    ])
  }

  private static func parameter(_ member: RPCMember.Named) -> CanonicalJSON {
    .object([
      "name": .string(member.name), "description": .string(member.description),
      "required": .bool(member.isRequired), "schema": member.describedSchema.json,
    ])
  }

  private static func error(_ reason: RPCErrorReason) -> CanonicalJSON {
    .object([
      "code": .integer(Int64(reason.code)), "message": .string(reason.summary),
      "data": reason.dataSchema.json,
    ])
  }

  private static func pairing(_ example: RecordedExample) -> CanonicalJSON {
    let parameters = example.parameters.sorted { $0.key < $1.key }.map { name, value in
      CanonicalJSON.object(["name": .string(name), "value": value])
    }
    return .object([
      "name": .string("recorded"), "params": .array(parameters),
      "result": .object(["name": .string("reply"), "value": example.reply]),
    ])
  }
}
