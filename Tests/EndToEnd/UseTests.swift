import Foundation
import Glibc
import LibCrypto
import Macaroons
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// What a holder may do: how often, by which methods, and what an operator has to approve.
  @Suite struct UseTests {
    @Test func `an agent waits at the terminal until an operator approves its purchase`()
      async throws
    {
      try await Installation.use { installation in
        let origin = try installation.startPaywall()
        try installation.writePolicy(
          """
            market-data:
              origins: ["\(origin)"]
              challenge_path: /market-data/prices
              price_ceiling: 50sat
          """)
        _ = try installation.startDaemon()
        let token = try Self.purser(
          installation, 0, "grant", "create", "--name", "scraper", "--spend", "100sat",
          "--approve-above", "1sat", "--only-token")
        let tokenFile = "\(installation.directory)/token"
        try token.write(toFile: tokenFile, atomically: true, encoding: .utf8)
        chmod(tokenFile, 0o600)
        let ask = ["credential", "market-data", "--token-file", tokenFile, "--json"]
        let refused = try Self.purser(installation, 3, ask)
        try check(refused.contains("\"reason\":\"approval_required\""), refused)
        let log = "\(installation.directory)/waiting"
        let waiting = try ChildProcess(
          "purser", ask + ["--wait", "5m"], log: log, environment: Self.sockets(installation))
        let approvals = try installation.operatorConnection()
          .call(ApprovalList.self, .init()).approvals
        let first = try require(approvals.first, "nothing waits")
        let list = try Self.purser(installation, 0, "approvals")
        try check(list.contains(first.approval.hex) && list.contains("scraper"), list)
        // The same question again is the same approval, so this is the one that is waited for.
        let said = try Self.purser(installation, 0, "approve", first.approval.hex)
        try check(said.contains("approved"), said)
        try check(try waiting.waitForExit() == 0, "it was not let go")
        let bought = try String(contentsOfFile: log, encoding: .utf8)
        try check(bought.contains("\"authorization\":"), "no credential: \(bought)")
        let none = try Self.purser(installation, 0, "approvals", "--all", "--json")
        try check(none == "{\"approvals\":[]}\n", none)
        try Books(installation).verify()
      }
    }

    @Test func `a purchase above the policy's threshold pays once an operator has approved it`()
      async throws
    {
      try await Installation.use { installation in
        let origin = try installation.startPaywall()
        try installation.writePolicy(
          """
            market-data:
              origins: ["\(origin)"]
              challenge_path: /market-data/prices
              price_ceiling: 50sat
              approve_above: 1sat
          """)
        _ = try installation.startDaemon()
        let token = try Self.purser(
          installation, 0, "grant", "create", "--spend", "100sat", "--only-token")
        let tokenFile = "\(installation.directory)/token"
        try token.write(toFile: tokenFile, atomically: true, encoding: .utf8)
        chmod(tokenFile, 0o600)
        let explained = try Self.purser(
          installation, 0, "policy", "explain", "market-data", "--amount", "10sat",
          "--token-file", tokenFile)
        try check(explained.contains("\"decision\":\"approve\""), explained)
        try check(explained.contains("\"rule\":\"policy:approve_above\""), explained)
        let ask = ["credential", "market-data", "--token-file", tokenFile, "--json"]
        let refused = try Self.purser(installation, 3, ask)
        try check(refused.contains("\"reason\":\"approval_required\""), refused)
        let waiting = try installation.operatorConnection()
          .call(ApprovalList.self, .init()).approvals
        let first = try require(waiting.first, "nothing waits")
        _ = try Self.purser(installation, 0, "approve", first.approval.hex)
        let bought = try Self.purser(installation, 0, ask)
        try check(bought.contains("\"authorization\":"), "no credential: \(bought)")
        try Books(installation).verify()
      }
    }

    @Test func `a token is held to its methods and its number of operations`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        var daemon = try installation.startDaemon()
        var limits = GrantCreate.Parameters("worker", spend: 1000)
        limits.methods = ["spend.*", "grant.get"]
        limits.calls = [CallWindow(count: 3, per: "1h")]
        let token = try installation.grant(limits).token
        for _ in 0..<3 {
          _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: one()))
        }
        daemon.kill()
        daemon = try installation.startDaemon()
        let spent = try Self.refusal(installation, token) {
          _ = try $0.call(SpendCharge.self, .init(amountMsat: try one()))
        }
        try check(spent.reason == "budget_exceeded", spent.message)
        try check(spent.data["used_calls"] == .integer(3), "\(spent.data)")
        let tree = try Self.refusal(installation, token) {
          _ = try $0.call(GrantTree.self, .init())
        }
        try check(tree.data["rule"] == .string("caveat:methods"), "\(tree.data)")
        _ = try installation.agent(token).call(GrantGet.self, .init())
        try Books(installation).verify()
      }
    }

    /// Ten levels that no daemon has seen: each has its own counter from its first use on.
    @Test func `a chain of ten levels made offline is used, and revoked in its middle`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 1_000_000))
        var levels = [try GrantToken(parsing: top.token)]
        for level in 1...10 {
          let limit = try require(Msat(1000 * UInt64(11 - level)), "a limit")
          levels.append(
            try levels[level - 1].attenuated(
              with: [.grant(randomBytes(16)), .name("level \(level)"), .spend(limit)]))
        }
        for token in levels.dropFirst().reversed() {
          _ = try installation.agent(token.text).call(SpendCharge.self, .init(amountMsat: one()))
        }
        for (level, token) in levels.enumerated().dropFirst() {
          let view = try installation.agent(token.text).call(GrantGet.self, .init())
          try check(view.settledMsat.value == UInt64(11 - level), "level \(level): \(view)")
        }
        let fourth = try installation.agent(levels[4].text).call(GrantGet.self, .init()).node
        _ = try installation.operatorConnection().call(GrantRevoke.self, .init(node: fourth))
        for (level, token) in levels.enumerated().dropFirst() {
          let outcome = Result {
            try installation.agent(token.text).call(SpendCharge.self, .init(amountMsat: one()))
          }
          let isRefused = (try? outcome.get()) == nil
          try check(isRefused == (level >= 4), "level \(level): \(outcome)")
        }
        try Books(installation).verify()
      }
    }

    private static func refusal(
      _ installation: Installation, _ token: String, _ call: (Agent) throws -> Void
    ) throws -> RPCError {
      try require(
        try BadChallengeTests.refusal { try call(try installation.agent(token)) }, "a refusal")
    }

    private static func sockets(_ installation: Installation) -> [String: String] {
      [
        "PURSER_OPERATOR_SOCKET": installation.operatorSocket,
        "PURSER_SOCKET": installation.agentSocket,
      ]
    }

    private static func purser(
      _ installation: Installation, _ status: Int32, _ arguments: String...
    ) throws -> String { try purser(installation, status, arguments) }

    /// Runs `purser`, which must end with `status`, and gives what it said.
    private static func purser(
      _ installation: Installation, _ status: Int32, _ arguments: [String]
    ) throws -> String {
      let log = "\(installation.directory)/said"
      unlink(log)
      let program = try ChildProcess(
        "purser", arguments, log: log, environment: sockets(installation))
      let found = try program.waitForExit()
      let said = try String(contentsOfFile: log, encoding: .utf8)
      try check(found == status, "purser \(arguments) ended with \(found): \(said)")
      return said
    }
  }
}

private func one() throws -> Msat { try require(Msat(1), "an amount") }
