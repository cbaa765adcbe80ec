internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct AuditMineCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "mine",
    abstract: "List what was done at your grant and below it, oldest first.",
    discussion: "To read on, give the last number that was shown as --after.")

  @Option(help: "Events after this number.")
  var after: UInt64?

  @Option(help: "At most so many: 1 to 1000, 100 when missing.")
  var limit: Int?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard let limit, !(1...1000).contains(limit) else { return }
    throw ValidationError("--limit is 1 to 1000")
  }

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let reply = try await call.plain(AuditMine.self, .init(after: after, limit: limit))
    daemon.show(reply) { AuditText.list($0.events) }
  }
}
