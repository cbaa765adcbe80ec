import Foundation
import PurserAPI
import PurserCore
import Testing

@testable import PurserServer

@Suite struct DiscoveryTests {
  /// The document as it goes over the wire, on one of the sockets.
  static func document(_ daemon: TestDaemon, isOperator: Bool) async throws -> CanonicalJSON {
    let session = daemon.session(isOperator: isOperator)
    return try await daemon.call(Discover.self, NoParameters(), in: session).json
  }

  @Test func `each socket describes the methods that it serves and no others`() async throws {
    let daemon = try TestDaemon()
    let agents = try await Self.document(daemon, isOperator: false).methodNames
    let operators = try await Self.document(daemon, isOperator: true).methodNames
    #expect(agents == agents.sorted() && operators == operators.sorted())
    #expect(agents.contains("spend.charge") && !agents.contains("audit.list"))
    #expect(Set(operators) == Set(MethodTable(daemon.coordinator).entries.keys))
    for name in operators {
      let answer = try #require(
        await daemon.line(#"{"jsonrpc":"2.0","id":1,"method":"\#(name)","params":{"no":1}}"#))
      #expect(answer.contains("-32601") == !agents.contains(name), "\(name)")
    }
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["PURSER_VECTORS"] != nil, "PURSER_VECTORS is not set"),
    arguments: [false, true])
  func `the document fits the meta-schema of OpenRPC`(isOperator: Bool) async throws {
    let folder = try #require(ProcessInfo.processInfo.environment["PURSER_VECTORS"])
    let data = try Data(contentsOf: URL(filePath: folder + "/openrpc-meta-schema.json"))
    let validator = SchemaValidator(try JSONDecoder().decode(CanonicalJSON.self, from: data))
    let document = try await Self.document(try TestDaemon(), isOperator: isOperator)
    #expect(validator.faults(in: document) == [])
    // The validator does notice what is wrong.
    for path in [["info", "title"], ["methods"], ["openrpc"]] {
      #expect(!validator.faults(in: document.removing(path)).isEmpty, "\(path)")
    }
    #expect(!validator.faults(in: document.setting(["surprise"], .bool(true))).isEmpty)
    #expect(!validator.faults(in: document.setting(["openrpc"], .string("4.0"))).isEmpty)
  }

  @Test func `every reference of the document leads somewhere`() async throws {
    let document = try await Self.document(try TestDaemon(), isOperator: true)
    let references = document.strings(named: "$ref")
    #expect(references.count > 100)
    for reference in Set(references) {
      let path = reference.dropFirst(2).split(separator: "/").map(String.init)
      #expect(document.value(at: path) != nil, "\(reference)")
    }
  }

  @Test func `every description is a sentence, and every amount names its unit`() async throws {
    let document = try await Self.document(try TestDaemon(), isOperator: true)
    for text in document.strings(named: "description") + document.strings(named: "summary")
    where !text.hasPrefix("One wallet") && !text.hasPrefix("An OpenRPC") {
      #expect(text.hasSuffix(".") && text.count > 5, "\(text)")
      // Names as Swift spells them have no place on the wire.
      #expect(
        text.range(of: "[a-z]Msat|[a-z]Seconds|``|nil", options: .regularExpression) == nil,
        "\(text)")
    }
    #expect(document.strings(named: "x-unit").count > 50)
  }

  @Test func `what a refusal says fits what is said of it`() {
    let refusals: [Refusal] = [
      .unauthenticated(.noToken), .unauthenticated(.token(.badSignature)),
      .forbidden(rule: "caveat:services", explanation: "no"), .notFound("nothing"),
      .conflict("twice"), .invalid("no"), .paymentFailed(reason: "r", moneyMayHaveMoved: false),
      .upstream("gone"), .overloaded(retryAfterMs: 5), .expired(node(1)), .revoked(node(1)),
      .frozen(node(1)), .storage("full"),
      .budgetExceeded(
        BudgetShortfall(
          node: node(1), limit: .window(.rolling(seconds: 3600)), limitAmount: msat(5),
          settled: msat(1), held: msat(2), used: msat(3), asked: msat(9),
          renewsAt: Timestamp(seconds: 5))),
    ]
    for refusal in refusals {
      for viewer in [nil, node(1), node(2)] {
        let error = RPCError(refusal, viewer: viewer)
        guard let kind = error.kind else {
          Issue.record("\(error.reason) is not in the list of reasons")
          continue
        }
        let validator = SchemaValidator(kind.dataSchema.json, isStrict: true)
        #expect(validator.faults(in: .object(error.data)) == [], "\(kind)")
        #expect(error.code == kind.code && refusal.reason == kind.rawValue)
      }
    }
  }
}

extension CanonicalJSON {
  /// The value of a member; nil for anything but an object that has it.
  subscript(_ name: String) -> CanonicalJSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  func value(at path: [String]) -> CanonicalJSON? {
    path.reduce(self as CanonicalJSON?) { $0?[$1] }
  }

  fileprivate var methodNames: [String] {
    guard case .array(let methods)? = self["methods"] else { return [] }
    return methods.compactMap { method in
      if case .string(let name)? = method["name"] { name } else { nil }
    }
  }

  func removing(_ path: [String]) -> CanonicalJSON { changed(path, to: nil) }
  func setting(_ path: [String], _ value: CanonicalJSON) -> CanonicalJSON {
    changed(path, to: value)
  }

  private func changed(_ path: [String], to value: CanonicalJSON?) -> CanonicalJSON {
    guard let first = path.first, case .object(var members) = self else { return value ?? self }
    members[first] =
      path.count == 1 ? value : members[first]?.changed(Array(path.dropFirst()), to: value)
    return .object(members)
  }

  /// The texts of every member called `name`, wherever it is.
  func strings(named name: String) -> [String] {
    switch self {
    case .array(let values): values.flatMap { $0.strings(named: name) }
    case .object(let members):
      members.flatMap { key, value -> [String] in
        if key == name, case .string(let text) = value {
          [text]
        } else {
          value.strings(named: name)
        }
      }
    default: []
    }
  }
}
