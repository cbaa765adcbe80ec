internal import ArgumentParser

struct ChallengeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "challenge",
    abstract: "Look at the offers of servers that want to be paid.",
    subcommands: [ChallengeDecode.self])
}
