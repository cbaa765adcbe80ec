import Foundation

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
    try CCompiler.build(
      URL(filePath: #filePath).deletingLastPathComponent().appending(path: "faultlayer.c"),
      as: "faultlayer.so", options: ["-shared", "-fPIC"])
  }
}
