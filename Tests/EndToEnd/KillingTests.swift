import Foundation
import Testing

extension EndToEnd {
  @Suite struct KillingTests {
    /// At least so many SIGKILLs.
    private static let kills = 100

    @Test func `nothing acknowledged is lost and nothing is doubled by SIGKILL`() async throws {
      let given = ProcessInfo.processInfo.environment["PURSER_SEED"].flatMap { UInt64($0) }
      let seed = given ?? UInt64.random(in: 0 ... .max)
      print("PURSER_SEED=\(seed)")
      let report = try await Installation.use { installation in
        try SpendStream(installation, seed: seed).run(kills: Self.kills)
      }
      print(
        """
        \(report.kills) kills, \(report.killsWhileStarting) of them at the start, \
        \(report.killsWithRequests) with requests in flight; in flight were \
        \(report.requestsInFlight) requests and payments \(report.paymentsInFlight); \
        acknowledged \(report.acknowledged) operations, \(report.purchases) of them purchases
        """)
      #expect(report.kills >= Self.kills)
      #expect(report.killsWithRequests >= Self.kills / 2)
      #expect(report.purchases >= Self.kills)
      #expect(report.storageRefusals == 0)
      #expect(report.paymentsInFlight["sent", default: 0] >= Self.kills / 4)
    }
  }
}
