internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct GrantUnfreezeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "unfreeze",
    abstract: "Lift the freeze of a grant.",
    discussion: "It takes whoever froze the grant, or someone above.")

  @OptionGroup var target: GrantTargetOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let reply = try await target.ask(GrantUnfreeze.self, daemon, repeating)
    daemon.show(reply) { ["unfrozen \($0.node.hex)"] }
  }
}
