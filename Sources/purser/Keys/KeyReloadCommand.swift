internal import ArgumentParser
internal import PurserAPI

struct KeyReloadCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Have the running daemon take over the key file as it is now.",
    discussion: """
      For when `rotate` or `retire` changed the file and the daemon could not follow. It takes over \
      all of it or nothing, and says why not.
      """)

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let settings = try configuration.load()
    let call = try DaemonCall.asOperator(daemon, of: settings)
    let reply = try await call.plain(KeyReload.self, NoParameters())
    daemon.show(reply) { reply in
      func list(_ numbers: [UInt64]) -> String {
        numbers.isEmpty ? "none" : numbers.map { "\($0)" }.joined(separator: ", ")
      }
      return TextTable.facts([
        ("current", "\(reply.current)"), ("keys", list(reply.keys)), ("added", list(reply.added)),
        ("removed", list(reply.removed)),
      ])
    }
  }
}
