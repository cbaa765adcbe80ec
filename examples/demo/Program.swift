internal import Foundation
internal import Glibc

/// One of the built programs, running.
final class Program {
  private let process = Process()

  /// Starts the program `name`, which was built beside this one, with its output in the file `log`.
  init(_ name: String, _ arguments: [String], log: String) throws {
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    process.executableURL = Self.directory.appending(path: name)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  private static var directory: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }

  /// Asks it to stop.
  func terminate() { process.terminate() }

  /// Makes it stop.
  func kill() {
    if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
  }

  /// Its exit status, once it has ended.
  func waitForExit() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}
