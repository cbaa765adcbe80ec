internal import ArgumentParser
internal import PurserAPI

struct StatusCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show whether the daemon runs, and what it says of itself.",
    discussion: """
      With a token (PURSER_TOKEN or --token-file) it asks over the agents' socket and shows the \
      services that the token may use, without one over the operators'.
      """)

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asEither(daemon, token)
    let reply = try await call.plain(SystemInfo.self, NoParameters())
    daemon.show(reply) { reply in
      TextTable.facts([
        ("purserd", Terminal.sanitized(reply.version)), ("socket", Terminal.sanitized(call.path)),
        ("network", Terminal.sanitized(reply.network)),
        ("separation", Terminal.sanitized(reply.separation)),
        ("clock", TimeText.utc(seconds: reply.timeMs / 1000)),
        ("open payments", "\(reply.openPayments)"),
        ("services", reply.services.isEmpty ? "none" : services(of: reply)),
      ])
    }
  }

  private func services(of reply: SystemInfo.Reply) -> String {
    Terminal.sanitized(reply.services.joined(separator: ", "), limit: 2000)
  }
}
