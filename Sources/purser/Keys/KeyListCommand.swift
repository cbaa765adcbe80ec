internal import ArgumentParser
internal import PurserAPI
internal import PurserConfig

struct KeyListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the master keys by number.",
    discussion: """
      Shows which one is current, when each was made where the key file says, and, with a daemon \
      running, how many sealed records need each.
      """)

  @OptionGroup var configuration: ConfigurationOption
  @OptionGroup var daemon: DaemonOptions

  private struct Report: Encodable {
    struct Key: Encodable {
      let number: UInt64
      let current: Bool
      let madeAt: UInt64?
      let inFile: Bool
      /// Nil when no daemon runs.
      let loaded: Bool?
      let records: UInt64?

      enum CodingKeys: String, CodingKey {
        case number, current, loaded, records
        case madeAt = "made_at"
        case inFile = "in_file"
      }
    }

    let keys: [Key]
  }

  func run() async throws {
    let settings = try configuration.load()
    let file = try KeyFailure.mapping { () throws(ConfigError) in
      try KeyFileEditor.keys(in: settings.keyFile)
    }
    var loaded: [KeyList.Key]?
    if try settings.isLedgerInUse() {
      loaded = try await DaemonCall.asOperator(daemon, of: settings)
        .plain(KeyList.self, NoParameters()).keys
    }
    daemon.show(report(file, loaded)) { report in
      var table = TextTable(
        .number("KEY"), .text("STATE"), .text("MADE"), .number("SEALED RECORDS"))
      for key in report.keys {
        table.add(
          "\(key.number)", state(of: key),
          key.madeAt.map { TimeText.utc(seconds: $0) } ?? "-", key.records.map { "\($0)" } ?? "-")
      }
      return table.lines(whenEmpty: "no keys")
    }
  }

  private func report(_ file: [KeyFileEditor.Key], _ loaded: [KeyList.Key]?) -> Report {
    let numbers = Set(file.map(\.number) + (loaded ?? []).map(\.number)).sorted()
    return Report(
      keys: numbers.map { number in
        let written = file.first { $0.number == number }
        let held = loaded?.first { $0.number == number }
        return Report.Key(
          number: number, current: written?.isCurrent ?? false, madeAt: written?.madeAt,
          inFile: written != nil, loaded: loaded.map { _ in held?.isLoaded ?? false },
          records: loaded.map { _ in held?.records ?? 0 })
      })
  }

  private func state(of key: Report.Key) -> String {
    switch (key.inFile, key.loaded) {
    case (false, true?): "not in the file; run: purser key reload"
    case (false, _): "missing"
    case (true, false?): "not taken over; run: purser key reload"
    case (true, _): key.current ? "current" : "old"
    }
  }
}

/// Errors of the key file as commands show them.
enum KeyFailure {
  static func mapping<Value>(
    _ body: () throws(ConfigError) -> Value
  ) throws(CommandFailure) -> Value {
    do throws(ConfigError) { return try body() } catch {
      switch error {
      case .unreadable, .unwritable, .secretOfAnotherUser:
        throw CommandFailure("\(error)", hint: "run this as the daemon's user")
      default: throw CommandFailure("\(error)")
      }
    }
  }
}
