internal import Foundation

/// A PostgreSQL with the same tree in it, started and stopped by the scripts in
/// `peers/postgresql`, and driven by pgbench.
final class PostgreSQLPeer {
  private let scripts: String
  private let directory: String
  private let processID: Int32

  init(below directory: String, peers: String) throws {
    scripts = peers + "/postgresql"
    self.directory = directory + "/postgresql"
    processID = try PeerScripts.start(scripts, in: self.directory)
  }

  func stop() { PeerScripts.stop(scripts, in: directory) }

  /// One run of pgbench, with the counters of the top checked against the rows.
  func run(_ shape: LoadShape) throws -> LoadResult {
    let log = directory + "/pgbench"
    let before = try rows()
    let pgbench = try Child(
      "/usr/bin/env",
      [
        "pgbench", "--host=\(directory)", "--username=postgres", "--no-vacuum",
        "--protocol=prepared", "--client=\(shape.connections)", "--jobs=1",
        "--time=\(Int((shape.warmUpSeconds + shape.seconds).rounded(.up)) + 1)",
        "--define=open=0", "--file=\(scripts)/operation.pgbench", "--log",
        "--log-prefix=\(log)", "postgres",
      ], logFile: directory + "/pgbench.out")
    usleep(UInt32(shape.warmUpSeconds * 1e6))
    let start = try reading()
    usleep(UInt32(shape.seconds * 1e6))
    let end = try reading()
    try require(pgbench.waitForExit(), "pgbench failed; see \(directory)/pgbench.out")
    let latency = try Self.latency(log, pgbench.processID, from: start.time, to: end.time)
    let after = try rows()
    return LoadResult(
      operations: latency.count, seconds: end.time - start.time, latency: latency,
      serverCPU: end.cpu - start.cpu, ownCPU: 0, reserves: after.reserves - before.reserves,
      settles: after.settles - before.settles)
  }

  private func reading() throws(BenchError) -> (time: Double, cpu: Double) {
    (Date().timeIntervalSince1970, try CPUTime.ofFamily(processID))
  }

  /// What pgbench's log says of the operations that ended in a span of time: a line for each, the
  /// third word being the microseconds that it took, the fifth and sixth when it ended.
  private static func latency(
    _ prefix: String, _ processID: Int32, from start: Double, to end: Double
  ) throws -> Histogram {
    let file = "\(prefix).\(processID)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    var latency = Histogram()
    for line in try String(contentsOfFile: file, encoding: .utf8).utf8.split(separator: 0x0a) {
      let words = line.split(separator: 0x20).compactMap { UInt64(Substring($0)) }
      try require(words.count == 6, "a line of pgbench's log: \(Substring(line))")
      let time = Double(words[4]) + Double(words[5]) / 1e6
      if time >= start, time < end { latency.add(words[2] * 1000) }
    }
    return latency
  }

  /// How many operations there are in the rows, which must fit the counters of the top.
  private func rows() throws -> (reserves: UInt64, settles: UInt64) {
    let answer = try Child.output(
      "/usr/bin/env",
      [
        "psql", "--host=\(directory)", "--username=postgres", "--no-psqlrc", "--tuples-only",
        "--no-align", "--field-separator= ", "--command",
        """
        SELECT count(*), count(*) FILTER (WHERE state = 'settled'),
          (SELECT count(*) FROM events),
          (SELECT settled_msat FROM nodes WHERE id = 0),
          (SELECT held_msat FROM nodes WHERE id = 0) FROM holds
        """,
      ])
    let words = answer.split(separator: " ").compactMap { UInt64($0) }
    try require(words.count == 5, "PostgreSQL has no books: \(answer)")
    try require(
      words[2] == words[0] + words[1] && words[3] == words[1] * Amounts.settled
        && words[4] == (words[0] - words[1]) * Amounts.reserved,
      "the books of PostgreSQL do not fit its rows: \(answer)")
    return (words[0], words[1])
  }
}
