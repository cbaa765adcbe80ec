internal import PurserCore

/// The JSON Schema of policies and of their tests, for editors.
///
/// It is made from the tables that read the files, so it cannot name another key than they do. It
/// lets some values pass that the reader refuses, and rules over several keys are the reader's.
public enum PolicySchema {
  /// The schema of a policy's file: JSON Schema 2020-12, indented, with a line feed at its end.
  public static var policy: String {
    let tables = GrantTables(calendar: nil)
    return document(
      title: "Purser policy", required: [],
      [
        "version": .object(["const": .integer(Int64(PolicyFile.version))]),
        "limits": .mapping(tables.ceilings)
          .adding(["description": .string("Ceilings over every grant.")]),
        "services": .entries(
          CanonicalJSON.mapping(ServiceTable.keys).adding(["anyOf": .array(ServiceTable.needs)]),
          maximum: PolicyFile.maximumServices
        ).adding(["description": .string("The sellers, by the id that grants name them by.")]),
        "claims": .entries(
          CanonicalJSON.mapping(tables.claim).adding([
            "anyOf": .array(
              ["uid", "gid", "cgroup"].map { .object(["required": .array([.string($0)])]) })
          ]), maximum: PolicyFile.maximumClaims
        ).adding(["description": .string("The top-level grants that can be claimed, by name.")]),
      ])
  }

  /// The schema of a file of expected decisions.
  public static var tests: String {
    let tables = PolicyTestTables(calendar: nil)
    return document(
      title: "Purser policy test", required: ["policy", "cases"],
      [
        "version": .object(["const": .integer(Int64(PolicyTestFile.version))]),
        "policy": .object([
          "type": .string("string"),
          "description": .string("The policy's path; a relative one starts at this file."),
        ]),
        "now": ValueKind<UInt64>.moment.schema.adding([
          "description": .string("When the cases are decided; 2026-01-01 when left out.")
        ]),
        "cases": .object([
          "type": .string("array"), "items": .mapping(tables.testCase),
          "maxItems": .integer(Int64(PolicyTestFile.maximumCases)),
        ]),
      ])
  }

  private static func document(
    title: String, required: [String], _ properties: [String: CanonicalJSON]
  ) -> String {
    let schema = CanonicalJSON.object([
      "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
      "title": .string(title), "type": .string("object"), "additionalProperties": .bool(false),
      "required": .array((["version"] + required).map { .string($0) }),
      "properties": .object(properties),
    ])
    return schema.indented(by: 0) + "\n"
  }
}

extension CanonicalJSON {
  /// The value with a member or an item on each line.
  fileprivate func indented(by depth: Int) -> String {
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    switch self {
    case .object(let members) where !members.isEmpty:
      let lines = members.sorted { $0.key < $1.key }.map { name, value in
        "\(inner)\(CanonicalJSON.string(name).text): \(value.indented(by: depth + 1))"
      }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    case .array(let values) where values.contains(where: \.isNested):
      let lines = values.map { inner + $0.indented(by: depth + 1) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    case .array(let values): return "[\(values.map(\.text).joined(separator: ", "))]"
    default: return text
    }
  }

  private var isNested: Bool {
    switch self {
    case .object, .array: true
    default: false
    }
  }
}
