internal import ArgumentParser
internal import Foundation

/// Measures Purser beside its peers, in one run on one machine.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purser-bench",
    abstract: "Measure Purser beside its peers, in one run on one machine.",
    subcommands: [Run.self, HoldConnections.self, FloodSocket.self], defaultSubcommand: Run.self)
}

/// Everything, or the parts that were chosen.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measure, and write the report.")

  @Option(help: "Where purser and purserd lie, built for release.")
  var programs: String

  @Option(help: "Where the peers' scripts lie.")
  var peers: String

  @Option(help: "Where what is built and installed for the peers is kept.")
  var builds: String

  @Option(help: "The file that gets the report; only printed when left out.")
  var output: String?

  @Option(
    help: "The parts to measure, with commas: ledger, peers, macaroons, memory, flood, growth.")
  var only: String = Part.allCases.map(\.rawValue).joined(separator: ",")

  @Option(help: "How often everything is measured; the middle one counts.")
  var rounds = 3

  @Option(help: "How long each load is measured, after a second to warm up.")
  var seconds = 3.0

  @Option(help: "Grants in the grown ledger, in whole trees of 10,000.")
  var grants = 1_000_000

  @Option(help: "How many of them are open, in whole trees.")
  var openGrants = 100_000

  @Option(help: "Audit events in the grown ledger.")
  var events = 10_000_000

  @Option(help: "The command that the report names.")
  var command = "make bench"

  @Option(help: "Where the run's files go; it must be on a disk.")
  var directory = "/var/tmp"

  enum Part: String, CaseIterable { case ledger, peers, macaroons, memory, flood, growth }

  func run() throws {
    let parts = try Set(
      only.split(separator: ",").map { name in
        guard let part = Part(rawValue: String(name)) else {
          throw ValidationError("there is no part '\(name)'")
        }
        return part
      })
    let place = try RunDirectory(in: directory)
    defer { place.remove() }
    let interruption = Interruption()
    defer { withExtendedLifetime(interruption) {} }
    var report = Report(
      machine: Machine(directory: place.path, programs: programs), command: command)
    if parts.contains(.macaroons) {
      report.macaroons = try MacaroonMeasurement(peers: peers, directory: builds + "/macaroons")
    }
    if !parts.isDisjoint(with: [.ledger, .peers]) {
      report.speed = try measureSpeed(place, withPeers: parts.contains(.peers))
    }
    if parts.contains(.memory) {
      let daemon = try DaemonUnderTest(in: place.path + "/memory", programs: programs)
      defer { daemon.stop() }
      report.memory = try MemoryMeasurement(daemon)
    }
    if parts.contains(.flood) {
      let daemon = try DaemonUnderTest(in: place.path + "/flood", programs: programs)
      defer { daemon.stop() }
      report.flood = try FloodMeasurement(daemon)
    }
    if parts.contains(.growth) {
      let daemon = try DaemonUnderTest(in: place.path + "/grown", programs: programs)
      defer { daemon.stop() }
      report.growth = try GrowthMeasurement(
        daemon, grants: grants, openGrants: openGrants, events: events)
    }
    guard let output else { return print(report.text) }
    try report.text.write(toFile: output, atomically: true, encoding: .utf8)
    Progress.say("wrote \(output)")
  }

  private func measureSpeed(_ place: RunDirectory, withPeers: Bool) throws -> Speed {
    var speed = Speed(rounds: rounds, seconds: seconds, directory: place.path)
    let redis = withPeers ? try RedisPeer(below: place.path, peers: peers, leaves: 64) : nil
    defer { redis?.stop() }
    let postgreSQL = withPeers ? try PostgreSQLPeer(below: place.path, peers: peers) : nil
    defer { postgreSQL?.stop() }
    let daemon = try DaemonUnderTest(in: place.path + "/purser", programs: programs)
    defer { daemon.stop() }
    try speed.run(daemon: daemon, redis: redis, postgreSQL: postgreSQL)
    return speed
  }
}
