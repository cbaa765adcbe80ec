internal import ArgumentParser
internal import FoundationEssentials
internal import L402

struct ChallengeDecode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Show what WWW-Authenticate headers offer.",
    discussion: """
      Reads the headers from standard input, one per line, with or without the header's name. \
      Every challenge is shown, those of other schemes by name only. The invoice is shown as it \
      was sent; nothing is verified.

      Exits with 0 when at least one challenge can be answered, with 1 when none can. With --json \
      there is one object per challenge, on one line.
      """)

  @Flag(help: "Print JSON: every field as sent, the macaroon's also in hex.")
  var json = false

  func run() throws {
    var reader = LineReader(limit: Self.lineLimit)
    var number = 0
    var hasUsable = false
    while let line = try reader.next() {
      number += 1
      for report in Self.reports(on: line, number: number) {
        try show(report)
        hasUsable = hasUsable || report.usable
      }
    }
    guard hasUsable else {
      throw CommandFailure(
        "there is no challenge that can be answered",
        hint: "give WWW-Authenticate values with an L402 token and an invoice, one per line")
    }
  }

  private static let headerName = "www-authenticate:"
  /// The longest line with a header, in bytes.
  static let lineLimit = L402Limits.headerLength + headerName.utf8.count

  private static func reports(on line: LineReader.Line, number: Int) -> [OfferReport] {
    switch line {
    case .tooLong:
      return [OfferReport(unreadable: "the line is too long to be a header", line: number)]
    case .bytes(let bytes):
      let value = value(of: String(decoding: bytes, as: UTF8.self))
      return ChallengeParser.challenges(inHeaders: [value])
        .map { OfferReport(of: $0, line: number) }
    }
  }

  /// The line without the header's name and the carriage return of HTTP.
  static func value(of line: String) -> String {
    var text = Substring(line).unicodeScalars
    if text.last == "\r" { text.removeLast() }
    let start = String(text.prefix(headerName.unicodeScalars.count))
    if start.lowercased() == headerName { text = text.dropFirst(start.unicodeScalars.count) }
    return String(text)
  }

  private func show(_ report: OfferReport) throws {
    guard json else { return report.lines.forEach(Terminal.writeLine) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Terminal.writeLine(String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}
