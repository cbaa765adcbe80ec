internal import Glibc

/// What the program writes, and how.
///
/// Results go to standard output and everything else to standard error: an error is one line
/// `purser: error: …` that says what is wrong, and if something can be done about it a second line
/// `hint: …`. Text that others wrote (names, conditions, locations, sellers' messages) passes
/// through ``sanitized(_:)`` before a person sees it.
enum Terminal {
  /// Writes one line of results, at once, so that a program at the other end of a pipe gets it.
  static func writeLine(_ line: String) {
    print(line)
    fflush(nil)
  }

  /// Writes an error, and a hint if there is one, to standard error.
  static func writeError(_ message: String, hint: String? = nil) {
    write("purser: error: \(message)\n" + (hint.map { "hint: \($0)\n" } ?? ""))
  }

  /// Writes something to know to standard error.
  static func writeNote(_ message: String) { write("purser: \(message)\n") }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      written += count
    }
  }

  /// `text` without the characters that could move the cursor, hide something or reverse the
  /// reading direction, and cut to `limit` characters.
  static func sanitized(_ text: String, limit: Int = 200) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: continue
      default: kept.append(scalar)
      }
    }
    let visible = String(kept)
    return visible.count > limit ? visible.prefix(limit) + "…" : visible
  }
}
