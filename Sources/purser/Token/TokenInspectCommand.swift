internal import ArgumentParser

struct TokenInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a grant token says, without verifying it.",
    discussion: """
      Prints the levels from the top down, each with its caveats; all of them hold at once. It \
      prints nothing that lets anybody use the token, and exits with 0 for any token that can be \
      read, also one that every daemon would refuse.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var token: TokenOptions

  func run() throws {
    let unverified = UnverifiedToken(try token.parse())
    let now = TimeText.now()
    guard !json else {
      return Terminal.writeLine(JSONLine.text(TokenReport(unverified, now: now)))
    }
    TokenReport.lines(unverified, now: now).forEach(Terminal.writeLine)
  }
}
