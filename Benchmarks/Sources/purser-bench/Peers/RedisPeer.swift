internal import Foundation

/// A Redis with the same tree in it, started and stopped by the scripts in `peers/redis`.
final class RedisPeer {
  private let scripts: String
  private let directory: String
  private let processID: Int32
  private let leaves: Int
  private let digests: (reserve: String, settle: String)

  var socket: String { directory + "/redis.sock" }

  init(below directory: String, peers: String, leaves: Int) throws {
    scripts = peers + "/redis"
    self.directory = directory + "/redis"
    self.leaves = leaves
    processID = try PeerScripts.start(scripts, in: self.directory)
    let socket = self.directory + "/redis.sock"
    func ask(_ words: [String]) throws -> String {
      try Child.output("/usr/bin/redis-cli", ["-s", socket] + words)
    }
    let scripts = self.scripts
    func load(_ name: String) throws -> String {
      try ask(["SCRIPT", "LOAD", String(contentsOfFile: "\(scripts)/\(name).lua", encoding: .utf8)])
    }
    digests = (try load("reserve"), try load("settle"))
    let nodes =
      ["top"] + (0..<GrantTreeOfThree.middles).map { "middle:\($0)" }
      + (0..<leaves).map { "leaf:\($0)" }
    for node in nodes {
      _ = try ask(["HSET", node, "limit", "1000000000000", "settled", "0", "held", "0"])
    }
  }

  func stop() { PeerScripts.stop(scripts, in: directory) }

  /// One run of the load, with the counters of the top checked against the answers.
  func run(_ shape: LoadShape) throws -> LoadResult {
    let before = try books()
    var run = try LoadRun(
      RESPWire(connections: leaves, middles: GrantTreeOfThree.middles, digests: digests),
      path: socket, shape: shape
    ) { [processID] () throws(BenchError) in try CPUTime.of(processID) }
    let result = try run.run()
    try result.check(before: before, after: books(), of: "Redis")
    return result
  }

  private func books() throws -> Books {
    let answer = try Child.output(
      "/usr/bin/redis-cli", ["-s", socket, "HMGET", "top", "settled", "held"])
    let words = answer.split(separator: "\n").compactMap { UInt64($0) }
    try require(words.count == 2, "Redis has no books: \(answer)")
    return Books(settled: words[0], held: words[1])
  }
}
