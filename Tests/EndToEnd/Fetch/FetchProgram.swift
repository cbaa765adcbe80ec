import Foundation
import Glibc
import PurserAPI
import PurserCore
import PurserWallet

/// `purser fetch` as an agent runs it, with the token of a grant in its environment.
struct FetchProgram {
  /// How it ended.
  struct Outcome {
    let output: String
    let error: String
    let status: Int32
    /// The most memory that it had, in bytes.
    let peakMemory: Int

    /// The object that it printed.
    func json() throws -> [String: Any] {
      try require(
        try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any],
        "no object: \(output)")
    }

    /// Ends the test unless it ended with `status`.
    @discardableResult
    func ended(_ status: Int32, _ what: String = "fetch") throws -> Outcome {
      try check(self.status == status, "\(what) ended with \(self.status): \(error)\(output)")
      return self
    }
  }

  let installation: Installation
  /// Nil for nobody's.
  let token: String?

  /// A grant of `msat` with a program to spend it.
  init(_ installation: Installation, spend msat: UInt64, approveAbove: UInt64? = nil) throws {
    self.installation = installation
    var limits = GrantCreate.Parameters("fetcher", spend: msat)
    limits.approveAbove = approveAbove.flatMap { amount in
      Msat(amount).map { [ApprovalThreshold(aboveMsat: $0)] }
    }
    token = try installation.grant(limits).token
  }

  init(_ installation: Installation, token: String?) {
    self.installation = installation
    self.token = token
  }

  func callAsFunction(_ arguments: String...) throws -> Outcome { try run(arguments) }

  func run(_ arguments: [String]) throws -> Outcome {
    let folder = "\(installation.directory)/\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, name) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, "\(folder)/\(name)", O_WRONLY | O_CREAT, 0o600)
    }
    let path = ChildProcess.folder.appending(path: "purser").path()
    var environment = ["PURSER_SOCKET=\(installation.agentSocket)", "PATH=/usr/bin:/bin"]
    if let token { environment.append("PURSER_TOKEN=\(token)") }
    if let library = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] {
      environment.append("LD_LIBRARY_PATH=\(library)")
    }
    let given = ([path, "fetch"] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in given + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, nil, given, variables)
    try check(code == 0, "fetch did not start: \(String(cString: strerror(code)))")
    // Not what `wait4` says: that begins with what this process had when it started the other.
    var status: Int32 = 0
    var peakMemory = 0
    while true {
      peakMemory = max(peakMemory, Self.peakMemory(of: child))
      let ended = waitpid(child, &status, WNOHANG)
      if ended == child { break }
      try check(ended == 0 || errno == EINTR, "no end of fetch")
      usleep(1000)
    }
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
    }
    return Outcome(
      output: try text("out"), error: try text("err"),
      status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
      peakMemory: peakMemory)
  }

  /// The most memory that a process has had so far, in bytes; 0 when it is over.
  private static func peakMemory(of process: pid_t) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}

extension Installation {
  /// Ends the test unless the daemon's wallet has paid so often.
  func checkPaid(times: Int) throws {
    let paid = try network.payments(of: Installation.payer).count { $0.state == .settled }
    try check(paid == times, "paid \(paid) times, not \(times)")
  }
}
