import Foundation
import Glibc
import PurserTesting
import PurserWallet
import Synchronization

/// How a daemon goes.
enum Ending: String, CaseIterable, Sendable {
  /// The process is killed; what it wrote is with the kernel, which goes on.
  case kill
  /// The machine stops; what was not synced is lost, or a part of it.
  case powerLoss
}

/// A stream of spends and purchases over a daemon whose file calls are in the test's hands.
///
/// It belongs to the thread that disturbs the stream.
final class CrashRun {
  let stream: SpendStream
  let layer: FaultLayer
  private let installation: Installation
  private let platter: Platter
  private let comparison: Comparison
  private(set) var daemon: ChildProcess
  var generator: SeededGenerator

  private init(
    _ stream: SpendStream, _ layer: FaultLayer, _ comparison: Comparison, _ daemon: ChildProcess,
    _ generator: SeededGenerator
  ) throws {
    self.stream = stream
    self.layer = layer
    self.comparison = comparison
    self.daemon = daemon
    self.generator = generator
    installation = stream.installation
    platter = try Platter(installation, layer)
  }

  /// What a run met.
  struct Report: Sendable {
    var acknowledged = 0
    var storageRefusals = 0
  }

  /// Prints the seed and runs `body` beside the workers, with an installation of its own.
  static func run(_ body: @escaping @Sendable (CrashRun) throws -> Void) async throws -> Report {
    let given = ProcessInfo.processInfo.environment["PURSER_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0 ... .max)
    print("PURSER_SEED=\(seed)")
    return try await Installation.use { installation in
      let layer = try FaultLayer(installation)
      let stream = try SpendStream(installation, seed: seed, traffic: .scarce)
      let first = try installation.startDaemon(environment: layer.environment)
      let workers = try stream.run(first) { daemon, generator, comparison in
        let run = try CrashRun(stream, layer, comparison, daemon, generator)
        try body(run)
        return run.daemon
      }
      return workers.reduce(into: Report()) { report, worker in
        report.acknowledged += worker.record.acknowledged.count
        report.storageRefusals += worker.record.storageRefusals
      }
    }
  }

  /// How often each case is run; more with `PURSER_CRASH_ROUNDS`.
  static var rounds: Int {
    ProcessInfo.processInfo.environment["PURSER_CRASH_ROUNDS"].flatMap { Int($0) } ?? 1
  }

  /// Lets the workers work until `isOver`, then sees the daemon's end and starts another.
  ///
  /// With `atStart`, one that dies there comes between.
  func round(
    _ ending: Ending, _ steps: [FaultStep], atStart: FaultStep? = nil,
    until isOver: (CrashRun) throws -> Bool
  ) throws {
    try stream.makeTrouble(&generator)
    try layer.control.arm(steps)
    stream.gate.open()
    _ = try waitFor("the fault", seconds: 60) { try isOver(self) ? true : nil }
    _ = try stream.gate.close { daemon.kill() }
    try comeBack(from: ending)
    if let atStart {
      try startAndDie(atStart)
      try comeBack(from: ending)
    }
    try layer.control.disarm()
    let paid = try comparison.settledInWallet()
    daemon = try installation.startDaemon(environment: layer.environment)
    try comparison.compare(paidBefore: paid, &generator)
  }

  /// Starts a daemon that is killed before it serves.
  private func startAndDie(_ step: FaultStep) throws {
    try layer.control.arm([step])
    let unlucky = try installation.spawnDaemon(environment: layer.environment)
    let status = try unlucky.waitForExit()
    try check(status == 128 + SIGKILL, "it ended with \(status)")
  }

  private func comeBack(from ending: Ending) throws {
    try platter.absorb(&generator)
    if ending == .powerLoss { try platter.losePower(&generator) }
  }

  /// How often the workers were told that the ledger cannot be written.
  var storageRefusals: Int {
    comparison.workers.reduce(0) { $0 + $1.record.storageRefusals }
  }

  /// How many operations were acknowledged.
  var acknowledged: Int {
    comparison.workers.reduce(0) { $0 + $1.record.acknowledged.count }
  }
}
