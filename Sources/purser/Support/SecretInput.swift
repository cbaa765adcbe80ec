internal import Glibc

/// Secrets that a person or a program hands over in a file or on standard input.
enum SecretInput {
  /// The one line in the file at `path`, `-` for standard input, without white space around it.
  /// - Throws: ``CommandFailure`` when it cannot be read, is not one line of text, or is longer
  ///   than `limit` bytes; `what` names it.
  static func line(in path: String, of limit: Int, _ what: String) throws -> String {
    let descriptor = path == "-" ? LineReader.standardInput : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        "cannot open \(Terminal.sanitized(path)): \(String(cString: strerror(errno)))",
        hint: "give the path of a file with \(what) in one line, or '-' for standard input")
    }
    defer { if path != "-" { close(descriptor) } }
    var reader = LineReader(descriptor: descriptor, limit: limit + 16)
    guard case .bytes(let bytes) = try reader.next(),
      let text = String(validating: bytes, as: UTF8.self), try isOver(&reader)
    else { throw notOneLine(path, what) }
    let line = trimmed(text)
    guard !line.isEmpty, line.utf8.count <= limit else { throw notOneLine(path, what) }
    return line
  }

  private static func notOneLine(_ path: String, _ what: String) -> CommandFailure {
    let place = path == "-" ? "standard input" : Terminal.sanitized(path)
    return CommandFailure(
      "\(place) does not hold \(what)", hint: "write \(what) there, in one line")
  }

  /// Whether nothing but empty lines follows.
  private static func isOver(_ reader: inout LineReader) throws -> Bool {
    while let line = try reader.next() {
      guard case .bytes(let bytes) = line, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0d }) else {
        return false
      }
    }
    return true
  }

  private static func trimmed(_ text: String) -> String {
    var line = text[...]
    while line.first?.isWhitespace == true { line.removeFirst() }
    while line.last?.isWhitespace == true { line.removeLast() }
    return String(line)
  }
}
