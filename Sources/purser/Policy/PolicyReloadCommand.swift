internal import ArgumentParser
internal import PurserAPI

struct PolicyReloadCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Have the daemon read its policy anew, all or nothing.",
    discussion: """
      When anything in its files is wrong, the policy in force stays, and the mistakes are told \
      here; the status is 1 then. A SIGHUP to purserd does the same, and tells its log.
      """)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let reply = try await DaemonCall.asOperator(daemon).plain(PolicyReload.self, NoParameters())
    daemon.show(reply, as: \.lines)
    guard reply.ok else {
      throw CommandFailure(
        "the policy was not changed",
        hint: "correct the files; `purser policy check` reads them without the daemon")
    }
  }
}

extension PolicyReload.Reply {
  /// What became of it, for people.
  fileprivate var lines: [String] {
    let texts = mistakes + warnings + (ok && changes.isEmpty ? ["nothing differs"] : changes)
    return texts.map { Terminal.sanitized($0, limit: 1000) }
      + files.map {
        "\(ok ? "read" : "still in force"): \(Terminal.sanitized($0.name)) sha256 \($0.sha256)"
      }
  }
}
