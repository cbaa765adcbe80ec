internal import ArgumentParser
internal import PurserAPI

struct GrantUnfreezeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "unfreeze",
    abstract: "Lift the freeze of a grant.",
    discussion: "It takes whoever froze the grant, or someone above.")

  @OptionGroup var target: GrantTargetOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    try await target.mark(GrantUnfreeze.self, "unfrozen", daemon, repeating)
  }
}
