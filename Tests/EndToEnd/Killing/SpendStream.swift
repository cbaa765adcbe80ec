import Glibc
import LibSQLite
import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import PurserWallet
import Synchronization

/// What the kills met.
struct KillReport: Sendable {
  var kills = 0
  /// Kills while the daemon was starting and took up what the one before had left.
  var killsWhileStarting = 0
  /// Kills that left a request without an answer.
  var killsWithRequests = 0
  /// Requests that were sent and never answered.
  var requestsInFlight = 0
  /// Payments that were not final when the daemon died, by state.
  var paymentsInFlight: [String: Int] = [:]
  /// Operations that were acknowledged in the end.
  var acknowledged = 0
  /// Those of them that moved real money.
  var purchases = 0
  /// Refusals that say that the ledger could not be written.
  var storageRefusals = 0
}

/// What the agents of a stream do, and within which limits.
struct Traffic: Sendable {
  let rootLimit: UInt64
  let workerLimit: UInt64?
  let largestReserve: UInt64
  let largestSettlement: UInt64
  let largestPrice: UInt64
  /// Whether some reserves have no idempotency key.
  let reservesOnce: Bool
  /// Among so many choices one is a request and four are challenges; the others are reserves.
  let choices: Int

  /// No limit is ever met, and most of it is purchases.
  static let plenty = Traffic(
    rootLimit: 1_000_000_000_000, workerLimit: nil, largestReserve: 50_000,
    largestSettlement: .max, largestPrice: 20_000, reservesOnce: false, choices: 8)
  /// The holds of a worker meet its limit, those of all workers meet the root's; what is settled is
  /// so little that there is always something to do.
  static let scarce = Traffic(
    rootLimit: 60_000_000, workerLimit: 15_000_000, largestReserve: 6_000_000,
    largestSettlement: 2_000, largestPrice: 2_000, reservesOnce: true, choices: 24)
}

/// A stream of spends and purchases by several agents, and the daemon that is killed in it.
final class SpendStream: Sendable {
  let installation: Installation
  let gate = Gate()
  let seller: Seller
  let prices: Prices
  let seed: UInt64
  let traffic: Traffic
  private let services: Mutex<[String]>

  /// The service whose challenges the agents bring.
  static let goods = "goods"
  static let workers = 6
  static let feeLimit: UInt64 = 1_009
  /// What the paywall asks for its market data.
  private static let marketPrice: UInt64 = 10_000
  private static let serviceCount = 200

  init(_ installation: Installation, seed: UInt64, traffic: Traffic = .plenty) throws {
    self.installation = installation
    self.seed = seed
    self.traffic = traffic
    seller = try Seller(network: installation.network)
    prices = Prices(
      behavior: SimulatedBehavior(
        baseFee: try require(Msat(7), "a fee"), feePartsPerMillion: 3_333),
      requestPrice: Self.marketPrice, feeLimit: Self.feeLimit)
    // The same seller under many ids: each is bought once.
    let origin = try installation.startPaywall()
    let ids = (0..<Self.serviceCount).map { "market-\($0)" }
    services = Mutex(ids.reversed())
    let market = ids.map { id in
      """
        \(id):
          origins: ["\(origin)"]
          challenge_path: /market-data/prices
          seller_name: market-data
          fee_limit: \(Self.feeLimit)msat
      """
    }
    try installation.writePolicy(
      ([seller.policy(Self.goods, feeLimit: Self.feeLimit)] + market).joined(separator: "\n"))
  }

  /// A service that nobody has asked for; nil when all were.
  func nextService() -> String? { services.withLock { $0.popLast() } }

  /// Kills the daemon `kills` times while the workers work, and compares the books after each.
  func run(kills: Int) throws -> KillReport {
    let report = Mutex(KillReport())
    let workers = try run(try installation.startDaemon()) { daemon, generator, comparison in
      var daemon = daemon
      for _ in 0..<kills { daemon = try self.kill(daemon, &generator, comparison, report) }
      return daemon
    }
    return report.withLock { report in
      for worker in workers {
        let record = worker.record
        report.acknowledged += record.acknowledged.count
        report.purchases += record.acknowledged.count { $0.operation.isPurchase }
        report.storageRefusals += record.storageRefusals
      }
      return report
    }
  }

  /// Runs `disturb` beside the workers; it gives back the daemon that runs at its end, with which
  /// the workers finish what they began, before everything is compared.
  func run(
    _ daemon: ChildProcess,
    _ disturb:
      @escaping @Sendable (
        ChildProcess, inout SeededGenerator, Comparison
      ) throws -> ChildProcess
  ) throws -> [Worker] {
    let root = try installation.grant(.init("root", spend: traffic.rootLimit))
    let orchestrator = try installation.agent(root.token)
    let workers = try (0..<Self.workers).map { index in
      let grant = try orchestrator.call(
        GrantCreate.self, .init("worker \(index)", spend: traffic.workerLimit))
      return Worker(index, grant, self)
    }
    let comparison = Comparison(
      installation: installation, prices: prices, root: root.node, workers: workers)
    let last = try concurrently(workers.count + 1) { index -> ChildProcess? in
      var last: ChildProcess?
      try self.gate.abortingOnFailure {
        guard index == workers.count else { return try workers[index].work() }
        var generator = SeededGenerator(seed: self.seed)
        last = try disturb(daemon, &generator, comparison)
        self.gate.end()
      }
      return last
    }
    try comparison.finish(try require(last.compactMap(\.self).first, "a daemon"))
    return workers
  }

  /// Lets the stream run for a moment, kills the daemon, starts another, and compares.
  private func kill(
    _ daemon: ChildProcess, _ generator: inout SeededGenerator, _ comparison: Comparison,
    _ report: borrowing Mutex<KillReport>
  ) throws -> ChildProcess {
    try makeTrouble(&generator)
    gate.open()
    // Some live long enough to send again what the wallet never got.
    let longest: UInt32 = generator.once(in: 10) ? 1_500_000 : 150_000
    usleep(UInt32.random(in: 1_000...longest, using: &generator))
    let interrupted = try gate.close { daemon.kill() }
    let open = try paymentsInFlight()
    report.withLock { report in
      report.kills += 1
      report.killsWithRequests += interrupted > 0 ? 1 : 0
      report.requestsInFlight += interrupted
      report.paymentsInFlight.merge(open) { $0 + $1 }
    }
    if generator.once(in: 8) {
      let unlucky = try installation.spawnDaemon()
      usleep(UInt32.random(in: 10_000...200_000, using: &generator))
      unlucky.kill()
      report.withLock {
        $0.kills += 1
        $0.killsWhileStarting += 1
      }
    }
    let paid = try comparison.settledInWallet()
    let next = try installation.startDaemon()
    try comparison.compare(paidBefore: paid, &generator)
    return next
  }

  /// Another delay for the wallet's payments, and now and then one that goes wrong.
  func makeTrouble(_ generator: inout SeededGenerator) throws {
    var behavior = prices.behavior
    behavior.delayMilliseconds = UInt64.random(in: 0...80, using: &generator)
    try installation.network.configure(Installation.payer, behavior)
    let delay = UInt64.random(in: 0...300, using: &generator)
    let faults: [SimulatedFault] = [
      .fail(reason: "no route"), .timeoutAfterPaying, .timeoutNotPaid,
      .pendingThenSettled(milliseconds: delay),
      .pendingThenFailed(milliseconds: delay, reason: "no route"),
    ]
    if generator.once(in: 3), let fault = faults.randomElement(using: &generator) {
      try installation.network.inject(fault, into: Installation.payer)
    }
  }

  /// The payments in the dead daemon's file that are not final, by state.
  private func paymentsInFlight() throws -> [String: Int] {
    let file = try SQLiteConnection(path: installation.ledgerFile, mode: .readOnly)
    let rows = try file.rows(
      """
      SELECT state, count(*) FROM payments WHERE state IN ('intent', 'sent', 'unknown')
      GROUP BY state
      """
    ) { row in (row.text(0), Int(row.integer(1))) }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
