internal import Foundation

/// The files of one simulated ledger, in memory where the system has room for that.
struct SimulationFiles {
  private let directory: String
  private var generation = 0

  init(seed: UInt64) throws {
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    directory = "\(parent)/purser-simulation-\(seed)-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  /// The database.
  var path: String { "\(directory)/ledger-\(generation).db" }

  /// Copies database and log as they are at this moment: what a kill leaves behind.
  func copy() {
    for suffix in ["", "-wal"] {
      let copy = "\(directory)/ledger-\(generation + 1).db\(suffix)"
      try? FileManager.default.removeItem(atPath: copy)
      try? FileManager.default.copyItem(atPath: path + suffix, toPath: copy)
    }
  }

  /// Goes on with the copy.
  mutating func moveToCopy() {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
    generation += 1
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
