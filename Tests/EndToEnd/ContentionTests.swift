import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import PurserWallet
import Synchronization
import Testing

/// A case of the plain race: every spend is as large as every other, so that how many succeed
/// follows from the limits, whoever comes first.
struct Race: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let rootLimit: UInt64
  let teamLimit: UInt64
  let workerLimit: UInt64
  /// How many spends succeed in all.
  let expected: Int

  /// What each spend costs; no limit is a multiple of it.
  static let price: UInt64 = 777
  /// How often each worker tries.
  static let tries = 3

  static let cases = [
    // The root's 4 workers spend 3 times; of a team's 30 spends floor(10000 / 777) = 12 fit.
    Race(
      testDescription: "the teams' limits bite", rootLimit: 1_000_000, teamLimit: 10_000,
      workerLimit: 5_000, expected: 4 * 3 + 6 * 12),
    // One msat short of three spends for each of the 54; the root's workers and the leads have 3.
    Race(
      testDescription: "the workers' limits bite", rootLimit: 1_000_000, teamLimit: 100_000,
      workerLimit: 2_330, expected: (4 + 6) * 3 + 54 * 2),
    // floor(40001 / 777).
    Race(
      testDescription: "the root's limit bites", rootLimit: 40_001, teamLimit: 10_000,
      workerLimit: 5_000, expected: 51),
  ]
}

extension EndToEnd {
  @Suite struct ContentionTests {
    @Test(arguments: Race.cases)
    func `64 workers at three levels spend exactly as often as the budgets allow`(
      race: Race
    ) async throws {
      let successes = try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let crew = try Crew(
          installation, rootLimit: race.rootLimit, teamLimit: race.teamLimit,
          workerLimit: race.workerLimit)
        let price = try require(Msat(Race.price), "a price")
        let successes = try Self.allAtOnce(crew, installation) { agent, _ in
          try (0..<Race.tries).reduce(0) { count, _ in
            let hold = try agent.withinBudget(SpendReserve.self, .init(amountMsat: price))
            guard let hold else { return count }
            _ = try agent.call(SpendSettle.self, .init(hold: hold.hold, amountMsat: price))
            return count + 1
          }
        }.reduce(0, +)
        try Self.checkRoot(installation, settled: UInt64(successes) * Race.price)
        return successes
      }
      #expect(successes == race.expected)
    }

    @Test
    func `what 64 workers settle and give back is what the budgets say they spent`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let crew = try Crew(
          installation, rootLimit: 300_007, teamLimit: 70_001, workerLimit: 13_331)
        let spent = try Self.allAtOnce(crew, installation) { agent, index in
          var generator = SeededGenerator(seed: UInt64(index))
          return try (0..<6).reduce(UInt64(0)) { spent, _ in
            let amount = generator.amount(1...6_999)
            let hold = try agent.withinBudget(SpendReserve.self, .init(amountMsat: amount))
            guard let hold else { return spent }
            guard !generator.once(in: 4) else {
              _ = try agent.call(SpendRelease.self, .init(hold: hold.hold))
              return spent
            }
            let part = generator.amount(0...amount.value)
            _ = try agent.call(SpendSettle.self, .init(hold: hold.hold, amountMsat: part))
            return spent + part.value
          }
        }.reduce(0, +)
        let root = try Self.checkRoot(installation, settled: spent)
        // Nothing leaked: the rest can be spent to the last millisatoshi, and no further.
        let orchestrator = try installation.agent(crew.root.token)
        let rest = try require(root.remainingMsat, "a limit")
        let more = SpendReserve.Parameters(amountMsat: try require(Msat(1), "an amount"))
        let last = try orchestrator.call(SpendReserve.self, .init(amountMsat: rest))
        try check(try orchestrator.withinBudget(SpendReserve.self, more) == nil, "1 msat too much")
        _ = try orchestrator.call(SpendSettle.self, .init(hold: last.hold, amountMsat: rest))
        try check(try orchestrator.withinBudget(SpendReserve.self, more) == nil, "1 msat too much")
        try Self.checkRoot(installation, settled: 300_007)
      }
    }

    @Test
    func `64 workers buy exactly as often as a budget allows that fees do not divide`()
      async throws
    {
      let (bought, expected) = try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        try installation.writePolicy(seller.policy("goods", feeLimit: 97))
        _ = try installation.startDaemon()
        let fees = SimulatedBehavior(
          delayMilliseconds: 15, baseFee: try require(Msat(7), "a fee"), feePartsPerMillion: 3_333)
        try installation.network.configure(Installation.payer, fees)
        let price = try require(Msat(1_777), "a price")
        let cost = price.value + (try require(fees.fee(for: price), "a fee")).value
        let limit: UInt64 = 100_003
        let crew = try Crew(
          installation, rootLimit: limit, teamLimit: 50_021, workerLimit: 17_011)
        // The hold of a payment is larger than what it costs in the end, so that some who are
        // refused would fit a moment later: afterwards the orchestrator buys what is left.
        @Sendable func buy(_ agent: Agent) throws -> Bool {
          let challenge = try seller.challenge(for: "goods", price: price)
          let reply = try agent.withinBudget(ChallengePay.self, challenge.parameters)
          try check(reply.map { $0.costMsat.value == cost } ?? true, "another cost than \(cost)")
          return reply != nil
        }
        var bought = try Self.allAtOnce(crew, installation) { agent, _ in try buy(agent) ? 1 : 0 }
          .reduce(0, +)
        let orchestrator = try installation.agent(crew.root.token)
        while try buy(orchestrator) { bought += 1 }
        try Self.checkRoot(installation, settled: UInt64(bought) * cost)
        let paid = try installation.network.payments(of: Installation.payer)
        try check(
          paid.count == bought && paid.allSatisfy { $0.state == .settled },
          "the wallet paid \(paid.count) times")
        // The last one needs room for its whole hold.
        return (bought, Int((limit - price.value - 97) / cost) + 1)
      }
      #expect(bought == expected)
    }

    /// Runs `work` for each worker at once, each with a connection of its own, while one more
    /// thread watches that no limit is passed.
    private static func allAtOnce<Value: Sendable>(
      _ crew: Crew, _ installation: Installation,
      _ work: @escaping @Sendable (Agent, Int) throws -> Value
    ) throws -> [Value] {
      try check(crew.tokens.count == 64, "\(crew.tokens.count) workers")
      let working = Mutex(crew.tokens.count)
      return try concurrently(crew.tokens.count + 1) { index -> Value? in
        guard index < crew.tokens.count else {
          let books = try Books(installation)
          repeat {
            try Books.checkLimits(try books.tree())
          } while working.withLock { $0 > 0 }
          return nil
        }
        defer { working.withLock { $0 -= 1 } }
        return try work(try installation.agent(crew.tokens[index]), index)
      }.compactMap { $0 }
    }

    /// The root when everything is over: nothing is held, and the books verify.
    @discardableResult
    private static func checkRoot(
      _ installation: Installation, settled: UInt64
    ) throws -> GrantView {
      let books = try Books(installation)
      let tree = try books.tree()
      try Books.checkLimits(tree)
      try books.verify()
      let root = try require(tree.values.first { $0.parent == nil }, "a root")
      try check(
        root.settledMsat.value == settled && root.heldMsat == .zero,
        "the root has \(root.settledMsat) settled and \(root.heldMsat) held, not \(settled)")
      return root
    }
  }
}
