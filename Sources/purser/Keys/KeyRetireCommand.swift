internal import ArgumentParser
internal import PurserAPI
internal import PurserConfig

struct KeyRetireCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "retire",
    abstract: "Take an old master key out of use for good.",
    discussion: """
      What is sealed under it is sealed under the current key first. Then the key leaves the file \
      and the running daemon: every grant token that it signed stops, with all that were made of \
      it, and backups sealed under it open only with a copy of the key file that still has it. \
      There is no way back but such a copy. When it is broken off, run it again.
      """)

  @Argument(help: "The number of the key.")
  var number: UInt64

  @Flag(help: "Do it: without this flag the command only says what would stop.")
  var yes = false

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  private struct Report: Encodable {
    let retired: UInt64
    let current: UInt64
    let resealed: UInt64
  }

  func run() async throws {
    let settings = try configuration.load()
    let editor = try KeyFailure.mapping { () throws(ConfigError) in
      try KeyFileEditor(settings.keyFile)
    }
    try check(try KeyFailure.mapping { () throws(ConfigError) in try editor.keys() }, settings)
    guard try settings.isLedgerInUse() else {
      throw CommandFailure(
        "no daemon runs, and what is sealed under key \(number) must be sealed anew by it first",
        hint: "start purserd, then repeat the command", status: .unreachable, reason: "unreachable")
    }
    let call = try DaemonCall.asOperator(daemon, of: settings)
    guard yes else { throw try await warning(call) }
    let resealed = try await call.plain(KeyReseal.self, .init(key: number))
    try KeyFailure.mapping { () throws(ConfigError) in try editor.remove(number) }
    try await KeyTakeover.reload(
      settings, daemon, after: "key \(number) was taken out of the file")
    let report = Report(retired: number, current: resealed.newKey, resealed: resealed.records)
    daemon.show(report) { report in
      [
        "key \(report.retired) is retired; \(report.resealed) records were sealed under key "
          + "\(report.current)"
      ]
    }
  }

  private func check(_ keys: [KeyFileEditor.Key], _ settings: Configuration) throws {
    guard let key = keys.first(where: { $0.number == number }) else {
      throw CommandFailure(
        "there is no key \(number) in \(Terminal.sanitized(settings.keyFile))",
        hint: "see: purser key list; if the daemon still has it: purser key reload")
    }
    guard !key.isCurrent else {
      throw CommandFailure(
        "key \(number) is the current one", hint: "first run: purser key rotate")
    }
  }

  private func warning(_ call: DaemonCall) async throws -> CommandFailure {
    let records =
      try await call.plain(KeyList.self, NoParameters()).keys.first { $0.number == number }?.records
      ?? 0
    return CommandFailure(
      "nothing was done: retiring key \(number) stops for good every grant token that it signed, "
        + "with all made of them, and leaves backups sealed under it to copies of the key file; "
        + "\(records) sealed records move to the current key first",
      hint: "give their holders new tokens, then repeat the command with --yes",
      reason: "not_confirmed")
  }
}
