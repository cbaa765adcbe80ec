internal import ArgumentParser
internal import PurserAPI
internal import PurserConfig

struct KeyRotateCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Add a fresh master key, which signs and seals from now on.",
    discussion: """
      The key file is replaced at once as a whole, and a running daemon takes the new key over \
      without a restart. Tokens that an old key signed go on as before, with the same budgets.
      """)

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  private struct Report: Encodable {
    let current: UInt64
    /// Whether a daemon runs and works with it.
    let loaded: Bool
  }

  func run() async throws {
    let settings = try configuration.load()
    let editor = try KeyFailure.mapping { () throws(ConfigError) in
      try KeyFileEditor(settings.keyFile)
    }
    let number = try KeyFailure.mapping { () throws(ConfigError) in
      try editor.rotate(now: TimeText.now())
    }
    let isRunning = try settings.isLedgerInUse()
    if isRunning {
      try await KeyTakeover.reload(settings, daemon, after: "key \(number) was added")
    }
    daemon.show(Report(current: number, loaded: isRunning)) { report in
      [
        "key \(report.current) signs and seals from "
          + (report.loaded ? "now on" : "the daemon's next start on"),
        "keep a copy of \(Terminal.sanitized(settings.keyFile)) in a safe place: backups made from "
          + "now on open with this key",
      ]
    }
  }
}

/// Has the running daemon take over the key file.
enum KeyTakeover {
  /// `change` is what was done to the file before.
  /// - Throws: ``CommandFailure`` that says what the state is now and what to do.
  @discardableResult
  static func reload(
    _ settings: Configuration, _ daemon: DaemonOptions, after change: String
  ) async throws -> KeyReload.Reply {
    let call = try DaemonCall.asOperator(daemon, of: settings)
    let refusal: CommandFailure
    do throws(CommandFailure) {
      return try await call.plain(KeyReload.self, NoParameters())
    } catch { refusal = error }
    throw CommandFailure(
      "\(change), but the daemon goes on with the keys that it had: \(refusal.message)",
      hint: "mend that, then run: purser key reload (or restart purserd)", status: refusal.status,
      reason: "not_reloaded")
  }
}
