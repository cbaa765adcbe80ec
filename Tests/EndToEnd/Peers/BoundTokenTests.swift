import Foundation
import Glibc
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserPeer
import Testing

extension EndToEnd {
  /// Tokens that are bound to a process, shown by that process and by others.
  @Suite struct BoundTokenTests {
    private static func explanation(_ body: () throws -> Void) throws -> String {
      do { try body() } catch ClientError.refused(let error) {
        try check(
          error.reason == "forbidden" && error.data["rule"] == .string("caveat:peer"), "\(error)")
        return error.message
      }
      throw Failure("it was not refused")
    }

    private static func charge(_ agent: Agent) throws {
      _ = try agent.call(SpendCharge.self, .init(amountMsat: Msat(1) ?? .zero))
      _ = try agent.call(GrantGet.self, .init())
    }

    @Test func `a token bound to a process is good there, and refused from another by name`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let own = try require(ProcessFiles().stamp(of: getpid()), "this process")
        var limits = GrantCreate.Parameters("worker", spend: 1000)
        limits.peer = ["pid=\(own.text)", "uid=\(geteuid())"]
        let token = try installation.grant(limits).token
        for _ in 0..<3 { try Self.charge(try installation.agent(token)) }
        let thief = try installation.start(
          "purser", ["grant", "show", "--json"],
          environment: ["PURSER_SOCKET": installation.agentSocket, "PURSER_TOKEN": token])
        try check(try thief.waitForExit() == 3, "the thief was not refused")
        let said = try String(
          contentsOfFile: "\(installation.directory)/purser.log", encoding: .utf8)
        for part in ["caveat:peer", "pid=\(own.text)", "pid=\(thief.processID)@"] {
          try check(said.contains(part), "\(part) is not in \(said)")
        }
      }
    }

    @Test func `a process that has the number of another is another`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let own = try require(ProcessFiles().stamp(of: getpid()), "this process")
        let otherBoot = try require(
          BootID("00000000-0000-4000-8000-000000000000"), "a boot id")
        for stamp in [
          ProcessStamp(
            processID: own.processID, startTicks: own.startTicks + 1, bootID: own.bootID),
          ProcessStamp(
            processID: own.processID, startTicks: own.startTicks, bootID: otherBoot),
        ] {
          var limits = GrantCreate.Parameters("worker", spend: 1000)
          limits.peer = ["pid=\(stamp.text)"]
          let agent = try installation.agent(try installation.grant(limits).token)
          let said = try Self.explanation { try Self.charge(agent) }
          try check(said.contains("pid=\(stamp.text)") && said.contains(own.text), said)
        }
      }
    }

    @Test func `a token bound to a control group is good in it and below it`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let own = try require(ProcessFiles().controlGroup(of: getpid()), "this control group")
        let top = try installation.grant(.init("top", spend: 1000)).token
        for (path, isGood) in [
          (own.path, true), ("/", true), ("/purser-test-nowhere", false),
          (own.path == "/" ? "/below" : own.path + "/below", false),
        ] {
          let binding = try require(PeerBinding("cgroup=\(path)"), path)
          let token = try GrantToken(parsing: top).attenuated(with: [
            .grant(randomBytes(16)), .peer(binding),
          ])
          let agent = try installation.agent(token.text)
          guard !isGood else {
            for _ in 0..<3 { try Self.charge(agent) }
            continue
          }
          let said = try Self.explanation { try Self.charge(agent) }
          try check(said.contains("cgroup=\(path),") && said.contains(own.path), said)
        }
      }
    }

    @Test func `a grant whose bindings contradict is not made`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        var limits = GrantCreate.Parameters("team", spend: 1000)
        limits.peer = ["uid=\(geteuid())", "cgroup=/"]
        let team = try installation.agent(try installation.grant(limits).token)
        var child = GrantCreate.Parameters("worker", spend: 10)
        child.peer = ["uid=\(geteuid() + 1)"]
        let said = try Self.explanation { _ = try team.call(GrantCreate.self, child) }
        try check(said.contains("no process is both"), said)
        child.peer = ["cgroup=/workers", "gid=\(getegid())"]
        _ = try team.call(GrantCreate.self, child)
      }
    }

    @Test func `sockets that a service manager opened are served, and stay when the daemon ends`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        for path in [installation.agentSocket, installation.operatorSocket] {
          try FileManager.default.createDirectory(
            atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]),
            withIntermediateDirectories: true)
        }
        let sharing = try Sharing(installation)
        let daemon = try sharing.start(
          [
            "activate", installation.agentSocket, installation.operatorSocket,
            ChildProcess.folder.appending(path: "purserd").path(), "--config",
            "\(installation.directory)/h/config.yaml",
          ], output: "\(installation.directory)/purserd.log")
        defer { daemon.kill() }
        // Connected before the daemon has its hands on the socket, perhaps.
        _ = try waitFor("the socket") { try? installation.operatorConnection() }
        var limits = GrantCreate.Parameters("bound", spend: 100)
        limits.peer = ["uid=\(geteuid())"]
        let token = try installation.grant(limits).token
        try Self.charge(try installation.agent(token))
        daemon.signal(SIGTERM)
        try check(try daemon.waitForExit() == 0, "it did not end with 0")
        for path in [installation.agentSocket, installation.operatorSocket] {
          try check(FileManager.default.fileExists(atPath: path), "\(path) is gone")
        }
      }
    }

    @Test func `agents and operators are kept apart, or the daemon does not start`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let sockets = "group: \"\(getegid())\""
        func configure(_ access: String, _ more: String) throws {
          try installation.changeConfiguration { text in
            text.split(separator: "\n", omittingEmptySubsequences: false)
              .filter { !$0.hasPrefix("operator_uids") && !$0.hasPrefix("separation") }
              .map { line in
                line.hasPrefix("  agents:")
                  ? "  agents: {path: \(installation.agentSocket), \(access)}" : String(line)
              }.joined(separator: "\n") + "\n\(more)\n"
          }
        }
        // Whoever is an operator could also be an agent.
        try configure(
          "mode: 0666", "separation: required\noperator_uids: [\(geteuid()), 54321]")
        let refused = try installation.spawnDaemon()
        try check(try refused.waitForExit() == 1, "it started")
        try check(installation.daemonLog.contains("54321"), installation.daemonLog)
        try configure(sockets, "separation: required")
        let daemon = try installation.startDaemon()
        let info = try installation.operatorConnection().call(SystemInfo.self, NoParameters())
        try check(info.separation == "required", info.separation)
        var status = stat()
        try check(lstat(installation.agentSocket, &status) == 0, "the agents' socket")
        try check(status.st_mode & 0o777 == 0o060, "its mode")
        // This process has the daemon's user, so that it is no agent, by its mode or by its user.
        do {
          _ = try PurserConnection(path: installation.agentSocket)
            .call(SystemInfo.self, NoParameters())
          throw Failure("the daemon's own user is served as an agent")
        } catch ClientError.unreachable {
        } catch ClientError.refused(let error) {
          try check(error.data["rule"] == .string("separation"), "\(error)")
        }
        let events = try installation.operatorConnection().call(AuditList.self, .init()).events
        try check(
          events.first?.event.contains("\"separation\":\"required\"") == true, "the audit log")
        // What it leaves behind lets in nobody of this user, and is replaced all the same.
        daemon.kill()
        _ = try installation.startDaemon()
      }
    }
  }
}
