import Foundation
import Glibc

/// The daemon's file calls in a test's hands: `faultlayer.c`, loaded below it.
///
/// It needs nothing of the daemon: the built program runs as it is.
struct FaultLayer: Sendable {
  let control: FaultControl
  /// Where the layer writes down what was done to the files of the ledger.
  let recording: String
  /// What the daemon gets into its environment.
  let environment: [String: String]

  init(_ installation: Installation) throws {
    control = try FaultControl(path: "\(installation.directory)/faults")
    recording = "\(installation.directory)/recording"
    environment = [
      "LD_PRELOAD": try Self.library.get(), "PURSER_FAULT_LEDGER": installation.ledgerFile,
      "PURSER_FAULT_CONTROL": control.path, "PURSER_FAULT_RECORDING": recording,
    ]
  }

  /// The compiled layer, beside the test bundle; compiled once a run.
  private static let library = Result {
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "faultlayer.c").path()
    let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let built = programs.appending(path: "faultlayer.so").path()
    let fresh = "\(built).\(getpid())"
    // The Swift toolchain has a clang; another C compiler does as well.
    for compiler in ["clang", "cc"] {
      let options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
      let run = try ChildProcess(
        "/usr/bin/env", [compiler] + options + ["-o", fresh, source], log: "\(built).log")
      guard try run.waitForExit(seconds: 60) == 0 else { continue }
      try check(rename(fresh, built) == 0, "the fault layer cannot be put in its place")
      return built
    }
    throw Failure("\(source) does not compile with clang or cc; see \(built).log")
  }
}
