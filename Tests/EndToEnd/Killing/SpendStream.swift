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
}

/// A stream of spends and purchases by several agents, and the daemon that is killed in it.
final class SpendStream: Sendable {
  let installation: Installation
  let gate = Gate()
  let seller: Seller
  let prices: Prices
  let seed: UInt64
  private let services: Mutex<[String]>

  /// The service whose challenges the agents bring.
  static let goods = "goods"
  static let workers = 6
  static let feeLimit: UInt64 = 1_009
  /// What the paywall asks for its market data.
  private static let marketPrice: UInt64 = 10_000
  private static let serviceCount = 200

  init(_ installation: Installation, seed: UInt64) throws {
    self.installation = installation
    self.seed = seed
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
    let daemon = Mutex(try installation.startDaemon())
    let root = try installation.grant(.init("root", spend: 1_000_000_000_000))
    let orchestrator = try installation.agent(root.token)
    let workers = try (0..<Self.workers).map { index in
      let grant = try orchestrator.call(
        GrantCreate.self, .init("worker \(index)", spend: nil))
      return Worker(index, grant, self)
    }
    let comparison = Comparison(
      installation: installation, prices: prices, root: root.node, workers: workers)
    let report = Mutex(KillReport())
    _ = try concurrently(workers.count + 1) { index in
      try self.gate.abortingOnFailure {
        guard index == workers.count else { return try workers[index].work() }
        var generator = SeededGenerator(seed: self.seed)
        for _ in 0..<kills {
          let next = try self.kill(daemon.withLock { $0 }, &generator, comparison, report)
          daemon.withLock { $0 = next }
        }
        self.gate.end()
      }
    }
    try comparison.finish(daemon.withLock { $0 })
    return report.withLock { report in
      for worker in workers {
        let entries = worker.record.acknowledged
        report.acknowledged += entries.count
        report.purchases += entries.count { $0.operation.isPurchase }
      }
      return report
    }
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
  private func makeTrouble(_ generator: inout SeededGenerator) throws {
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
