public import PurserCore

/// What values something may take, in the words of JSON Schema (draft 7).
public struct JSONSchema: Sendable, Equatable {
  /// The keywords and their values.
  public private(set) var keywords: [String: CanonicalJSON]

  /// A schema of these keywords.
  public init(_ keywords: [String: CanonicalJSON]) { self.keywords = keywords }

  /// Any value at all.
  public static let anything = JSONSchema([:])

  /// A whole number in `range`.
  public static func integer(_ range: ClosedRange<Int64>) -> JSONSchema {
    JSONSchema([
      "type": .string("integer"), "minimum": .integer(range.lowerBound),
      "maximum": .integer(range.upperBound),
    ])
  }

  /// A text.
  public static let text = JSONSchema(["type": .string("string")])

  /// One of these words.
  public static func word(_ words: [String]) -> JSONSchema {
    text.with("enum", .array(words.map(CanonicalJSON.string)))
  }

  /// A list of `element`.
  public static func list(of element: JSONSchema) -> JSONSchema {
    JSONSchema(["type": .string("array"), "items": element.json])
  }

  /// An object with any names, whose values are all of one kind.
  public static func map(to value: JSONSchema) -> JSONSchema {
    JSONSchema(["type": .string("object"), "additionalProperties": value.json])
  }

  /// An object with these members.
  public static func object(_ members: [RPCMember.Named]) -> JSONSchema {
    var properties: [String: CanonicalJSON] = [:]
    for member in members { properties[member.name] = member.describedSchema.json }
    var schema = JSONSchema(["type": .string("object"), "properties": .object(properties)])
    let required = members.filter(\.isRequired).map { CanonicalJSON.string($0.name) }
    if !required.isEmpty { schema = schema.with("required", .array(required)) }
    return schema
  }

  /// This schema with one keyword more, or another value of it.
  public func with(_ keyword: String, _ value: CanonicalJSON) -> JSONSchema {
    var schema = self
    schema.keywords[keyword] = value
    return schema
  }

  /// The schema as JSON.
  public var json: CanonicalJSON { .object(keywords) }
}
