internal import ArgumentParser
internal import Foundation
internal import L402

struct ChallengeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "challenge",
    abstract: "Look at the offers of servers that want to be paid.",
    subcommands: [Decode.self])

  struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what WWW-Authenticate headers offer.",
      discussion: """
        Reads the headers from standard input, one per line, with or without the header's name. \
        Every challenge is listed, those of other schemes by name only. The invoice is shown as \
        it was sent; 'purser invoice decode' reads it.

        Exits with 0 when at least one offer can be answered, with 1 when none can.
        """)

    @Flag(help: "Print a JSON array, one object for each challenge.")
    var json = false

    func run() throws {
      let values = try HeaderInput.read(from: FileHandle.standardInput)
      let reports = values.flatMap { line in
        ChallengeParser.challenges(inHeaders: [line.value]).map {
          OfferReport(of: $0, line: line.number)
        }
      }
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(reports), as: UTF8.self))
      } else {
        for report in reports { print(report.text) }
      }
      guard reports.contains(where: \.usable) else {
        let message = """
          purser: error: none of the \(reports.count) challenges can be answered; \
          give a WWW-Authenticate value with a token and an invoice

          """
        FileHandle.standardError.write(Data(message.utf8))
        throw ExitCode.failure
      }
    }
  }
}
