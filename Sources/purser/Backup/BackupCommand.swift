internal import ArgumentParser
internal import PurserAPI
internal import PurserConfig
internal import PurserCore
internal import PurserLedger

struct BackupCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write a sealed copy of the ledger to a new file.",
    discussion: """
      It is one state of the ledger, with everything that was acknowledged before, whether a daemon \
      runs or not. It is sealed under the current master key. Neither the master keys nor the key \
      of the audit log are in it: without copies of both files, kept elsewhere, nobody can restore \
      it. Archives and exports of the audit log are files of their own.
      """)

  @Argument(help: "The new file; nothing is ever overwritten.", completion: .file())
  var file: String

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let settings = try configuration.load()
    let path = try AbsolutePath.of(file)
    let reply: LedgerBackup.Reply
    if try settings.isLedgerInUse() {
      reply = try await DaemonCall.asOperator(daemon, of: settings)
        .plain(LedgerBackup.self, .init(file: path))
    } else {
      reply = try Self.write(path, settings)
    }
    daemon.show(reply) { reply in
      TextTable.facts([
        ("backup", Terminal.sanitized(reply.file, limit: .max)), ("bytes", "\(reply.bytes)"),
        ("events", "\(reply.events)"), ("sha256", Terminal.sanitized(reply.sha256)),
        ("opens with", "master key \(reply.key)"),
      ]) + [
        "the keys are not in it: keep copies of \(Terminal.sanitized(settings.keyFile)) and "
          + "\(Terminal.sanitized(settings.auditKeyFile)) elsewhere"
      ]
    }
  }

  private static func write(_ path: String, _ settings: Configuration) throws -> LedgerBackup.Reply
  {
    let keyring = try KeyFailure.mapping { () throws(ConfigError) in
      try KeyFile.load(settings.keyFile)
    }
    do throws(BackupError) {
      return LedgerBackup.Reply(
        try SQLiteLedger.writeBackup(of: settings.ledgerFile, to: path, keyring: keyring),
        file: path)
    } catch { throw CommandFailure(Terminal.sanitized("\(error)", limit: 500)) }
  }
}
