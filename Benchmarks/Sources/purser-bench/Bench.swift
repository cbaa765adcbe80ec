internal import ArgumentParser
internal import Foundation

/// Measures Purser beside its peers, in one run on one machine.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "purser-bench")

  @Option(help: "Where purser and purserd lie, built for release.")
  var programs: String

  @Option(help: "Where the peers' scripts lie.")
  var peers: String

  func run() throws {
    let directory = "/var/tmp/purser-bench.\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let probe = try FsyncProbe(in: directory)
    print("fsync: \(probe.perSecond)/s p50 \(probe.latency.quantile(0.5) / 1000) µs")
    func show(_ name: String, _ shape: LoadShape, _ result: LoadResult) {
        print(
          name, shape.name, "ops/s", Int(result.perSecond), "p50",
          result.latency.quantile(0.5) / 1000, "p99", result.latency.quantile(0.99) / 1000,
          "cpu/op", result.serverMicroseconds, "own cpu/s", result.ownCPU / result.seconds)
    }
    let shapes = [(1, 1), (16, 1), (64, 1), (64, 16)].map { LoadShape(connections: $0.0, inFlight: $0.1) }
    let redis = try RedisPeer(below: directory, peers: peers, leaves: 64)
    defer { redis.stop() }
    for shape in shapes { show("redis", shape, try redis.run(shape)) }
    let daemon = try DaemonUnderTest(below: directory, programs: programs)
    defer { daemon.stop() }
    let tree = try GrantTreeOfThree(leaves: 64, on: daemon)
    for shape in shapes { 
    for place in [JSONRPCWire.TokenPlace.session, .request] { show("purserd " + place.rawValue, shape, try tree.run(shape, tokenIn: place)) } }
    try daemon.verify()
  }
}
