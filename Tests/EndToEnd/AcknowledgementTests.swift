import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import Testing

extension EndToEnd {
  /// One agent, one fault, one order of events: what an answer is worth afterwards.
  @Suite struct AcknowledgementTests {
    private static let amount: UInt64 = 1_000

    private static func reserve(_ agent: Agent, key: String) throws -> SpendReserve.Reply {
      let parameters = SpendReserve.Parameters(
        amountMsat: try require(Msat(amount), "an amount"), ttlSeconds: 3600)
      return try agent.call(SpendReserve.self, parameters, key: key)
    }

    private static func held(_ agent: Agent) throws -> UInt64 {
      try agent.call(GrantGet.self, GrantGet.Parameters()).heldMsat.value
    }

    /// SQLite takes up what it finds in its log, synced or not: an answer that rests on it may not
    /// leave before it is on the disk.
    @Test func `what is repeated after a crash outlives the power loss that follows`()
      async throws
    {
      let seed = printedSeed()
      try await Installation.use { installation in
        var generator = SeededGenerator(seed: seed)
        try installation.writePolicy("  {}")
        let disk = try FaultyDisk(installation)
        var daemon = try disk.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 10 * Self.amount))
        for round in 1...3 as ClosedRange<UInt64> {
          let key = "key \(round)"
          try disk.control.arm([FaultStep(calls: .logSync, action: .killBefore)])
          try Self.expectInterruption(installation, grant.token, key)
          try disk.comeBack(from: .kill, &generator)
          daemon = try disk.startDaemon()
          let reply = try Self.reserve(try installation.agent(grant.token), key: key)
          daemon.kill()
          try disk.comeBack(from: .powerLoss, &generator)
          daemon = try disk.startDaemon()
          let agent = try installation.agent(grant.token)
          let again = try Self.reserve(agent, key: key)
          try check(again == reply, "\(reply), and after the power loss \(again)")
          try check(try Self.held(agent) == round * Self.amount, "more is held than was reserved")
        }
        try Books(installation).verify()
        try Books.verifyAsOperator(installation)
      }
    }

    private static func expectInterruption(
      _ installation: Installation, _ token: String, _ key: String
    ) throws {
      do {
        _ = try reserve(try installation.agent(token), key: key)
      } catch ClientError.interrupted { return }
      throw Failure("it was answered before it was on the disk")
    }

    @Test(arguments: Ending.allCases)
    func `what was refused since a sync failed does not come back`(ending: Ending) async throws {
      let seed = printedSeed()
      try await Installation.use { installation in
        var generator = SeededGenerator(seed: seed)
        try installation.writePolicy("  {}")
        let disk = try FaultyDisk(installation)
        for round in 1...3 as ClosedRange<UInt64> {
          var daemon = try disk.startDaemon()
          let grant = try installation.grant(.init("worker \(round)", spend: 10 * Self.amount))
          let agent = try installation.agent(grant.token)
          _ = try Self.reserve(agent, key: "before")
          try disk.control.arm([
            FaultStep(calls: .logSync, action: .fail(errno: EIO, times: round))
          ])
          let refusal = try BadChallengeTests.refusal { _ = try Self.reserve(agent, key: "one") }
          try check(refusal?.reason == "storage", "\(String(describing: refusal))")
          try check(try Self.held(agent) == Self.amount, "a refused spend is held")
          daemon.kill()
          try disk.comeBack(from: ending, &generator)
          daemon = try disk.startDaemon()
          let later = try installation.agent(grant.token)
          try check(try Self.held(later) == Self.amount, "a refused spend came back")
          _ = try Self.reserve(later, key: "one")
          try check(try Self.held(later) == 2 * Self.amount, "it does not go on")
          try Books(installation).verify()
          daemon.kill()
          try disk.comeBack(from: ending, &generator)
        }
      }
    }

    @Test func `a daemon does not start on a log that cannot be synced, and keeps it`()
      async throws
    {
      let seed = printedSeed()
      try await Installation.use { installation in
        var generator = SeededGenerator(seed: seed)
        try installation.writePolicy("  {}")
        let disk = try FaultyDisk(installation)
        let daemon = try disk.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 10 * Self.amount))
        let reply = try Self.reserve(try installation.agent(grant.token), key: "one")
        daemon.kill()
        try disk.comeBack(from: .kill, &generator)
        try disk.control.arm([
          FaultStep(calls: .logSync, action: .fail(errno: EIO, times: 0))
        ])
        try check(try disk.spawnDaemon().waitForExit() == 1, "it started")
        try check(
          installation.daemonLog.contains("cannot be written to the disk"), "it did not say why")
        try disk.comeBack(from: .powerLoss, &generator)
        _ = try disk.startDaemon()
        let again = try Self.reserve(try installation.agent(grant.token), key: "one")
        try check(again == reply, "\(reply), and then \(again)")
        try Books(installation).verify()
      }
    }
  }
}
