/// The part of the report about durable operations.
enum SpeedSection {
  static func text(_ speed: Speed) -> String {
    ["## Durable operations", method, table(speed), load(speed), disk(speed), peers]
      .compactMap { $0 }.joined(separator: "\n\n")
  }

  private static let method = """
    An operation is a `spend.reserve` or a `spend.settle`, half of each, on a tree of three levels:
    one top, eight grants below it, and a leaf for each connection below those. Each is answered
    when it is on disk. `N × K` is N connections with K requests in flight on each. The load comes
    from one thread of one process beside the server; every answer is checked, and at the end the
    counters of the top against the sum of the answers. Each load runs for seconds, in several
    rounds in which the contenders take turns; what is shown is the round with the middle speed.
    CPU is that of the server alone, user and system, per operation.
    """

  private static func table(_ speed: Speed) -> String {
    var rows: [[String]] = []
    for (connections, inFlight) in Speed.shapes {
      for contender in Contender.allCases {
        guard let result = speed.median(contender, connections, inFlight) else { continue }
        rows.append([
          "\(connections) × \(inFlight)", contender.name, Markdown.count(result.perSecond),
          Markdown.milliseconds(result.latency.quantile(0.5)),
          Markdown.milliseconds(result.latency.quantile(0.99)),
          Markdown.number(result.serverMicroseconds),
        ])
      }
    }
    return Markdown.table(
      ["load", "server", "operations/s", "p50, ms", "p99, ms", "CPU, µs"], rows, names: 2)
  }

  private static func load(_ speed: Speed) -> String? {
    speed.median(.purserSession, 64, 16).map { result in
      let each = Markdown.number(result.ownCPU / Double(result.operations) * 1e6)
      let share = Markdown.number(result.ownCPU / result.seconds * 100)
      return
        "The load generator takes \(each) µs of CPU an operation at 64 × 16, \(share) % of a core."
    }
  }

  private static func disk(_ speed: Speed) -> String {
    func figures(_ probes: [FsyncProbe]) -> String {
      probes.map { Markdown.count($0.perSecond) }.joined(separator: ", ")
    }
    return """
      The disk, before each round and after the last, in `fdatasync` of 4 KiB a second: appended to
      a file, \(figures(speed.appends)); written over what is there, \(figures(speed.overwrites)).
      Half of the former take under \(Markdown.milliseconds(speed.syncLatency)) ms.
      """
  }

  static func goals(_ speed: Speed) -> [Goal] {
    var goals: [Goal] = []
    func rate(_ contender: Contender, _ connections: Int, _ inFlight: Int) -> Double? {
      speed.median(contender, connections, inFlight)?.perSecond
    }
    let best = [1, 16, 64].compactMap { rate(.postgreSQL, $0, 1) }.max()
    if let ours = rate(.purserSession, 64, 1), let redis = rate(.redis, 64, 1), let best {
      goals.append(.atLeast(3.5, "64 × 1: operations/s against Redis", ours / redis))
      goals.append(
        .atLeast(20, "64 × 1: operations/s against PostgreSQL's best", ours / best))
    }
    if let ours = rate(.purserSession, 64, 16), let redis = rate(.redis, 64, 16) {
      goals.append(.atLeast(5, "64 × 16: operations/s against Redis", ours / redis))
    }
    if let single = speed.median(.purserSession, 1, 1) {
      let sync = Double(max(speed.syncLatency, 1))
      goals.append(
        .atMost(
          1.5, "1 × 1: p50 against that of an append and `fdatasync`",
          Double(single.latency.quantile(0.5)) / sync, unit: "×"))
    }
    if let pipelined = speed.median(.purserSession, 64, 16) {
      goals.append(
        .atMost(
          15, "64 × 16: CPU of the daemon for an operation", pipelined.serverMicroseconds,
          unit: "µs"))
    }
    return goals
  }

  private static let peers = """
    ### What the servers do for an operation

    All three check and change three levels, write the hold and append to the audit log, atomically,
    and answer after it was synced to the same disk. They get the same number of outstanding
    requests over Unix sockets. What differs:

    - **Purser** reads JSON, verifies the token's chain of signatures (in its second row it comes
      with each request and is parsed as well), checks state, expiry and the limits that the token
      states, arms the hold's timer, and hashes each audit event into a chain.
    - **Redis**: a Lua script for each operation, called by `EVALSHA`; nodes and holds are hashes,
      the audit log is a list. `appendfsync always`, no snapshots, no rewriting of the log during
      the run. Redis syncs once for all commands of one turn of its event loop. It is driven by the
      same load generator as Purser. No tokens, no hash chain, no timer for holds.
    - **PostgreSQL**: a plpgsql function for each operation, driven by pgbench with prepared
      statements from one thread. `synchronous_commit` and `fsync` are on; it has memory for
      everything, room for HOT updates and no checkpoint during the run. There are no foreign keys
      and no indexes but the primary keys. The row of the top is locked by every operation until
      its commit, so it is changed last; that lock is why more clients do not help. A connection
      runs one transaction at a time, so there is no row for 64 × 16. No tokens, no hash chain, no
      timer for holds.
    """
}
