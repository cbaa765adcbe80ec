internal import Foundation
internal import Glibc

/// Where and with what a run was made.
struct Machine {
  /// What it is, beside what is said of it.
  let facts: [(String, String)]

  init(directory: String, programs: String) {
    let place = FileSystem(of: directory)
    var facts = [
      ("date", Self.today),
      ("processor", "\(Self.processor), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores"),
      ("memory", "\(Self.memory) GB"),
      ("system", "\(Self.distribution), Linux \(Self.kernel)"),
      ("disk", "\(place.type) on \(place.device)"),
    ]
    let programs: [(String, String, [String])] = [
      ("Purser", "\(programs)/purserd", ["--version"]),
      ("Redis", "/usr/bin/env", ["redis-cli", "--version"]),
      ("PostgreSQL", "/usr/bin/env", ["pgbench", "--version"]),
      ("Swift", "/usr/bin/env", ["swift", "--version"]),
    ]
    for (name, path, arguments) in programs {
      // A part that was left out may not be installed.
      guard let answer = try? Child.output(path, arguments),
        let line = answer.split(separator: "\n").first
      else { continue }
      facts.append((name, String(line)))
    }
    self.facts = facts
  }

  private static var today: String {
    Date().formatted(.iso8601.year().month().day())
  }

  private static var kernel: String {
    file("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static var distribution: String {
    value(of: "PRETTY_NAME", in: file("/etc/os-release"), separator: "=")
  }

  private static var processor: String {
    value(of: "model name", in: file("/proc/cpuinfo"), separator: ":")
  }

  private static var memory: Int {
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 1_000_000_000
  }

  private static func file(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  private static func value(of name: String, in text: String, separator: Character) -> String {
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    let value = line?.split(separator: separator, maxSplits: 1).last ?? "unknown"
    return value.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
  }
}
