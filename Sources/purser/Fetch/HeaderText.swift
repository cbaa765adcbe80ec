internal import ArgumentParser
internal import NIOHTTP1

/// Headers as people give them: `Name: value`, and `Name:` to leave one out.
enum HeaderText {
  /// Those that say how a request is framed, or whom it is for: they follow from the request.
  private static let fixed: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
    "keep-alive", "proxy-connection",
  ]

  /// The lines of what was given: of a file for `@FILE`, so that a secret is in no argument.
  static func lines(_ given: String) throws -> [String] {
    guard given.hasPrefix("@") else { return [given] }
    let bytes = try RequestFile.bytes(given, dropsLineBreaks: false)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError("\(Terminal.sanitized(given)) is no text")
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }

  /// Puts a header in place of those of its name that were not given by anybody, or beside those
  /// that were.
  static func apply(_ line: String, to headers: inout HTTPHeaders) throws {
    let colon = line.firstIndex(of: ":") ?? line.endIndex
    let name = String(line[..<colon])
    guard colon < line.endIndex, isToken(name) else {
      throw ValidationError("a header is written 'Name: value'")
    }
    let value = String(line[colon...].dropFirst().drop { $0 == " " || $0 == "\t" })
    guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
      throw ValidationError("the value of \(name) has a control character in it")
    }
    guard !fixed.contains(name.lowercased()) else {
      throw ValidationError("\(name) follows from the request, and cannot be given")
    }
    guard !value.isEmpty else { return headers.remove(name: name) }
    if ["user-agent", "accept", "content-type"].contains(name.lowercased()) {
      headers.replaceOrAdd(name: name, value: value)
    } else {
      headers.add(name: name, value: value)
    }
  }

  /// Whether `text` is a token of RFC 9110 §5.6.2.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7f && !#""(),/:;<=>?@[\]{}"#.utf8.contains(byte)
      }
  }
}
