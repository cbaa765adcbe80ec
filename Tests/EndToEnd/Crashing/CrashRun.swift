import Foundation
import Glibc
import PurserTesting
import PurserWallet

/// A stream of spends and purchases over a daemon whose disk is in the test's hands.
///
/// It belongs to the thread that disturbs the stream.
final class CrashRun {
  let stream: SpendStream
  let disk: FaultyDisk
  private let comparison: Comparison
  private(set) var daemon: ChildProcess
  var generator: SeededGenerator

  private init(
    _ stream: SpendStream, _ disk: FaultyDisk, _ comparison: Comparison, _ daemon: ChildProcess,
    _ generator: SeededGenerator
  ) {
    self.stream = stream
    self.disk = disk
    self.comparison = comparison
    self.daemon = daemon
    self.generator = generator
  }

  /// What a run met.
  struct Report: Sendable {
    var acknowledged = 0
    var storageRefusals = 0
  }

  /// Prints the seed and runs `body` beside the workers, with an installation of its own.
  static func run(_ body: @escaping @Sendable (CrashRun) throws -> Void) async throws -> Report {
    let seed = printedSeed()
    return try await Installation.use { installation in
      let stream = try SpendStream(installation, seed: seed, traffic: .scarce)
      let disk = try FaultyDisk(installation)
      let first = try disk.startDaemon()
      let workers = try stream.run(first) { daemon, generator, comparison in
        let run = CrashRun(stream, disk, comparison, daemon, generator)
        try body(run)
        generator = run.generator
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

  /// Lets the workers work until `isOver`, ends the daemon, starts another on what it left, and
  /// compares.
  ///
  /// With `atStart`, one that dies there comes between.
  func round(
    _ ending: Ending, _ steps: [FaultStep], atStart: FaultStep? = nil,
    until isOver: () throws -> Bool
  ) throws {
    try stream.makeTrouble(&generator)
    try disk.control.arm(steps)
    stream.gate.open()
    _ = try waitFor("the fault", seconds: 60) { try isOver() ? true : nil }
    _ = try stream.gate.close { daemon.kill() }
    try disk.comeBack(from: ending, &generator)
    if let atStart {
      try startAndDie(atStart)
      try disk.comeBack(from: ending, &generator)
    }
    let paid = try comparison.settledInWallet()
    daemon = try disk.startDaemon()
    try comparison.compare(paidBefore: paid, &generator)
  }

  /// A round that is over when the daemon is gone.
  func round(_ ending: Ending, _ steps: [FaultStep], atStart: FaultStep? = nil) throws {
    try round(ending, steps, atStart: atStart) { daemon.exitStatus != nil }
  }

  /// Starts a daemon that is killed before it serves.
  private func startAndDie(_ step: FaultStep) throws {
    try disk.control.arm([step])
    let status = try disk.spawnDaemon().waitForExit()
    try check(status == 128 + SIGKILL, "it ended with \(status)")
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
