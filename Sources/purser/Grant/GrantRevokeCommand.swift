internal import ArgumentParser
internal import PurserAPI

struct GrantRevokeCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Stop a grant and all below it, for good.",
    discussion: """
      What is in flight still settles. Copies of credentials that were handed out stay good \
      until they end.
      """)

  @OptionGroup var target: GrantTargetOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    try await target.mark(GrantRevoke.self, "revoked", daemon, repeating)
  }
}
