internal import ArgumentParser

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Read and narrow grant tokens, with no daemon.",
    discussion: """
      The token comes from --token-file, else from PURSER_TOKEN, else from standard input; never \
      from an argument, which other users can see.
      """,
    subcommands: [TokenInspectCommand.self, TokenAttenuateCommand.self])
}
