import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserPeer
import Testing

extension EndToEnd {
  /// Grants that processes get for being who they are.
  @Suite struct ClaimTests {
    private static func claim(
      _ installation: Installation, _ name: String?
    ) throws -> GrantClaim.Reply {
      try PurserConnection(path: installation.agentSocket).call(GrantClaim.self, .init(name: name))
    }

    @Test
    func `a process gets its grant with no secret, the same one after a restart and a revoke`()
      async throws
    {
      try await Installation.use { installation in
        let own = try require(ProcessFiles().controlGroup(of: getpid()), "this control group")
        try installation.writePolicy(
          """
            {}
          claims:
            user: {uid: \(geteuid()), spend: 10msat, ttl: 1h}
            group: {cgroup: "\(own.path)", spend: 20msat}
            other: {uid: \(geteuid() + 1), spend: 30msat}
          """)
        var daemon = try installation.startDaemon()
        let log = "\(installation.directory)/claimed"
        let sockets = ["PURSER_SOCKET": installation.agentSocket]
        let claim = try ChildProcess(
          "purser", ["grant", "claim", "user", "--only-token"], log: log, environment: sockets)
        try check(try claim.waitForExit() == 0, "it was not given")
        let token = try String(contentsOfFile: log, encoding: .utf8)
          .trimmingCharacters(in: .newlines)
        _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: msat(7)))
        let group = try Self.claim(installation, "group")
        daemon.kill()
        daemon = try installation.startDaemon()
        let again = try Self.claim(installation, "user")
        let tree = try Books(installation).tree()
        try check(tree[again.node]?.settledMsat == msat(7), "another grant: \(tree)")
        try check(again.node != group.node, "two claims are one grant")
        let spent = try installation.agent(again.token)
          .withinBudget(SpendCharge.self, .init(amountMsat: msat(4)))
        try check(spent == nil, "a claim gave a fresh budget")
        for name in ["other", "nobody", nil] {
          do {
            _ = try Self.claim(installation, name)
            throw Failure("\(name ?? "any") was given")
          } catch ClientError.refused(let refusal) {
            try check(
              refusal.reason == (name == nil ? "invalid_params" : "forbidden"), refusal.message)
          }
        }
        _ = try installation.operatorConnection().call(GrantRevoke.self, .init(node: again.node))
        let refused = try ChildProcess(
          "purser", ["grant", "claim", "user"], log: log, environment: sockets)
        try check(try refused.waitForExit() == 3, "it was given after a revoke")
        let events = try installation.operatorConnection()
          .call(AuditList.self, .init(limit: 1000)).events.map(\.event)
        try check(events.contains { $0.contains("grant.claim") }, "no event")
        try check(!events.joined().contains(token), "the log has the token")
        try Books(installation).verify()
      }
    }
  }
}

private func msat(_ amount: UInt64) throws -> Msat { try require(Msat(amount), "an amount") }
