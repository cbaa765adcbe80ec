import Foundation

/// The built `purser` program, which lies beside the test bundle.
enum Program {
  struct Outcome: Equatable {
    let output: String
    let error: String
    let status: Int32

    /// The lines of standard output.
    var lines: [Substring] {
      output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
  }

  static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Runs `purser` with `arguments`, and `input` on its standard input.
  ///
  /// Of the environment it gets the path, and what `environment` says.
  static func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    let scratch = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    // Files rather than pipes: no amount of input or output can make the two wait for each other.
    let files = try ["in", "out", "err"].map { name in
      let url = scratch.appending(path: name)
      try Data(name == "in" ? input : []).write(to: url)
      return try FileHandle(forUpdating: url)
    }
    let process = Process()
    process.executableURL = folder.appending(path: "purser")
    process.arguments = arguments
    let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
      ["PATH", "LD_LIBRARY_PATH"].contains(name)
    }
    process.environment = inherited.merging(environment) { _, given in given }
    process.standardInput = files[0]
    process.standardOutput = files[1]
    process.standardError = files[2]
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: scratch.appending(path: name)), as: UTF8.self)
    }
    return Outcome(
      output: try text("out"), error: try text("err"), status: process.terminationStatus)
  }

  static func run(_ arguments: String..., input: String = "") throws -> Outcome {
    try run(arguments, input: Array(input.utf8))
  }
}
