internal import ArgumentParser
internal import PurserConfig
internal import PurserCore
internal import PurserLedger

struct RestoreCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put the ledger of a backup in place; no daemon may run.",
    discussion: """
      Everything in it is opened and checked first, and a ledger that is there is never overwritten. \
      Every top-level grant starts frozen: the daemon then compares the books with what the wallet \
      has paid since (`purser payment unbooked`), and grants are unfrozen once that is booked. \
      Grants made after the backup are refused for good.
      """)

  @Argument(help: "The backup.", completion: .file())
  var file: String

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  private struct Report: Encodable {
    let ledger: String
    let sha256: String
    let events: UInt64
    let sinceMs: UInt64

    enum CodingKeys: String, CodingKey {
      case ledger, sha256, events
      case sinceMs = "since_ms"
    }
  }

  func run() async throws {
    let settings = try configuration.load()
    let (keyring, keys) = try KeyFailure.mapping { () throws(ConfigError) in
      (try KeyFile.load(settings.keyFile), try AuditKeyFile.load(settings.auditKeyFile).all)
    }
    try AbsolutePath.makeDirectory(settings.dataDirectory)
    let note: RestoreNote
    do throws(BackupError) {
      note = try await SQLiteLedger.restore(
        file, to: settings.ledgerFile, keyring: keyring, auditKeys: keys,
        wallClock: { Timestamp(seconds: TimeText.now()) })
    } catch { throw CommandFailure(Terminal.sanitized("\(error)", limit: 500)) }
    let report = Report(
      ledger: settings.ledgerFile, sha256: note.digest, events: note.events,
      sinceMs: note.since.milliseconds)
    daemon.show(report) { report in
      TextTable.facts([
        ("ledger", Terminal.sanitized(report.ledger, limit: .max)),
        ("events", "\(report.events)"),
        ("last change", TimeText.utc(seconds: report.sinceMs / 1000)),
      ]) + [
        "every top-level grant is frozen; next: start purserd, then run: purser payment unbooked",
        "compare the audit log with a later checkpoint that you kept: purser audit verify --database "
          + "… --checkpoint …",
      ]
    }
  }
}
