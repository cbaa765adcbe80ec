internal import ArgumentParser
internal import PurserAPI

struct GrantFreezeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Stop a grant and all below it, until it is unfrozen.",
    discussion: """
      What is in flight still settles. Copies of credentials that were handed out are named: \
      their sellers take them until they end.
      """)

  @OptionGroup var target: GrantTargetOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    try await target.stop(GrantFreeze.self, "frozen", daemon, repeating)
  }
}
