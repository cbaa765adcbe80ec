internal import Yams

/// A value somewhere in a file: a mapping, a list or a scalar, with the key that it stands under.
///
/// Whatever is not as asked for goes to the log, and the reader gets nil or a default; the
/// caller throws what the log has once all was read.
struct Field {
  let node: Node
  /// The keys that lead to it, such as `services.weather.payees[1]`.
  let path: String
  let log: MistakeLog

  /// A key of a mapping with what stands under it.
  struct Entry {
    let key: String
    /// The key itself, for mistakes in it.
    let keyField: Field
    let field: Field
  }

  /// Whether it is a list with nothing in it.
  var isEmptyList: Bool { node.sequence?.isEmpty ?? false }

  /// Whether it is a mapping.
  var isMapping: Bool { node.mapping != nil }

  func report(_ fault: Mistake.Fault) {
    log.add(fault, at: Position(node.mark), key: path)
  }

  func warn(_ reason: PolicyWarning.Reason) {
    log.warn(reason, at: Position(node.mark), key: path)
  }

  /// Where it stands, as people look for it.
  var place: String { "\(shownPath(log.file)):\(Position(node.mark).line)" }

  /// What `read` makes of the mapping; the keys that it did not ask for are reported as unknown.
  func mapping<Value>(_ read: (Section) -> Value?) -> Value? {
    guard checkTag() else { return nil }
    guard let mapping = node.mapping else {
      reportKind(expected: "a mapping")
      return nil
    }
    let section = Section(mapping, of: self)
    let value = read(section)
    section.reportUnknownKeys()
    return value
  }

  /// Every entry of a mapping whose keys are names that people chose, in the order of the file.
  func entries(maximum: Int) -> [Entry] {
    guard checkTag() else { return [] }
    guard let mapping = node.mapping else {
      reportKind(expected: "a mapping")
      return []
    }
    guard mapping.count <= maximum else {
      report(.tooMany(maximum: maximum))
      return []
    }
    return mapping.compactMap { entry(key: $0.key, value: $0.value) }
  }

  /// The key and the value of one entry; nil, and reported, when the key is not a plain word.
  fileprivate func entry(key: Node, value: Node) -> Entry? {
    let keyField = Field(node: key, path: path, log: log)
    guard let text = key.scalar?.string else {
      keyField.report(.notAKey)
      return nil
    }
    guard keyField.checkTag() else { return nil }
    let below = path.isEmpty ? text : path + "." + text
    return Entry(
      key: text, keyField: keyField, field: Field(node: value, path: below, log: log))
  }

  /// The items of a list, each of one kind.
  ///
  /// Nil when it is not a list; an item that is not of the kind, or that stands there twice, is
  /// left out. Both are reported.
  func list<Value: Equatable>(of kind: ValueKind<Value>, maximum: Int) -> [Value]? {
    guard checkTag() else { return nil }
    guard let sequence = node.sequence else {
      reportKind(expected: "a list")
      return nil
    }
    guard sequence.count <= maximum else {
      report(.tooMany(maximum: maximum))
      return nil
    }
    var values: [Value] = []
    for (index, node) in sequence.enumerated() {
      let item = Field(node: node, path: "\(path)[\(index)]", log: log)
      guard let value = item.value(kind) else { continue }
      if values.contains(value) {
        item.report(.repeatedItem(node.scalar?.string ?? ""))
      } else {
        values.append(value)
      }
    }
    return values
  }

  /// The items of a list, whatever they are; nil, and reported, when it is not one.
  func items(maximum: Int) -> [Field]? {
    guard checkTag() else { return nil }
    guard let sequence = node.sequence else {
      reportKind(expected: "a list")
      return nil
    }
    guard sequence.count <= maximum else {
      report(.tooMany(maximum: maximum))
      return nil
    }
    return sequence.enumerated().map { index, node in
      Field(node: node, path: "\(path)[\(index)]", log: log)
    }
  }

  /// Whether its value is of the kind; nothing is reported.
  func isValid<Value>(_ kind: ValueKind<Value>) -> Bool {
    node.scalar.map { kind.parse($0.string) != nil } ?? false
  }

  /// The items of a list, or the one value that stands for a list of it.
  func listOrValue<Value: Equatable>(of kind: ValueKind<Value>, maximum: Int) -> [Value]? {
    guard node.scalar != nil else { return list(of: kind, maximum: maximum) }
    return value(kind).map { [$0] }
  }

  /// The scalar's value, when it is of the kind.
  func value<Value>(_ kind: ValueKind<Value>) -> Value? {
    guard checkTag() else { return nil }
    guard let scalar = node.scalar else {
      reportKind(expected: kind.expected)
      return nil
    }
    let isPlain = scalar.style == .plain
    if isPlain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) {
      report(.noValue(expected: kind.expected))
      return nil
    }
    guard isPlain || !kind.isPlain, let value = kind.parse(scalar.string) else {
      report(.badValue(found: scalar.string, expected: kind.expected))
      return nil
    }
    return value
  }

  private func reportKind(expected: String) {
    switch node {
    case .mapping: report(.wrongKind(found: "a mapping", expected: expected))
    case .sequence: report(.wrongKind(found: "a list", expected: expected))
    case .scalar(let scalar) where scalar.style == .plain && scalar.string.isEmpty:
      report(.noValue(expected: expected))
    case .scalar(let scalar): report(.badValue(found: scalar.string, expected: expected))
    case .alias: report(.anchor)
    }
  }

  /// A tag would let a value pass for one of another type.
  private func checkTag() -> Bool {
    let implied: Set<String> = [
      "", Tag.Name.str.rawValue, Tag.Name.map.rawValue, Tag.Name.seq.rawValue,
    ]
    if implied.contains(node.tag.rawValue) { return true }
    report(.tag)
    return false
  }
}

/// A mapping with a fixed set of keys.
final class Section {
  let field: Field
  private let entries: [Field.Entry]
  private var asked: [String] = []
  private var takesAnyKey = false

  fileprivate init(_ mapping: Node.Mapping, of field: Field) {
    self.field = field
    entries = mapping.compactMap { field.entry(key: $0.key, value: $0.value) }
  }

  /// The field under `key`, if the key is there.
  ///
  /// What is asked for is also what is known: other keys are mistakes.
  subscript(key: String) -> Field? {
    if !asked.contains(key) { asked.append(key) }
    return entries.first { $0.key == key }?.field
  }

  /// The keys that are there, each with what stands under it.
  var present: [Field.Entry] { entries }

  /// The field under `key`; reported when it is missing.
  func required(_ key: String) -> Field? {
    let found = self[key]
    if found == nil { field.report(.missingKey(key)) }
    return found
  }

  /// The value under a key that must be there.
  func required<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    required(key)?.value(kind)
  }

  /// The value under a key that may be left out.
  func optional<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    self[key]?.value(kind)
  }

  /// The list under a key that may be left out.
  func optionalList<Value: Equatable>(
    _ key: String, of kind: ValueKind<Value>, maximum: Int
  ) -> [Value]? {
    self[key]?.list(of: kind, maximum: maximum)
  }

  /// Accepts every key: which ones are known hangs on a value that is itself a mistake.
  func takeAnyKey() { takesAnyKey = true }

  fileprivate func reportUnknownKeys() {
    guard !takesAnyKey else { return }
    for entry in entries where !asked.contains(entry.key) {
      let nearest = nearest(to: entry.key, among: asked)
      entry.keyField.report(.unknownKey(entry.key, nearest: nearest, allowed: asked))
    }
  }
}
