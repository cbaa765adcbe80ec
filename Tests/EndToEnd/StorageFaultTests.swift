import Foundation
import Glibc
import LibSQLite
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// Files that are not as they should be: a clear error that says what to do, and nothing lost.
  @Suite struct StorageFaultTests {
    /// What is done to an installation, what the daemon then says, and how it is undone.
    private struct Fault: Sendable {
      let name: String
      let says: [String]
      let make: @Sendable (Installation) throws -> Void
    }

    private static let faults = [
      Fault(name: "a newer database", says: ["newer version", "restore a backup"]) {
        try SQLiteConnection(path: $0.ledgerFile).execute("PRAGMA user_version = 9999")
      },
      Fault(name: "no database", says: ["is not an SQLite database", "move it away"]) {
        try Data(repeating: 7, count: 8192).write(to: URL(filePath: $0.ledgerFile))
      },
      Fault(name: "a read-only database", says: ["cannot be written", "write permission"]) {
        chmod($0.ledgerFile, 0o400)
      },
      Fault(name: "a key that others can read", says: ["0644", "chmod 600"]) {
        chmod("\($0.directory)/h/purser.key", 0o644)
      },
      Fault(name: "no key", says: ["purser.key", "No such file"]) {
        unlink("\($0.directory)/h/purser.key")
      },
      Fault(name: "an unknown key", says: [":1:1:", "did you mean \"log_level\"?"]) {
        try $0.changeConfiguration { "log_levle: info\n" + $0 }
      },
      Fault(name: "a mistake in the policy", says: ["policy.yaml:3:", "price_ceiling"]) {
        try $0.writePolicy("  x: {origins: [\"http://127.0.0.1\"], price_ceiling: many}")
      },
      Fault(name: "a file in the socket's place", says: ["no socket is in the way"]) {
        try FileManager.default.createDirectory(
          atPath: "\($0.directory)/h/run/agents", withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: $0.agentSocket))
      },
      Fault(name: "a path that is too long", says: ["107 bytes"]) {
        let long = "\($0.directory)/h/\(String(repeating: "x", count: 120))/purser.sock"
        let socket = $0.agentSocket
        try $0.changeConfiguration { $0.replacing(socket, with: long) }
      },
    ]

    @Test(arguments: faults.indices)
    func `the daemon says what is wrong and what to do, and does not start`(index: Int)
      async throws
    {
      let fault = Self.faults[index]
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let first = try installation.startDaemon()
        first.signal(SIGTERM)
        try check(try first.waitForExit() == 0, "it did not stop")
        try fault.make(installation)
        let daemon = try installation.spawnDaemon()
        try check(try daemon.waitForExit() == 1, "\(fault.name): it started")
        let log = try String(
          contentsOfFile: "\(installation.directory)/purserd.log", encoding: .utf8)
        let start = try require(
          log.range(of: "purserd: error: ", options: .backwards), "an error in \(log)")
        let error = log[start.lowerBound...]
        for part in fault.says {
          try check(error.contains(part), "\(fault.name): \(error)")
        }
      }
    }

    @Test func `a second daemon does not start, and the first one goes on`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let second = try installation.spawnDaemon()
        try check(try second.waitForExit() == 1, "the second one started")
        try Books(installation).verify()
      }
    }

    @Test func `a socket left behind by a killed daemon is replaced`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        try installation.startDaemon().kill()
        try check(
          FileManager.default.fileExists(atPath: installation.agentSocket), "no socket was left")
        _ = try installation.startDaemon()
        try Books(installation).verify()
      }
    }

    /// Needs root, for the small file system; `.ci/run` is root or fails here.
    @Test(
      .enabled(
        if: geteuid() == 0 || ProcessInfo.processInfo.environment["CI"] != nil,
        "a small file system needs root"))
    func `a full disk refuses, changes nothing, and is over when there is space again`()
      async throws
    {
      try await Installation.use { installation in
        let data = "\(installation.directory)/h/full"
        try FileManager.default.createDirectory(
          atPath: data, withIntermediateDirectories: false)
        try check(
          mount("tmpfs", data, "tmpfs", 0, "size=2m") == 0,
          "no file system: \(String(cString: strerror(errno)))")
        defer { umount2(data, Int32(MNT_DETACH)) }
        try installation.changeConfiguration {
          $0.replacing("/h/data\"", with: "/h/full\"")
        }
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        defer { daemon.kill() }
        let ballast = "\(data)/ballast"
        try Self.fillAndRecover(installation) {
          _ = FileManager.default.createFile(atPath: ballast, contents: nil)
          let handle = try FileHandle(forWritingTo: URL(filePath: ballast))
          while (try? handle.write(contentsOf: Data(repeating: 1, count: 4096))) != nil {}
          try handle.close()
        } free: {
          unlink(ballast)
        }
      }
    }

    /// The system also sends a signal then that would end the daemon.
    @Test func `a limit on the length of files is met like a full disk`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        try Self.fillAndRecover(installation) {
          var log = stat()
          try check(stat("\(installation.ledgerFile)-wal", &log) == 0, "there is no log")
          try daemon.limitFileSize(to: UInt64(log.st_size) + 10_000)
        } free: {
          try daemon.limitFileSize(to: nil)
        }
      }
    }

    private static func fillAndRecover(
      _ installation: Installation, fill: () throws -> Void, free: () throws -> Void
    ) throws {
      let grant = try installation.grant(.init("worker", spend: 1_000_000))
      let agent = try installation.agent(grant.token)
      let one = SpendReserve.Parameters(amountMsat: try require(Msat(1), "an amount"))
      _ = try agent.call(SpendReserve.self, one)
      try fill()
      var refusal: RPCError?
      while refusal == nil {
        refusal = try BadChallengeTests.refusal { _ = try agent.call(SpendReserve.self, one) }
      }
      try check(refusal?.reason == "storage", "\(String(describing: refusal))")
      let before = try agent.call(GrantGet.self, GrantGet.Parameters())
      for _ in 0..<5 {
        let again = try BadChallengeTests.refusal { _ = try agent.call(SpendReserve.self, one) }
        try check(again?.reason == "storage", "\(String(describing: again))")
      }
      let after = try agent.call(GrantGet.self, GrantGet.Parameters())
      try check(before == after, "a refused spend changed something")
      try free()
      _ = try agent.call(SpendReserve.self, one)
      let then = try agent.call(GrantGet.self, GrantGet.Parameters())
      try check(then.heldMsat.value == after.heldMsat.value + 1, "it does not go on")
      try Books(installation).verify()
    }
  }
}
