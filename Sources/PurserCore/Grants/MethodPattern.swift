internal import LibCrypto

/// What a `methods` caveat lists: the name of a method, such as `spend.reserve`, or all that begin
/// with one word, such as `spend.*`.
public enum MethodPattern {
  private static let longest = 64
  private static let every = ".*"

  /// Whether `pattern` is one: two words of `a-z 0-9 _` with a dot between, the second maybe `*`.
  public static func isValid(_ pattern: String) -> Bool {
    withSpan(of: pattern.utf8) { isValid($0) }
  }

  /// Whether `pattern`, in UTF-8, is one.
  static func isValid(_ pattern: Span<UInt8>) -> Bool {
    guard pattern.count <= longest,
      let dot = pattern.indices.first(where: { pattern[$0] == UInt8(ascii: ".") }),
      isWord(pattern.extracting(..<dot))
    else { return false }
    let rest = pattern.extracting((dot + 1)...)
    return isWord(rest) || rest.count == 1 && rest[0] == UInt8(ascii: "*")
  }

  /// Whether one of `patterns` allows the method `name`.
  public static func match(_ name: String, any patterns: [String]) -> Bool {
    patterns.contains { covers($0, name) }
  }

  /// The patterns of what both lists allow.
  public static func common(_ first: [String], _ second: [String]) -> [String] {
    let narrower = first.filter { pattern in second.contains { covers($0, pattern) } }
    // What is in both was taken already.
    return narrower
      + second.filter { pattern in
        !first.contains(pattern) && first.contains { covers($0, pattern) }
      }
  }

  /// Whether `pattern` allows all that `other`, a name or a pattern, allows.
  private static func covers(_ pattern: String, _ other: String) -> Bool {
    guard pattern.hasSuffix(every) else { return pattern == other }
    return other.utf8.starts(with: pattern.utf8.dropLast())
  }

  private static func isWord(_ word: Span<UInt8>) -> Bool {
    !word.isEmpty
      && word.indices.allSatisfy { index in
        switch word[index] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
