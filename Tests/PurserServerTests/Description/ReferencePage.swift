import PurserAPI
import PurserCore

@testable import PurserServer

/// Writes the reference page, and the examples that the daemon itself gives.
struct ReferencePage {
  let methods: [MethodDescription]
  let examples: [String: ReferenceRun.Exchange]

  /// `docs/REFERENCE.md`.
  var markdown: String {
    let sorted = methods.sorted { $0.name < $1.name }
    var lines = [
      "# Reference of the API", "",
      "Written by `make reference` from the types that serve the calls, and from a run of the daemon;",
      "do not edit. `rpc.discover` gives the same as an OpenRPC document. How to call is in",
      "[PROTOCOL.md](PROTOCOL.md); any request may also have `token`, the grant token to act with.",
      "",
      "**O** marks what the operators' socket alone serves, **i** what repeats its answer to the same",
      "`idempotency_key`. Amounts are whole millisatoshi; long texts are cut with `…`.", "",
    ]
    lines += sorted.map { "- [`\($0.name)`](#\(Self.anchor($0.name)))\(marks($0)): \($0.summary)" }
    for method in sorted { lines += [""] + section(method) }
    lines += [""] + errors
    return lines.joined(separator: "\n") + "\n"
  }

  private static func anchor(_ name: String) -> String { name.replacing(".", with: "") }

  private func marks(_ method: MethodDescription) -> String {
    (method.audience == .operators ? " **O**" : "") + (method.isRepeatable ? " **i**" : "")
  }

  private func section(_ method: MethodDescription) -> [String] {
    var lines = ["## \(method.name)", "", method.summary]
    let own = method.parameters.filter { !CallOptions.memberNames.contains($0.name) }
    if own.isEmpty {
      lines += ["", "It takes no parameters of its own."]
    } else {
      lines += ["", "| parameter | type | |", "|---|---|---|"]
      lines += rows(own.map { ($0.name, $0.describedSchema, $0.isRequired) }, above: "")
    }
    let reply = rows(of: method.reply, above: "")
    if !reply.isEmpty { lines += ["", "| reply | type | |", "|---|---|---|"] + reply }
    for notice in method.notifications {
      lines += [
        "", "`\(notice.name)`: \(notice.summary)", "", "| member | type | |", "|---|---|---|",
      ]
      lines += rows(
        notice.members.map { ($0.name, $0.describedSchema, $0.isRequired) }, above: "")
    }
    let refusals = method.errors.map { "[`\($0.rawValue)`](#errors)" }.joined(separator: ", ")
    lines += ["", "Refusals: \(refusals).", ""]
    if let example = examples[method.name] {
      let request = CanonicalJSON.object([
        "jsonrpc": .string("2.0"), "id": .integer(1), "method": .string(method.name),
        "params": example.parameters,
      ])
      lines += ["```json"] + Self.pretty(request, "") + Self.pretty(example.reply, "") + ["```"]
    }
    return lines
  }

  private var errors: [String] {
    var lines = [
      "## Errors", "", "| code | `data.reason` | when | other members of `data` |",
      "|---|---|---|---|",
    ]
    for reason in RPCErrorReason.allCases {
      let members = reason.members.map { member in
        "`\(member.name)\(member.isRequired ? "" : "?")`: \(member.description)"
      }
      lines.append(
        "| \(reason.code) | `\(reason.rawValue)` | \(reason.summary) | \(members.joined(separator: " ")) |"
      )
    }
    return lines
  }

  private typealias Row = (name: String, schema: JSONSchema, isRequired: Bool)

  private func rows(_ members: [Row], above: String) -> [String] {
    members.flatMap { member -> [String] in
      let name = above + member.name + (member.isRequired ? "" : "?")
      guard case .string(let description)? = member.schema.keywords["description"] else {
        return []
      }
      return ["| `\(name)` | \(Self.type(member.schema)) | \(description) |"]
        + rows(of: member.schema, above: above + member.name + ".")
    }
  }

  /// The members of an object, or of the objects in a list.
  private func rows(of schema: JSONSchema, above: String) -> [String] {
    if case .object(let element)? = schema.keywords["items"] {
      return rows(of: JSONSchema(element), above: String(above.dropLast()) + "[].")
    }
    guard case .object(let properties)? = schema.keywords["properties"] else { return [] }
    var required: [CanonicalJSON] = []
    if case .array(let names)? = schema.keywords["required"] { required = names }
    return rows(
      properties.sorted { $0.key < $1.key }.compactMap { name, member in
        guard case .object(let keywords) = member else { return nil }
        return (name, JSONSchema(keywords), required.contains(.string(name)))
      }, above: above)
  }

  private static func type(_ schema: JSONSchema) -> String {
    func number(_ keyword: String) -> Int64? {
      if case .integer(let value)? = schema.keywords[keyword] { value } else { nil }
    }
    if case .array(let words)? = schema.keywords["enum"] {
      return words.map { "`\($0.text.filter { $0 != "\"" })`" }.joined(separator: ", ")
    }
    guard case .string(let type)? = schema.keywords["type"] else { return "any" }
    switch type {
    case "integer":
      let exact: Int64 = (1 << 53) - 1
      let least = number("minimum") ?? 0
      let most = number("maximum") ?? exact
      var range = ""
      if least != 0 || most != exact {
        range = most == exact ? ", from \(least)" : ", \(least) to \(most)"
        if least == -exact { range = ", may be negative" }
      }
      guard case .string(let unit)? = schema.keywords["x-unit"] else { return "number" + range }
      return unit + range
    case "array":
      guard case .object(let element)? = schema.keywords["items"] else { return "list" }
      return "list of " + Self.type(JSONSchema(element))
    case "string":
      if schema.keywords["pattern"] == .string("^[0-9a-f]{32}$") { return "id" }
      guard let most = number("maxLength") else { return "text" }
      return "text, \(number("minLength") ?? 0) to \(most)"
    case "boolean": return "true or false"
    default: return type
    }
  }

  /// JSON for people: members a line each, but for what is short.
  static func pretty(_ value: CanonicalJSON, _ indent: String) -> [String] {
    let flat = value.text
    guard indent.count + flat.count > 100 else { return [indent + flat] }
    func nested(_ parts: [(String, CanonicalJSON)], _ open: String, _ close: String) -> [String] {
      var lines = [indent + open]
      for (index, part) in parts.enumerated() {
        var inner = pretty(part.1, indent + "  ")
        inner[0] = indent + "  " + part.0 + inner[0].drop { $0 == " " }
        if index < parts.count - 1 { inner[inner.count - 1] += "," }
        lines += inner
      }
      return lines + [indent + close]
    }
    switch value {
    case .object(let members) where !members.isEmpty:
      return nested(
        members.sorted { $0.key < $1.key }.map { ("\"\($0.key)\": ", $0.value) }, "{", "}")
    case .array(let values) where !values.isEmpty:
      return nested(values.map { ("", $0) }, "[", "]")
    default: return [indent + flat]
    }
  }

  /// `RecordedExamples.swift`.
  var swift: String {
    var lines = [
      "// Written by `make reference`; do not edit.", "// swift-format-ignore-file", "",
      "/// A request and its reply for each method, as a daemon in a test gave them.",
      "let recordedExamples: [String: (parameters: StaticString, reply: StaticString)] = [",
    ]
    for (name, example) in examples.sorted(by: { $0.key < $1.key }) {
      lines += [
        "  \"\(name)\": (", "    ##\"\(example.parameters.text)\"##,",
        "    ##\"\(example.reply.text)\"##",
        "  ),",
      ]
    }
    return (lines + ["]"]).joined(separator: "\n") + "\n"
  }
}
