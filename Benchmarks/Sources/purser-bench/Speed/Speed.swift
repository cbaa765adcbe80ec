/// Who does the operations.
enum Contender: CaseIterable {
  case purserSession, purserRequest, redis, postgreSQL

  var name: String {
    switch self {
    case .purserSession: "Purser, `session.open`"
    case .purserRequest: "Purser, token in each request"
    case .redis: "Redis"
    case .postgreSQL: "PostgreSQL"
    }
  }
}

/// The measurement of durable operations: every contender, several rounds.
struct Speed {
  /// The connections and the requests in flight of each that are measured.
  static let shapes = [(1, 1), (16, 1), (64, 1), (64, 16)]

  /// One contender at one shape.
  struct Cell: Hashable {
    let contender: Contender
    let connections: Int
    let inFlight: Int
  }

  private(set) var results: [Cell: [LoadResult]] = [:]
  private(set) var appends: [FsyncProbe] = []
  private(set) var overwrites: [FsyncProbe] = []
  private let rounds: Int
  private let seconds: Double
  private let directory: String

  init(rounds: Int, seconds: Double, directory: String) {
    self.rounds = rounds
    self.seconds = seconds
    self.directory = directory
  }

  /// Runs all rounds; the contenders take turns, so that a slow spell of the disk meets them all.
  mutating func run(
    daemon: DaemonUnderTest, redis: RedisPeer?, postgreSQL: PostgreSQLPeer?
  ) throws {
    let tree = try GrantTreeOfThree(
      leaves: Self.shapes.map(\.0).max() ?? 1, on: daemon)
    for round in 1...rounds {
      Progress.say("round \(round) of \(rounds)")
      try probe()
      for (connections, inFlight) in Self.shapes {
        let shape = LoadShape(connections: connections, inFlight: inFlight, seconds: seconds)
        add(try tree.run(shape, tokenIn: .session), .purserSession, shape)
        if let redis { add(try redis.run(shape), .redis, shape) }
        add(try tree.run(shape, tokenIn: .request), .purserRequest, shape)
        // A connection of PostgreSQL has one transaction at a time.
        if let postgreSQL, inFlight == 1 { add(try postgreSQL.run(shape), .postgreSQL, shape) }
      }
    }
    try probe()
    Progress.say("checking the books")
    try daemon.verify()
  }

  private mutating func probe() throws(BenchError) {
    let append = try FsyncProbe(.append, in: directory)
    let overwrite = try FsyncProbe(.overwrite, in: directory)
    appends.append(append)
    overwrites.append(overwrite)
    Progress.say(
      "fdatasync a second: \(Int(append.perSecond)), in place \(Int(overwrite.perSecond))")
  }

  private mutating func add(_ result: LoadResult, _ contender: Contender, _ shape: LoadShape) {
    let cell = Cell(
      contender: contender, connections: shape.connections, inFlight: shape.inFlight)
    results[cell, default: []].append(result)
    Progress.say(
      "\(contender.name), \(shape.name): \(Int(result.perSecond)) operations a second, "
        + "\(Int(result.serverMicroseconds)) µs of CPU each")
  }

  /// The round with the middle speed; nil where nothing was measured.
  func median(_ contender: Contender, _ connections: Int, _ inFlight: Int) -> LoadResult? {
    let cell = Cell(contender: contender, connections: connections, inFlight: inFlight)
    let sorted = (results[cell] ?? []).sorted { $0.perSecond < $1.perSecond }
    return sorted.isEmpty ? nil : sorted[sorted.count / 2]
  }

  /// The middle of the probes' median times for an append to become durable, in nanoseconds.
  var syncLatency: UInt64 {
    let sorted = appends.map { $0.latency.quantile(0.5) }.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
