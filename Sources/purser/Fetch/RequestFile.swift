internal import Glibc

/// What a request takes from a file.
enum RequestFile {
  /// The most that a request may take from one file, in bytes: it is sent twice, so it is kept.
  static let longest = 64 << 20

  /// The bytes of `given`, or of the file for `@FILE` and of standard input for `@-`.
  ///
  /// `dropsLineBreaks` leaves out carriage returns, line feeds and zeros of a file, as curl does.
  /// - Throws: ``FetchFailure``.
  static func bytes(_ given: String, dropsLineBreaks: Bool) throws(FetchFailure) -> [UInt8] {
    guard given.hasPrefix("@") else { return Array(given.utf8) }
    let path = String(given.dropFirst())
    let bytes = try contents(of: path)
    return dropsLineBreaks ? bytes.filter { ![0, 0x0a, 0x0d].contains($0) } : bytes
  }

  private static func contents(of path: String) throws(FetchFailure) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open \(path)") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read \(path)") }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= longest else {
        throw FetchFailure(
          .failed, "input", "\(Terminal.sanitized(path)) is longer than \(longest) bytes")
      }
    }
  }

  private static func failure(_ what: String) -> FetchFailure {
    FetchFailure(
      .failed, "input", "\(Terminal.sanitized(what)): \(String(cString: strerror(errno)))")
  }
}
