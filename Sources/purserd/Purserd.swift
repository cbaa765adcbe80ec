internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import PurserAPI
internal import PurserConfig
internal import PurserServer

/// The daemon.
///
/// Exit codes: 0 stopped by a signal, 1 could not start or go on, 64 wrong usage.
@main
struct Purserd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purserd",
    abstract: "Hold the wallet and the paid tokens, and give each agent its share.",
    discussion: """
      Reads config.yaml (`purser init` writes one), opens the ledger and serves two Unix sockets \
      until SIGTERM or SIGINT. What is in flight then is finished first.
      """,
    version: PurserVersion.current)

  @Option(help: "The configuration file.", completion: .file(extensions: ["yaml"]))
  var config: String

  func run() async throws {
    // What the daemon makes, files and sockets, is for its own user alone.
    umask(0o077)
    // A file that may not grow any more is an error of one write, not the end of the daemon.
    signal(SIGXFSZ, SIG_IGN)
    OpenFiles.raiseLimit()
    do {
      let environment = ProcessInfo.processInfo.environment
      let settings = try Configuration.load(config, environment: environment)
      let activated = try ActivatedSockets(environment: environment, processID: getpid())
      try await Daemon(settings, activated: activated).run()
    } catch {
      Self.writeError("purserd: error: \(error)")
      throw ExitCode.failure
    }
  }

  private static func writeError(_ line: String) {
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }
}
