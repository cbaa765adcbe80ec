import Foundation
import Testing

/// Every test that runs the built programs, one after the other: they share two cores.
@Suite(.serialized) enum EndToEnd {}

extension EndToEnd {
  @Suite struct DemoTests {
    @Test func `the demo's story is told`() async throws {
      try await Installation.use { installation in
        let stage = "\(installation.directory)/demo"
        let demo = try installation.start("demo", ["--keep", stage])
        let status = try demo.waitForExit(seconds: 120)
        let said = try String(
          contentsOfFile: "\(installation.directory)/demo.log", encoding: .utf8)
        try check(status == 0, "the demo ended with \(status):\n\(said)")
        try check(said.contains("Everything went as it should"), said)
        let left = try Self.commandLines(naming: stage)
        try check(left.isEmpty, "still running: \(left)")
      }
    }

    /// The command lines of the running programs that contain `text`.
    private static func commandLines(naming text: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { entry in
        guard Int32(entry) != nil,
          let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
        else { return nil }
        let words = String(decoding: line, as: UTF8.self).replacing("\0", with: " ")
        return words.contains(text) ? words : nil
      }
    }
  }
}
