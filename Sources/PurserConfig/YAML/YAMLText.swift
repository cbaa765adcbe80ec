internal import Yams

/// From text to the root field of the one document in it.
enum YAMLText {
  /// The root; nil when the text is refused, which is in `log` then.
  static func root(of wholeText: String, log: MistakeLog) -> Field? {
    var text = wholeText
    if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
    refuseBeforeParsing(text, log: log)
    guard log.isEmpty else { return nil }
    do {
      // Yams keeps a pointer into the text beyond the call that gave it, which is sound only for a
      // text that is not stored inside the String value itself, as short ones are.
      let padded = text + String(repeating: "\n", count: 16)
      let parser = try Yams.Parser(yaml: padded, resolver: .basic)
      guard let root = try parser.nextRoot() else {
        log.add(.wrongKind(found: "an empty file", expected: "a mapping"), at: .start)
        return nil
      }
      if let second = try parser.nextRoot() {
        log.add(.secondDocument, at: Position(second.mark))
        return nil
      }
      return Field(node: root, path: "", log: log)
    } catch {
      report(error, text: text, log: log)
      return nil
    }
  }

  /// Refuses control characters, anchors and the `?` of a key that is itself a mapping or a list.
  ///
  /// The parser compares keys in full while it reads. Aliases can make a short key stand for an
  /// endless one, and keys in keys are compared again at each level, so it must meet neither.
  /// Without an anchor no alias means anything. Whether an `&` or a `?` starts one depends on what
  /// surrounds it; anything that could is refused.
  private static func refuseBeforeParsing(_ text: String, log: MistakeLog) {
    var position = Position(line: 1, column: 0)
    var previous: Unicode.Scalar = "\n"
    var ampersand: Position?
    for scalar in text.unicodeScalars {
      position.column += 1
      if isForbidden(scalar) { log.add(.controlCharacter(scalar.value), at: position) }
      if let start = ampersand, isWord(scalar) { log.add(.anchor, at: start) }
      if scalar == "?", !continuesText(after: previous) {
        log.add(.keyIndicator, at: position)
      }
      ampersand = scalar == "&" && !continuesText(after: previous) ? position : nil
      previous = scalar
      if scalar == "\n" { position = Position(line: position.line + 1, column: 0) }
    }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    let allowed: Set<Unicode.Scalar> = ["\t", "\n", "\r"]
    return scalar.properties.generalCategory == .control && !allowed.contains(scalar)
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }

  /// Whether nothing new can start right after `scalar`, so that an `&` or a `?` there is part of a
  /// text, as in a query.
  private static func continuesText(after scalar: Unicode.Scalar) -> Bool {
    isWord(scalar) && scalar != "-" || scalar == "=" || scalar == "/" || scalar == "."
  }

  private static func lineBreaks(in text: String) -> Int {
    text.utf8.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  }

  private static func report(_ error: any Error, text: String, log: MistakeLog) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let words = [context?.text, problem].compactMap { $0 }.filter { !$0.isEmpty }
      // What is never closed is missed at the end; what helps is where it was opened.
      let lines = lineBreaks(in: text) + 1
      var place = Position(mark.line > lines ? context?.mark ?? mark : mark)
      if place.line > lines { place = Position(line: lines, column: 1) }
      log.add(.syntax(words.joined(separator: ", ")), at: place)
    case .duplicatedKeysInMapping(let keys, let context):
      log.add(.repeatedKey(keys.first ?? ""), at: Position(context.mark))
    case .reader(let problem, _, _, _):
      log.add(.syntax(problem), at: .start)
    default:
      log.add(.syntax("the parser gave up"), at: .start)
    }
  }
}
