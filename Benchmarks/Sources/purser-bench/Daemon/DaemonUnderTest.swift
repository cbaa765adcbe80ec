internal import Foundation
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// A `purserd` with an installation of its own, made with `purser init`.
final class DaemonUnderTest {
  let directory: String
  private(set) var child: Child
  let programs: String

  var agentSocket: String { "\(directory)/run/agents/purser.sock" }
  var operatorSocket: String { "\(directory)/run/operators/operator.sock" }
  var ledgerFile: String { "\(directory)/data/ledger.db" }

  /// Starts the `purserd` that lies in the directory `programs` beside `purser`.
  init(in directory: String, programs: String) throws {
    self.directory = directory
    self.programs = programs
    try Child.output(
      "\(programs)/purser", ["init", "--dir", self.directory, "--wallet", "simulated"])
    child = try Self.spawn(programs, self.directory)
    try waitUntilReady()
  }

  private static func spawn(_ programs: String, _ directory: String) throws -> Child {
    try Child(
      "\(programs)/purserd", ["--config", "\(directory)/config.yaml"],
      logFile: "\(directory)/purserd.log")
  }

  /// Waits for the first answer, as an operator gets it.
  func waitUntilReady() throws(BenchError) {
    try child.wait("its first answer") {
      let connection = try? PurserConnection(path: operatorSocket)
      return (try? connection?.call(SystemInfo.self, NoParameters())) != nil
    }
  }

  func stop() { child.stop() }

  /// Starts it again, and gives the seconds until its first answer.
  func restart() throws -> Double {
    child.stop()
    let start = monotonicNanoseconds()
    child = try Self.spawn(programs, directory)
    try waitUntilReady()
    return Double(monotonicNanoseconds() - start) / 1e9
  }

  func cpuSeconds() throws(BenchError) -> Double { try CPUTime.of(child.processID) }

  func operatorConnection() throws -> PurserConnection {
    try PurserConnection(path: operatorSocket)
  }

  /// Recomputes counters and audit log from the rows, as an operator asks for it.
  func verify() throws {
    // Of a large ledger that takes a while.
    let connection = try PurserConnection(path: operatorSocket, timeoutSeconds: 600)
    let ledger = try connection.call(LedgerVerify.self, NoParameters())
    try require(ledger.ok, "ledger.verify: \(ledger.faults.first ?? "")")
    let audit = try connection.call(AuditVerify.self, NoParameters())
    try require(audit.ok, "audit.verify: \(audit.fault ?? "")")
  }
}
