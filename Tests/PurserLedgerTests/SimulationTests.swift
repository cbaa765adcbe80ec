import Foundation
import PurserTesting
import Testing

/// The ledger on disk beside the model: random requests, failures of the storage, restarts, kills.
///
/// A failure prints its seed and its step; `PURSER_SEED` and `PURSER_STEPS` replay it alone.
@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  static let steps = environment["PURSER_STEPS"].flatMap { Int($0) } ?? 4000
  static let seeds: [UInt64] =
    environment["PURSER_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...52)

  @Test(arguments: seeds)
  func `the ledger does what its model does, whatever happens to its storage`(seed: UInt64) throws {
    let tally = try Simulation(seed: seed, steps: Self.steps).run()
    #expect(tally.steps >= Self.steps)
    #expect(tally.done > Self.steps / 20, "seed \(seed): too little was done to say anything")
    #expect(tally.exceeded > 0 && tally.failedGroups > 0 && tally.kills > 0, "seed \(seed)")
  }

  @Test func `the same seed does the same`() throws {
    let first = try Simulation(seed: 7, steps: 600)
    let second = try Simulation(seed: 7, steps: 600)
    #expect("\(try first.run())" == "\(try second.run())")
    #expect(first.head == second.head)
  }
}
