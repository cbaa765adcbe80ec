internal import ArgumentParser
internal import FoundationEssentials
internal import PurserConfig
internal import PurserLedger

/// The configuration of the daemon, for commands that work on its files.
struct ConfigurationOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("The daemon's config.yaml, in place of the usual one.", valueName: "path"),
    completion: .file(extensions: ["yaml"]))
  var config: String?

  /// Reads it.
  /// - Throws: ``CommandFailure``.
  func load() throws -> Configuration {
    let path = try config ?? AuditPlaces.usual().configurationFile
    do throws(ConfigError) {
      return try Configuration.load(path, environment: ProcessInfo.processInfo.environment)
    } catch {
      throw CommandFailure("\(error)", hint: config == nil ? "name it with --config" : nil)
    }
  }
}

extension Configuration {
  /// The ledger's database.
  var ledgerFile: String { dataDirectory + "/ledger.db" }

  /// Whether a daemon, or another command, has the ledger open now.
  /// - Throws: ``CommandFailure`` when that cannot be found out.
  func isLedgerInUse() throws(CommandFailure) -> Bool {
    do throws(LedgerOpenError) { return try SQLiteLedger.isInUse(path: ledgerFile) } catch {
      throw CommandFailure(
        Terminal.sanitized("\(error)", limit: 500), hint: "run this as the daemon's user")
    }
  }
}
