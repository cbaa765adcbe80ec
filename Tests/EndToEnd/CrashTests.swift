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
        try run.round(ending, steps) { _ in
          try network.payments(of: Installation.payer).contains { $0.state == .pending }
        }
      case .whileStarting:
        let skip = UInt64.random(in: 1..<40, using: &run.generator)
        let here = FaultStep(calls: .logSync, skip: skip, action: .killBefore)
        let next = FaultStep(
          calls: [.logWrite, .logSync], skip: skip % 3, action: .killAfter)
        try run.round(ending, [here], atStart: next) { run in run.daemon.exitStatus != nil }
      default:
        try run.round(ending, steps) { run in run.daemon.exitStatus != nil }
      }
    }
  }
}
