import Dispatch
import Foundation
import PurserTesting
import Synchronization

/// Runs the simulator on all cores: `simulate SEEDS STEPS FIRST`.
@main
enum Simulate {
  static func main() {
    let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let seeds = numbers.first ?? 100
    let steps = Int(numbers.dropFirst().first ?? 4000)
    let first = numbers.dropFirst(2).first ?? UInt64.random(in: 1...1 << 40)
    let total = Mutex(SimulationTally())
    let failures = Mutex<[String]>([])
    let start = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: Int(seeds)) { index in
      do {
        let tally = try Simulation(seed: first + UInt64(index), steps: steps).run()
        total.withLock { $0 = $0 + tally }
      } catch {
        failures.withLock { $0.append("\(error)") }
        print(error)
      }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let tally = total.withLock(\.self)
    let rate = Int(Double(tally.steps) / max(seconds, 0.001) * 60)
    print("seeds \(first)...\(first + max(seeds, 1) - 1): \(tally)")
    print("\(rate) steps a minute")
    exit(failures.withLock(\.isEmpty) ? 0 : 1)
  }
}
