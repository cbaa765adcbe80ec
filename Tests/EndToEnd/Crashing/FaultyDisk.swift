import Foundation
import Glibc
import PurserTesting
import Synchronization

/// How a daemon goes.
enum Ending: String, CaseIterable, Sendable {
  /// The process is killed; what it wrote is with the kernel, which goes on.
  case kill
  /// The machine stops; what was not synced is lost, or a part of it.
  case powerLoss
}

/// The disk of an installation whose daemon always runs over the fault layer.
final class FaultyDisk: Sendable {
  let layer: FaultLayer
  private let installation: Installation
  private let platter: Mutex<Platter>

  /// To be made before the daemon has run.
  init(_ installation: Installation) throws {
    self.installation = installation
    layer = try FaultLayer(installation)
    platter = Mutex(try Platter(installation, layer))
  }

  var control: FaultControl { layer.control }

  /// Starts a daemon and waits until it serves.
  func startDaemon() throws -> ChildProcess {
    try installation.startDaemon(environment: layer.environment)
  }

  /// Starts a daemon without waiting.
  func spawnDaemon() throws -> ChildProcess {
    try installation.spawnDaemon(environment: layer.environment)
  }

  /// Puts the files into the state in which the next daemon finds them; the last one is gone.
  func comeBack(from ending: Ending, _ generator: inout SeededGenerator) throws {
    try control.disarm()
    try platter.withLock { platter in
      try platter.absorb(&generator)
      if ending == .powerLoss { try platter.losePower(&generator) }
    }
  }
}

/// The seed of a test: the one in `PURSER_SEED`, or another each time; it is printed.
func printedSeed() -> UInt64 {
  let given = ProcessInfo.processInfo.environment["PURSER_SEED"].flatMap { UInt64($0) }
  let seed = given ?? UInt64.random(in: 0 ... .max)
  print("PURSER_SEED=\(seed)")
  return seed
}
