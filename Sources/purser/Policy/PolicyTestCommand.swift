internal import ArgumentParser
internal import PurserConfig
internal import PurserCore
internal import PurserLedger

struct PolicyTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Decide the cases of files of expected decisions; without a daemon.",
    discussion: """
      Each file names a policy, describes grants and what their holders propose, and says what is \
      to become of it. The rules that decide are those of the daemon. Exits with 1 when a decision \
      is another one.
      """)

  @Argument(
    help: ArgumentHelp("A file of expected decisions.", valueName: "path"),
    completion: .file(extensions: ["yaml"]))
  var paths: [String]

  @Flag(help: "Print JSON: one object for each case, a line each.")
  var json = false

  private struct Report: Encodable {
    let place: String
    let name: String
    let ok: Bool
    let fault: String?
  }

  func run() throws {
    var passed = 0
    var failed = 0
    for path in paths {
      for outcome in try Self.outcomes(of: path) {
        if outcome.fault == nil { passed += 1 } else { failed += 1 }
        show(outcome)
      }
    }
    if !json { Terminal.writeLine("\(passed) passed, \(failed) failed") }
    guard failed == 0 else { throw CommandFailure("\(failed) decisions were not as expected") }
  }

  private static func outcomes(of path: String) throws(CommandFailure) -> [PolicyCaseOutcome] {
    do throws(ConfigError) {
      let calendar = SystemCalendar()
      return try PolicyTestFile.load(path, calendar: calendar).run(calendar: calendar)
    } catch { throw CommandFailure("\(error)") }
  }

  private func show(_ outcome: PolicyCaseOutcome) {
    let tested = outcome.policyCase
    guard !json else {
      let report = Report(
        place: tested.place, name: tested.name, ok: outcome.fault == nil, fault: outcome.fault)
      return Terminal.writeLine(JSONLine.text(report))
    }
    guard let fault = outcome.fault else { return }
    Terminal.writeLine(
      "\(tested.place): \(Terminal.sanitized(tested.name)): \(Terminal.sanitized(fault, limit: 500))"
    )
  }
}
