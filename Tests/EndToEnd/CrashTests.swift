import Foundation
import Glibc
import PurserTesting
import PurserWallet
import Testing

extension EndToEnd {
  /// The daemon killed at named places, and what a disk then holds.
  @Suite struct CrashTests {
    @Test(arguments: FaultPoint.allCases)
    func `a daemon killed at any point keeps all that it said, and nothing half`(
      point: FaultPoint
    ) async throws {
      let report = try await CrashRun.run { run in
        for _ in 0..<CrashRun.rounds {
          for ending in Ending.allCases { try Self.crash(run, at: point, ending) }
        }
      }
      #expect(report.acknowledged > 0)
      #expect(report.storageRefusals == 0)
    }

    private static func crash(_ run: CrashRun, at point: FaultPoint, _ ending: Ending) throws {
      let steps = point.steps(&run.generator)
      switch point {
      case .whileAPaymentIsOut:
        let network = run.stream.installation.network
        try run.round(ending, steps) {
          try network.payments(of: Installation.payer).contains { $0.state == .pending }
        }
      case .whileStarting:
        let skip = UInt64.random(in: 1..<40, using: &run.generator)
        let here = FaultStep(calls: .logSync, skip: skip, action: .killBefore)
        // Writing the left log once more takes one write and one sync at least.
        let next = FaultStep(calls: [.logWrite, .logSync], skip: skip % 2, action: .killAfter)
        try run.round(ending, [here], atStart: next)
      default: try run.round(ending, steps)
      }
    }

    /// The first daemon makes the database: a crash in the middle of that is as good as none.
    @Test func `a ledger whose making was cut off is made anew`() async throws {
      let seed = printedSeed()
      let deaths = try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let disk = try FaultyDisk(installation)
        var generator = SeededGenerator(seed: seed)
        var deaths = 0
        for calls in 0..<24 as Range<UInt64> {
          try disk.control.arm([
            FaultStep(
              calls: [.mainWrite, .logWrite, .mainSync, .logSync],
              skip: calls, action: .killAfter)
          ])
          let unlucky = try disk.spawnDaemon()
          deaths += try unlucky.waitUntilGone(orServingAt: installation) ? 1 : 0
          try disk.comeBack(from: .powerLoss, &generator)
        }
        _ = try disk.startDaemon()
        _ = try installation.grant(.init("worker", spend: 1))
        try Books(installation).verify()
        return deaths
      }
      #expect(deaths > 0)
    }
  }
}

extension ChildProcess {
  /// Waits until the layer killed it, or until it serves and is killed from here.
  /// - Returns: Whether the layer did it.
  fileprivate func waitUntilGone(orServingAt installation: Installation) throws -> Bool {
    try waitFor("the daemon to end or to serve") {
      if let exitStatus {
        try check(exitStatus == 128 + SIGKILL, "it ended with \(exitStatus)")
        return true
      }
      guard (try? installation.operatorConnection()) != nil else { return nil }
      kill()
      return false
    }
  }
}
