internal import Foundation
internal import PurserAPI
internal import PurserClient

/// What a ledger with years in it costs.
struct GrowthMeasurement {
  let ledger: GrownLedger
  /// From the start of the program to its first answer, in seconds: empty, and grown with the
  /// file in the page cache.
  let smallStart: Double
  let grownStart: Double
  /// What the daemon then has in memory, in bytes, and after the spending.
  let resident: Int
  let residentAfterSpending: Int
  /// One spend at a time, in an empty ledger and in this one; the rounds with the middle speed.
  let smallSpend: LoadResult
  let grownSpend: LoadResult
  /// Seconds that recomputing everything from the rows took.
  let verification: Double
  /// The size of the database, in bytes.
  let fileSize: Int

  init(_ daemon: DaemonUnderTest, grants: Int, openGrants: Int, events: Int) throws {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    ledger = GrownLedger(grants: grants, openGrants: openGrants, events: events, nowMs: now)
    try require(
      grants > 0 && events >= grants && grants.isMultiple(of: GrownLedger.treeSize)
        && openGrants.isMultiple(of: GrownLedger.treeSize),
      "growth: grants come in trees of \(GrownLedger.treeSize), with an event each at least")
    smallStart = try daemon.restart()
    Progress.say("growth: filling the ledger")
    daemon.stop()
    try ledger.fill(BulkDatabase(path: daemon.ledgerFile))
    let attributes = try FileManager.default.attributesOfItem(atPath: daemon.ledgerFile)
    fileSize = (attributes[.size] as? Int) ?? 0
    grownStart = try daemon.restart()
    resident = try ProcessMemory.resident(daemon.child.processID)
    Progress.say("growth: the grown ledger answers after \(grownStart) s")
    // Beside it, on the same disk, one in which nothing has happened.
    let small = try DaemonUnderTest(in: daemon.directory + "-small", programs: daemon.programs)
    defer { small.stop() }
    (smallSpend, grownSpend) = try Self.spend(
      GrantTreeOfThree(leaves: 1, on: small), GrantTreeOfThree(leaves: 1, on: daemon))
    residentAfterSpending = try ProcessMemory.resident(daemon.child.processID)
    Progress.say("growth: verifying")
    let start = monotonicNanoseconds()
    try daemon.verify()
    verification = Double(monotonicNanoseconds() - start) / 1e9
  }

  /// Spends in both by turns, since the disk is faster at one time than at another.
  private static func spend(
    _ small: GrantTreeOfThree, _ grown: GrantTreeOfThree
  ) throws -> (LoadResult, LoadResult) {
    let shape = LoadShape(connections: 1, inFlight: 1, warmUpSeconds: 0.5, seconds: 1.5)
    var results: [(small: LoadResult, grown: LoadResult)] = []
    for _ in 0..<5 {
      results.append(
        (try small.run(shape, tokenIn: .session), try grown.run(shape, tokenIn: .session)))
    }
    func middle(_ results: [LoadResult]) -> LoadResult {
      results.sorted { $0.perSecond < $1.perSecond }[results.count / 2]
    }
    return (middle(results.map(\.small)), middle(results.map(\.grown)))
  }
}
