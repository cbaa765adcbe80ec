import Foundation
import Glibc
import PurserAPI
import Testing

extension EndToEnd {
  /// The Python client of examples/python against the built daemon.
  @Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "no python3"))
  struct PythonTests {
    @Test func `the Python client passes its tests over a real daemon`() async throws {
      let folder =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/examples/python"
      try await Installation.use { installation in
        try installation.writePolicy("  {}\nclaims:\n  python: {uid: \(geteuid()), spend: 50sat}")
        _ = try installation.startDaemon()
        let sockets = [
          "PURSER_SOCKET": installation.agentSocket,
          "PURSER_OPERATOR_SOCKET": installation.operatorSocket,
        ]
        let log = "\(installation.directory)/python.log"
        let tests = try ChildProcess(
          "/usr/bin/python3",
          ["-B", "-W", "error", "-m", "unittest", "discover", "-s", folder, "-t", folder],
          log: log, environment: sockets)
        let status = try tests.waitForExit()
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        try check(status == 0 && !output.contains("skipped"), "the Python tests failed: \(output)")
        let grant = try installation.grant(.init("team", spend: 100_000))
        let example = try ChildProcess(
          "/usr/bin/python3", ["-B", "\(folder)/worker.py"], log: log,
          environment: sockets.merging(["PURSER_TOKEN": grant.token]) { _, new in new })
        try check(try example.waitForExit() == 0, "the example failed")
        let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        try check(words.contains("spent 12500 msat, gave back 7500 msat"), words)
      }
    }
  }
}
