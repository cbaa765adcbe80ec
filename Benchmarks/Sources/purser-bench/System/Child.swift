internal import Foundation
internal import Glibc
internal import Synchronization

/// A program that the bench has started.
///
/// Not Foundation's `Process`, which waits for the end of daemons that the program leaves behind.
final class Child {
  let name: String
  let processID: Int32
  private var status: Int32?

  /// Starts the program at `path`; `output` and `error` are descriptors for what it writes.
  init(
    _ path: String, _ arguments: [String], input: Int32 = -1, output: Int32, error: Int32
  ) throws(BenchError) {
    name = path.split(separator: "/").last.map(String.init) ?? path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if input < 0 {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    } else {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)
    // The bench ignores the signals that it waits for; those that it starts do not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, path, &actions, &attributes, words, environ)
    try require(code == 0, "\(path) does not start: \(String(cString: strerror(code)))")
    processID = started
  }

  /// The programs that go on beside the bench and have not ended.
  private static let servers = Mutex<Set<Int32>>([])

  /// Kills every program that goes on beside the bench, without waiting for its end.
  static func killServers() {
    servers.withLock { for processID in $0 { kill(processID, SIGKILL) } }
  }

  private func end(_ raw: Int32) {
    status = raw
    Self.servers.withLock { _ = $0.remove(processID) }
  }

  /// Starts a program that goes on beside the bench; what it writes goes to the end of `logFile`.
  convenience init(_ path: String, _ arguments: [String], logFile: String) throws(BenchError) {
    let log = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    try require(log >= 0, "\(logFile): \(lastSystemError())")
    defer { close(log) }
    try Interruption.check()
    try self.init(path, arguments, output: log, error: log)
    Self.servers.withLock { [processID] in _ = $0.insert(processID) }
  }

  /// Whether it has not ended yet.
  var isRunning: Bool {
    var raw: Int32 = 0
    if status == nil, waitpid(processID, &raw, WNOHANG) == processID { end(raw) }
    return status == nil
  }

  /// Asks it to end, and waits.
  func stop() {
    if isRunning { kill(processID, SIGTERM) }
    _ = waitForExit()
  }

  /// Waits for its end; true when it succeeded.
  func waitForExit() -> Bool {
    var raw: Int32 = 0
    while status == nil {
      if waitpid(processID, &raw, 0) == processID { end(raw) }
    }
    return status == 0
  }

  /// Waits until `condition` holds while the program runs.
  func wait(
    _ what: String, seconds: Double = 60, until condition: () -> Bool
  ) throws(BenchError) {
    let deadline = monotonicNanoseconds() + UInt64(seconds * 1e9)
    while !condition() {
      try require(
        isRunning && monotonicNanoseconds() < deadline, "\(name) did not get as far as \(what)")
      usleep(500)
    }
  }

  /// Runs a program to its end and gives what it wrote to standard output, without white space
  /// around it.
  @discardableResult
  static func output(_ path: String, _ arguments: [String]) throws(BenchError) -> String {
    var ends: [Int32] = [0, 0]
    try require(pipe(&ends) == 0, "no pipe: \(lastSystemError())")
    // A daemon that the program leaves behind must not keep the pipe open.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: Child
    do throws(BenchError) {
      child = try Child(path, arguments, output: ends[1], error: STDERR_FILENO)
    } catch {
      close(ends[1])
      throw error
    }
    close(ends[1])
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 {
      text += buffer[..<count]
    }
    let command = ([path] + arguments).joined(separator: " ")
    try require(child.waitForExit(), "this failed: \(command.prefix(200))")
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
