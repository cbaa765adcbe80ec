import Dispatch
import Foundation
import PurserTesting
import Synchronization

/// Runs the simulator on all cores: `simulate SEEDS STEPS FIRST`.
///
/// Each seed is a run of its own; without a first one it is chosen at random.
@main
enum Simulate {
  static func main() {
    let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
    guard numbers.count <= 3, !numbers.contains(nil) else {
      say("usage: simulate [SEEDS [STEPS [FIRST]]]")
      exit(64)
    }
    let seeds = numbers.first.flatMap(\.self) ?? 100
    let steps = numbers.dropFirst().first.flatMap(\.self) ?? 4000
    let first = numbers.dropFirst(2).first.flatMap(\.self) ?? .random(in: 1...1 << 40)
    exit(run(seeds: Int(clamping: seeds), steps: Int(clamping: steps), first: first) ? 0 : 1)
  }

  /// Whether every run did what its model does.
  private static func run(seeds: Int, steps: Int, first: UInt64) -> Bool {
    let total = Mutex(SimulationTally())
    let failures = Mutex(0)
    let start = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: seeds) { index in
      do {
        let tally = try Simulation(seed: first &+ UInt64(index), steps: steps).run()
        total.withLock { $0 = $0 + tally }
      } catch {
        failures.withLock { $0 += 1 }
        say("\(error)")
      }
    }
    let tally = total.withLock(\.self)
    let failed = failures.withLock(\.self)
    let minutes = (ContinuousClock.now - start) / .seconds(60)
    say("\(seeds) seeds from \(first), \(failed) of them failed; \(tally)")
    say("\(Int(Double(tally.steps) / max(minutes, 0.0001))) steps a minute")
    return failed == 0
  }

  /// At once, also into a pipe.
  private static func say(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }
}
