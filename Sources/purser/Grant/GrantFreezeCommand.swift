internal import ArgumentParser
internal import PurserAPI

struct GrantFreezeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Stop a grant and all below it, until it is unfrozen.",
    discussion: "What is in flight still settles.")

  @OptionGroup var target: GrantTargetOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    try await target.mark(GrantFreeze.self, "frozen", daemon, repeating)
  }
}
