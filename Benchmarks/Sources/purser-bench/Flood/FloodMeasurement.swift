internal import Foundation
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// What a worker notices of another one that floods the daemon with calls that are refused.
struct FloodMeasurement {
  /// One spend at a time, quiet and during the flood; the rounds with the middle p99.
  let quiet: LoadResult
  let flooded: LoadResult
  /// The calls that were refused, over how many seconds, and the events that tell of them.
  let refused: Int
  let seconds: Double
  let events: Int
  /// By how much the database grew with the flood alone, in bytes, and how many events that were.
  let growth: Int
  let growthEvents: Int

  static let rounds = 3
  private static let secondsOfRound = 18.0
  private static let secondsAlone = 10.0

  init(_ daemon: DaemonUnderTest) throws {
    let tree = try GrantTreeOfThree(leaves: 1, on: daemon)
    let hostile = try Self.hostileToken(daemon)
    let shape = LoadShape(connections: 1, inFlight: 1, warmUpSeconds: 2, seconds: 6)
    var pairs: [(quiet: LoadResult, flooded: LoadResult)] = []
    var calls = 0
    for round in 1...Self.rounds {
      Progress.say("flood: round \(round) of \(Self.rounds)")
      let quiet = try tree.run(shape, tokenIn: .session)
      let flood = try Flood(daemon, token: hostile, seconds: Self.secondsOfRound)
      var during = shape
      // As long as the flood surely lasts.
      during.seconds = Self.secondsOfRound - 4
      let flooded = try tree.run(during, tokenIn: .session)
      calls += try flood.finish()
      pairs.append((quiet, flooded))
    }
    func middle(_ results: [LoadResult]) -> LoadResult {
      results.sorted { $0.latency.quantile(0.99) < $1.latency.quantile(0.99) }[results.count / 2]
    }
    quiet = middle(pairs.map(\.quiet))
    flooded = middle(pairs.map(\.flooded))
    // With the end of the daemon the log has everything that was counted.
    _ = try daemon.restart()
    let noted = try Self.refusals(daemon, after: 0)
    try require(noted.calls == calls, "\(noted.calls) of \(calls) refused calls are in the log")
    refused = calls
    seconds = Self.secondsOfRound * Double(Self.rounds)
    events = noted.events
    (growth, growthEvents) = try Self.alone(daemon, hostile)
    try daemon.verify()
  }

  /// The flood with nobody beside it: all that the database grows by is its own.
  private static func alone(
    _ daemon: DaemonUnderTest, _ token: String
  ) throws -> (bytes: Int, events: Int) {
    Progress.say("flood: alone")
    _ = try daemon.restart()
    let last = try daemon.operatorConnection().call(AuditVerify.self, NoParameters()).events
    let before = try size(daemon)
    _ = try Flood(daemon, token: token, seconds: secondsAlone).finish()
    _ = try daemon.restart()
    return (try size(daemon) - before, try refusals(daemon, after: last).events)
  }

  /// The bytes of the pages in use; the write-ahead log is used again and again.
  private static func size(_ daemon: DaemonUnderTest) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: daemon.ledgerFile)
    return attributes[.size] as? Int ?? 0
  }

  /// A grant that may spend nothing more than it has spent.
  private static func hostileToken(_ daemon: DaemonUnderTest) throws -> String {
    var limits = GrantCreate.Parameters()
    limits.name = "hostile"
    limits.spendMsat = Msat(1)
    return try daemon.operatorConnection().call(GrantCreate.self, limits).token
  }

  /// The events that tell of refusals, and how many calls they count.
  private static func refusals(
    _ daemon: DaemonUnderTest, after start: UInt64
  ) throws -> (events: Int, calls: Int) {
    let connection = try daemon.operatorConnection()
    var after = start
    var found = (events: 0, calls: 0)
    while true {
      let page = try connection.call(AuditList.self, .init(after: after, limit: 1000)).events
      guard let last = page.last else { return found }
      after = last.seq
      for event in page where event.event.contains(#""action":"refused""#) {
        found.events += 1
        let count = event.event.firstMatch(of: /"count":(\d+)/).flatMap { Int($0.1) }
        found.calls += count ?? 0
      }
    }
  }
}

/// The hostile process while it runs.
private struct Flood {
  private let child: Child
  private let log: String

  /// Starts it, and waits until it is about to begin.
  init(_ daemon: DaemonUnderTest, token: String, seconds: Double) throws {
    let tokenFile = daemon.directory + "/hostile"
    try token.write(toFile: tokenFile, atomically: true, encoding: .utf8)
    log = daemon.directory + "/flood.log"
    try? FileManager.default.removeItem(atPath: log)
    child = try Child(
      CommandLine.arguments[0], ["flood-socket", daemon.agentSocket, tokenFile, "\(seconds)"],
      logFile: log)
    let log = log
    try child.wait("the flood") {
      (try? String(contentsOfFile: log, encoding: .utf8))?.contains("ready") ?? false
    }
  }

  /// Waits for its end, and gives how many of its calls were refused.
  func finish() throws -> Int {
    let isWhole = child.waitForExit()
    let text = try String(contentsOfFile: log, encoding: .utf8)
    guard isWhole, let last = text.split(separator: "\n").last, let calls = Int(last) else {
      throw BenchError("the flood ended early: \(text.suffix(300))")
    }
    return calls
  }
}
