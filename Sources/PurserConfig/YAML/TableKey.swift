internal import PurserCore

/// One key of a mapping: its name, what may stand under it, what it means, and where it goes.
///
/// A table of these reads the file, makes the JSON Schema of it for editors, and is what mistakes
/// name keys from, so that the three cannot differ.
struct TableKey<Target> {
  let name: String
  let isRequired: Bool
  /// What it means, in one or two sentences.
  let meaning: String
  /// What may stand under it, as JSON Schema has it.
  let schema: CanonicalJSON
  fileprivate let read: (Field, inout Target) -> Void

  /// A key that is read by hand.
  init(
    _ name: String, isRequired: Bool = false, schema: CanonicalJSON, _ meaning: String,
    read: @escaping (Field, inout Target) -> Void
  ) {
    self.name = name
    self.isRequired = isRequired
    self.meaning = meaning
    self.schema = schema
    self.read = read
  }

  /// A key with one value.
  init<Value>(
    _ name: String, _ kind: ValueKind<Value>, to path: WritableKeyPath<Target, Value>,
    isRequired: Bool = false, _ meaning: String
  ) {
    self.init(name, isRequired: isRequired, schema: kind.schema, meaning) { field, target in
      if let value = field.value(kind) { target[keyPath: path] = value }
    }
  }

  /// A key with one value, whose absence means nil.
  init<Value>(
    _ name: String, _ kind: ValueKind<Value>, to path: WritableKeyPath<Target, Value?>,
    _ meaning: String
  ) {
    self.init(name, schema: kind.schema, meaning) { field, target in
      target[keyPath: path] = field.value(kind)
    }
  }

  /// A key with a list of values.
  init<Value: Equatable>(
    _ name: String, listOf kind: ValueKind<Value>, to path: WritableKeyPath<Target, [Value]>,
    isRequired: Bool = false, minimum: Int = 0, maximum: Int = 256, _ meaning: String
  ) {
    self.init(
      name, isRequired: isRequired,
      schema: .list(of: kind.schema, minimum: minimum, maximum: maximum), meaning
    ) { field, target in
      if let values = field.list(of: kind, maximum: maximum) { target[keyPath: path] = values }
    }
  }

  /// A key with a list of values, whose absence means nil.
  init<Value: Equatable>(
    _ name: String, listOf kind: ValueKind<Value>, to path: WritableKeyPath<Target, [Value]?>,
    maximum: Int = 256, _ meaning: String
  ) {
    self.init(name, schema: .list(of: kind.schema, maximum: maximum), meaning) { field, target in
      target[keyPath: path] = field.list(of: kind, maximum: maximum)
    }
  }

  /// The same key of another mapping, of which this one's target is a part.
  func within<Whole>(_ path: WritableKeyPath<Whole, Target>) -> TableKey<Whole> {
    TableKey<Whole>(name, isRequired: isRequired, schema: schema, meaning) { field, whole in
      read(field, &whole[keyPath: path])
    }
  }
}

extension Section {
  /// Reads every key of `table` into `target`; what is missing and must not be is reported.
  func read<Target>(_ table: [TableKey<Target>], into target: inout Target) {
    for key in table {
      let field = key.isRequired ? required(key.name) : self[key.name]
      if let field { key.read(field, &target) }
    }
  }
}

extension CanonicalJSON {
  /// The schema of a mapping with the keys of `table`.
  static func mapping<Target>(
    _ table: [TableKey<Target>], adding members: [String: CanonicalJSON] = [:]
  ) -> CanonicalJSON {
    var properties: [String: CanonicalJSON] = [:]
    for key in table {
      properties[key.name] = key.schema.adding(["description": .string(key.meaning)])
    }
    let schema: [String: CanonicalJSON] = [
      "type": .string("object"), "additionalProperties": .bool(false),
      "properties": .object(properties),
      "required": .array(table.filter(\.isRequired).map { .string($0.name) }),
    ]
    return .object(schema.merging(members) { _, new in new })
  }

  /// The schema of a mapping whose keys are names that people chose.
  static func entries(_ entry: CanonicalJSON, maximum: Int) -> CanonicalJSON {
    .object([
      "type": .string("object"), "additionalProperties": entry,
      "maxProperties": .integer(Int64(maximum)),
      "propertyNames": .object(["pattern": .string(ValueKind<String>.namePattern)]),
    ])
  }

  /// The schema of a list.
  static func list(
    of item: CanonicalJSON, minimum: Int = 0, maximum: Int
  ) -> CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "type": .string("array"), "items": item, "maxItems": .integer(Int64(maximum)),
      "uniqueItems": .bool(true),
    ]
    if minimum > 0 { members["minItems"] = .integer(Int64(minimum)) }
    return .object(members)
  }

  /// The schema of a text.
  static func text(pattern: String) -> CanonicalJSON {
    .object(["type": .string("string"), "pattern": .string(pattern)])
  }

  /// These members beside those that it has.
  func adding(_ members: [String: CanonicalJSON]) -> CanonicalJSON {
    guard case .object(let own) = self else { return self }
    return .object(own.merging(members) { _, new in new })
  }
}
