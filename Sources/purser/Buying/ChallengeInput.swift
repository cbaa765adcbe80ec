internal import L402

/// A challenge that an agent brings.
enum ChallengeInput {
  /// The WWW-Authenticate headers on standard input, one a line, with or without the header's name;
  /// empty lines are skipped.
  static func headers() throws -> [String] {
    var reader = LineReader(limit: ChallengeDecode.lineLimit)
    var headers: [String] = []
    while let line = try reader.next() {
      guard case .bytes(let bytes) = line else {
        throw CommandFailure("a line on standard input is too long to be a header")
      }
      let value = ChallengeDecode.value(of: String(decoding: bytes, as: UTF8.self))
      guard value.contains(where: { !$0.isWhitespace }) else { continue }
      headers.append(value)
      guard headers.count <= L402Limits.headerCount else {
        throw CommandFailure("standard input has more than \(L402Limits.headerCount) headers")
      }
    }
    guard !headers.isEmpty else {
      throw CommandFailure(
        "there is no challenge on standard input",
        hint: "write the WWW-Authenticate values of the 402 answer there, one per line")
    }
    return headers
  }
}
