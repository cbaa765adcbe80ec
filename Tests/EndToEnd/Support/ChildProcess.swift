import Foundation
import Glibc
import Synchronization

/// One of the built programs, which lie beside the test bundle, or any program by its absolute path.
final class ChildProcess: Sendable {
  let name: String
  let processID: pid_t
  private let status = Mutex<Int32?>(nil)

  /// Starts the program `name`; what it writes is appended to the file `log`, and `extra` is added
  /// to its environment.
  init(
    _ name: String, _ arguments: [String], log: String, environment extra: [String: String] = [:]
  ) throws {
    self.name = name
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    let path = name.hasPrefix("/") ? name : Self.folder.appending(path: name).path()
    let given = ([path] + arguments).map { strdup($0) } + [nil]
    let environment = (Self.environment + extra.map { "\($0)=\($1)" }).map { strdup($0) } + [nil]
    defer { for text in given + environment { free(text) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, path, &actions, nil, given, environment)
    try check(code == 0, "\(name) did not start: \(String(cString: strerror(code)))")
    processID = started
  }

  static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  private static var environment: [String] {
    ProcessInfo.processInfo.environment.compactMap { name, value in
      ["PATH", "LD_LIBRARY_PATH", "HOME"].contains(name) ? "\(name)=\(value)" : nil
    }
  }

  /// Sets the greatest length that a file of the process may have, or lifts the limit.
  func limitFileSize(to bytes: UInt64?) throws {
    let limit = bytes.map { String($0) } ?? "unlimited"
    let program = try ChildProcess(
      "/usr/bin/env", ["prlimit", "--pid", "\(processID)", "--fsize=\(limit):unlimited"],
      log: "/dev/null")
    try check(try program.waitForExit() == 0, "prlimit (of util-linux) failed")
  }

  /// Sends a signal, unless it has ended.
  func signal(_ number: Int32) {
    status.withLock { status in
      if Self.refresh(&status, processID) == nil { Glibc.kill(processID, number) }
    }
  }

  /// Its exit status, or 128 and the signal that ended it; nil while it runs.
  var exitStatus: Int32? { status.withLock { Self.refresh(&$0, processID) } }

  /// Waits for its end.
  func waitForExit(seconds: Double = 30) throws -> Int32 {
    try waitFor("\(name) to end", seconds: seconds) { exitStatus }
  }

  /// Kills it and waits until it is gone.
  func kill() {
    signal(SIGKILL)
    _ = try? waitForExit()
  }

  private static func refresh(_ status: inout Int32?, _ processID: pid_t) -> Int32? {
    var raw: Int32 = 0
    if status == nil, waitpid(processID, &raw, WNOHANG) == processID {
      status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
    }
    return status
  }
}
