internal import ArgumentParser
internal import Macaroons

/// The token that a command works on, or `-` for many on standard input.
struct TokenArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The token in base64, base64url, hex or JSON; '-' reads one per line from standard input.",
      valueName: "token"))
  var token: String

  var isStandardInput: Bool { token == "-" }

  /// Calls `body` with each token in turn, or with why it could not be read.
  /// - Throws: What `body` throws, and ``CommandFailure`` when there is no token at all.
  func forEach(_ body: (Result<ReadMacaroon, MacaroonError>, _ line: Int) throws -> Void) throws {
    guard isStandardInput else {
      return try body(Self.read(token), 1)
    }
    var reader = LineReader(limit: MacaroonLimits.inputBytes)
    var number = 0
    while let line = try reader.next() {
      number += 1
      try body(Self.read(line), number)
    }
    guard number > 0 else {
      throw CommandFailure("no token on standard input", hint: "write one token per line")
    }
  }

  private static func read(_ line: LineReader.Line) -> Result<ReadMacaroon, MacaroonError> {
    switch line {
    case .tooLong: .failure(.inputTooLong)
    case .bytes(let bytes):
      if let text = String(validating: bytes, as: UTF8.self) {
        read(text)
      } else {
        .failure(.unreadableText)
      }
    }
  }

  private static func read(_ text: String) -> Result<ReadMacaroon, MacaroonError> {
    Result { () throws(MacaroonError) in try ReadMacaroon(text) }
  }
}

/// A macaroon and the format that it came in.
struct ReadMacaroon {
  let macaroon: Macaroon
  let format: MacaroonFormat

  init(_ text: String) throws(MacaroonError) {
    let bytes = try Macaroon.bytes(ofText: text)
    guard let format = MacaroonFormat(of: bytes) else { throw .unknownFormat }
    self.format = format
    macaroon = try Macaroon(parsing: bytes)
  }
}

/// The result of `body`, or a ``CommandFailure`` that begins with `what`.
func failing<Value>(
  _ what: String, _ body: () throws(MacaroonError) -> Value
) throws(CommandFailure) -> Value {
  do { return try body() } catch { throw CommandFailure("\(what): \(error)") }
}
