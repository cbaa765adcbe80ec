internal import ArgumentParser
internal import PurserConfig
internal import PurserCore
internal import PurserLedger

struct PolicyCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Read policies as the daemon does, and say what is wrong; without a daemon.",
    discussion: """
      Each path is a policy: a file, or a directory with *.yaml files. Mistakes go to standard \
      error, warnings to standard output. Exits with 1 when there is a mistake; warnings alone do \
      not count, unless with --strict.
      """)

  @Argument(
    help: ArgumentHelp("A policy's file or directory.", valueName: "path"),
    completion: .file(extensions: ["yaml"]))
  var paths: [String]

  @Flag(help: "Exit with 1 when there is a warning, too.")
  var strict = false

  @Flag(help: "Print JSON: one object for each policy, a line each.")
  var json = false

  private struct Report: Encodable {
    let policy: String
    let ok: Bool
    let mistakes: [String]
    let warnings: [String]
    let services: Int
    let claims: Int
  }

  func run() throws {
    let reports = paths.map(Self.check)
    for report in reports { show(report) }
    let bad = reports.count { !$0.ok || strict && !$0.warnings.isEmpty }
    guard bad == 0 else {
      throw CommandFailure("\(bad) of \(reports.count) policies did not pass")
    }
  }

  private static func check(_ path: String) -> Report {
    do throws(ConfigError) {
      let reading = try PolicyFile.read(path, calendar: SystemCalendar())
      let policy = reading.edition.policy
      return Report(
        policy: path, ok: true, mistakes: [], warnings: reading.warnings.map(\.description),
        services: policy.services.count, claims: policy.claims.count)
    } catch {
      let mistakes = error.description.split(separator: "\n").map(String.init)
      return Report(
        policy: path, ok: false, mistakes: mistakes, warnings: [], services: 0, claims: 0)
    }
  }

  private func show(_ report: Report) {
    guard !json else { return Terminal.writeLine(JSONLine.text(report)) }
    for mistake in report.mistakes { Terminal.writeError(Terminal.sanitized(mistake, limit: 1000)) }
    for warning in report.warnings { Terminal.writeLine(Terminal.sanitized(warning, limit: 1000)) }
    guard report.ok else { return }
    Terminal.writeLine(
      "\(Terminal.sanitized(report.policy)): ok, \(report.services) services, "
        + "\(report.claims) claims")
  }
}
