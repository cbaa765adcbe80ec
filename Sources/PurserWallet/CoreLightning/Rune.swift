internal import LibCrypto
internal import PurserCore

/// What a rune of Core Lightning lets its holder do, read from its text.
///
/// A rune is 32 bytes of authentication and then restrictions, each of which must hold: they stand
/// between `&`, the alternatives of one between `|`, and `\` takes the meaning from the next
/// character (`ccan/rune/coding.c`). The first restriction may be the rune's own number.
struct Rune: Sendable {
  /// What can be said of a call before it is made.
  enum Answer: Sendable {
    case allowed
    case refused
    /// It depends on time, rate or parameters.
    case open
  }

  private struct Alternative {
    let field: String
    let condition: Character
    let value: String
  }

  private static let conditions: Set<Character> = [
    "!", "=", "/", "^", "$", "~", "<", ">", "{", "}", "#",
  ]

  private let restrictions: [[Alternative]]

  /// Nil for text that is no rune.
  init?(_ text: String) {
    guard let bytes = Base64.decode(text), bytes.count >= 32,
      let body = String(validating: bytes.dropFirst(32), as: UTF8.self)
    else { return nil }
    guard let restrictions = Self.parsed(body) else { return nil }
    self.restrictions = restrictions
  }

  /// Whether it allows to call `method` at all.
  func answer(to method: String) -> Answer {
    var isOpen = false
    for restriction in restrictions {
      let answers = restriction.map { Self.answer($0, method) }
      if answers.contains(.allowed) { continue }
      if !answers.contains(.open) { return .refused }
      isOpen = true
    }
    return isOpen ? .open : .allowed
  }

  private static func parsed(_ body: String) -> [[Alternative]]? {
    guard !body.isEmpty else { return [] }
    var restrictions: [[String]] = [[""]]
    var isEscaped = false
    func append(_ character: Character) {
      let last = restrictions.count - 1
      restrictions[last][restrictions[last].count - 1].append(character)
    }
    for character in body {
      switch character {
      case _ where isEscaped:
        append(character)
        isEscaped = false
      case "\\": isEscaped = true
      case "&": restrictions.append([""])
      case "|": restrictions[restrictions.count - 1].append("")
      default: append(character)
      }
    }
    guard !isEscaped else { return nil }
    var result: [[Alternative]] = []
    for restriction in restrictions {
      var alternatives: [Alternative] = []
      for text in restriction {
        guard let alternative = alternative(text) else { return nil }
        alternatives.append(alternative)
      }
      result.append(alternatives)
    }
    return result
  }

  private static func alternative(_ text: String) -> Alternative? {
    guard let index = text.firstIndex(where: { conditions.contains($0) }) else { return nil }
    return Alternative(
      field: String(text[..<index]), condition: text[index],
      value: String(text[text.index(after: index)...]))
  }

  private static func answer(_ alternative: Alternative, _ method: String) -> Answer {
    // The number of the rune itself, and comments.
    if alternative.field.isEmpty || alternative.condition == "#" { return .allowed }
    guard alternative.field == "method" else { return .open }
    let value = alternative.value
    let holds: Bool
    switch alternative.condition {
    case "=": holds = method == value
    case "/": holds = method != value
    case "^": holds = method.hasPrefix(value)
    case "$": holds = method.hasSuffix(value)
    case "~": holds = value.isEmpty || method.contains(value)
    case "{": holds = method.utf8.lexicographicallyPrecedes(value.utf8)
    case "}": holds = value.utf8.lexicographicallyPrecedes(method.utf8)
    default: holds = false
    }
    return holds ? .allowed : .refused
  }
}
