import Foundation
import PurserCore

/// Checks JSON against a JSON Schema of draft 7, as far as OpenRPC and the API use its keywords.
///
/// A keyword that it does not know is a fault of its own, so that nothing is passed over.
struct SchemaValidator {
  private let root: CanonicalJSON
  private let isStrict: Bool

  /// A validator of the schema `root`; when `isStrict`, an object has no members but those that
  /// its schema names.
  init(_ root: CanonicalJSON, isStrict: Bool = false) {
    self.root = root
    self.isStrict = isStrict
  }

  /// What is wrong with `value`, each with its place; none when it fits.
  func faults(in value: CanonicalJSON) -> [String] { faults(in: value, root, at: "") }

  private static let annotations: Set<String> = [
    "$schema", "$id", "title", "description", "default", "format", "definitions", "x-unit",
    "additionalItems",
  ]

  private func faults(
    in value: CanonicalJSON, _ schema: CanonicalJSON, at place: String
  ) -> [String] {
    guard case .object(let keywords) = schema else { return ["\(place): a schema is an object"] }
    if case .string(let reference)? = keywords["$ref"] {
      return faults(in: value, referredToBy: reference, at: place)
    }
    return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument -> [String] in
      if Self.annotations.contains(keyword) { return [] }
      return check(value, keyword, argument, keywords, at: place)
    } + strangers(in: value, keywords, at: place)
  }

  private func faults(
    in value: CanonicalJSON, referredToBy reference: String, at place: String
  ) -> [String] {
    if reference.hasSuffix("/properties/$ref") {
      return Self.isOf("string", value) ? [] : ["\(place): a reference is a text"]
    }
    guard reference.hasPrefix("#/") else {
      // The schema of schemas: a schema has no keyword that this type does not know.
      return reference.contains("json-schema")
        ? Self.faults(inSchema: value, at: place)
        : [
          "\(place): the reference \(reference) is not known"
        ]
    }
    var found = root
    for part in reference.dropFirst(2).split(separator: "/") {
      guard case .object(let members) = found, let next = members[String(part)] else {
        return ["\(place): \(reference) leads nowhere"]
      }
      found = next
    }
    return faults(in: value, found, at: place)
  }

  private static func faults(inSchema value: CanonicalJSON, at place: String) -> [String] {
    guard case .object(let keywords) = value else { return ["\(place): a schema is an object"] }
    let known = annotations.union([
      "type", "enum", "required", "properties", "additionalProperties", "items", "minimum",
      "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
    ])
    var faults = keywords.keys.filter { !known.contains($0) }.map { "\(place): no keyword \($0)" }
    if case .object(let members)? = keywords["properties"] {
      for (name, member) in members {
        faults += self.faults(inSchema: member, at: place + "/" + name)
      }
    }
    if let items = keywords["items"] {
      faults += self.faults(inSchema: items, at: place + "/items")
    }
    return faults
  }

  private func check(
    _ value: CanonicalJSON, _ keyword: String, _ argument: CanonicalJSON,
    _ keywords: [String: CanonicalJSON], at place: String
  ) -> [String] {
    func fault(_ isRight: Bool) -> [String] {
      isRight
        ? [] : ["\(place): \(keyword) \(argument.text) does not hold for \(value.text.prefix(80))"]
    }
    switch (keyword, argument, value) {
    case ("type", .string(let name), _): return fault(Self.isOf(name, value))
    case ("enum", .array(let words), _): return fault(words.contains(value))
    case ("oneOf", .array(let choices), _):
      let faults = choices.map { self.faults(in: value, $0, at: place) }
      return faults.count(where: \.isEmpty) == 1 ? [] : fault(false) + faults.joined()
    case ("minimum", .integer(let least), .integer(let number)): return fault(number >= least)
    case ("maximum", .integer(let most), .integer(let number)): return fault(number <= most)
    case ("minLength", .integer(let least), .string(let text)): return fault(text.count >= least)
    case ("maxLength", .integer(let most), .string(let text)): return fault(text.count <= most)
    case ("minItems", .integer(let least), .array(let list)): return fault(list.count >= least)
    case ("maxItems", .integer(let most), .array(let list)): return fault(list.count <= most)
    case ("pattern", .string(let pattern), .string(let text)):
      return fault(text.range(of: pattern, options: .regularExpression) != nil)
    case ("items", let element, .array(let list)):
      return list.enumerated().flatMap { faults(in: $1, element, at: "\(place)/\($0)") }
    case ("required", .array(let names), .object(let members)):
      return names.flatMap { name -> [String] in
        guard case .string(let text) = name else { return fault(false) }
        return members[text] == nil ? ["\(place): \(text) is missing"] : []
      }
    case ("properties", .object(let schemas), .object(let members)):
      return schemas.sorted { $0.key < $1.key }.flatMap { name, schema in
        members[name].map { faults(in: $0, schema, at: "\(place)/\(name)") } ?? []
      }
    case ("patternProperties", .object(let schemas), .object(let members)):
      return members.flatMap { name, member in
        schemas.filter { name.range(of: $0.key, options: .regularExpression) != nil }.values
          .flatMap { faults(in: member, $0, at: "\(place)/\(name)") }
      }
    case ("additionalProperties", _, .object(let members)):
      let others = additional(members, keywords)
      if argument == .bool(false) {
        return others.keys.sorted().map { "\(place): no member \($0)" }
      }
      if argument == .bool(true) { return [] }
      return others.flatMap { faults(in: $1, argument, at: "\(place)/\($0)") }
    case ("minimum", _, _), ("maximum", _, _), ("minLength", _, _), ("maxLength", _, _),
      ("minItems", _, _), ("maxItems", _, _), ("pattern", _, _), ("items", _, _),
      ("required", _, _), ("properties", _, _), ("patternProperties", _, _),
      ("additionalProperties", _, _):
      return []
    default: return ["\(place): the validator does not know the keyword \(keyword)"]
    }
  }

  private func strangers(
    in value: CanonicalJSON, _ keywords: [String: CanonicalJSON], at place: String
  ) -> [String] {
    guard isStrict, keywords["properties"] != nil, keywords["additionalProperties"] == nil,
      case .object(let members) = value
    else { return [] }
    return additional(members, keywords).keys.sorted().map { "\(place): no member \($0)" }
  }

  /// The members that neither `properties` nor `patternProperties` speak of.
  private func additional(
    _ members: [String: CanonicalJSON], _ keywords: [String: CanonicalJSON]
  ) -> [String: CanonicalJSON] {
    var (named, patterns): ([String], [String]) = ([], [])
    if case .object(let schemas)? = keywords["properties"] { named = Array(schemas.keys) }
    if case .object(let schemas)? = keywords["patternProperties"] { patterns = Array(schemas.keys) }
    return members.filter { name, _ in
      !named.contains(name)
        && !patterns.contains { name.range(of: $0, options: .regularExpression) != nil }
    }
  }

  private static func isOf(_ type: String, _ value: CanonicalJSON) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("integer", .integer),
      ("number", .integer), ("boolean", .bool):
      true
    default: false
    }
  }
}
