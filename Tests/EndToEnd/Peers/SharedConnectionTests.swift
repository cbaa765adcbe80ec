import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// Tokens that are bound to a process, on connections that more than one process has.
  @Suite struct SharedConnectionTests {
    /// A grant that is bound to this user, so that nothing but who sends is between it and a thief.
    private static func bound(_ installation: Installation) throws -> String {
      var limits = GrantCreate.Parameters("bound", spend: 10_000)
      limits.peer = ["uid=\(geteuid())"]
      return try installation.grant(limits).token
    }

    private static func checkNothingSpent(_ installation: Installation) throws {
      let grants = try Books(installation).tree().values
      try check(grants.allSatisfy { $0.settledMsat == .zero }, "something was spent")
    }

    private static func checkRefused(_ answer: String?) throws {
      let answer = answer ?? "nothing"
      for part in [
        "\"reason\":\"forbidden\"", "\"rule\":\"caveat:peer\"", "bound to uid=\(geteuid()),",
        "another process", "pid ",
      ] {
        try check(answer.contains(part), "\(part) is not in \(answer)")
      }
    }

    @Test func `the first bytes of a connection are from who sent them, not from who connected`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let token = try Self.bound(installation)
        for (method, parameters) in [
          ("spend.charge", "\"amount_msat\":1"), ("grant.get", ""), ("session.open", ""),
        ] {
          let file = try sharing.request(method, parameters, token: token)
          let answers = try sharing.answers("early", file)
          try check(answers.count == 1, "\(method): \(answers)")
          try Self.checkRefused(answers.first)
        }
        try Self.checkNothingSpent(installation)
      }
    }

    @Test func `a child that inherits the socket of an open session ends the connection`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let token = try Self.bound(installation)
        let open = try sharing.request("session.open", token: token)
        // With the session, with a token of its own that is bound to nothing, and with none.
        let free = try installation.grant(.init("free", spend: 100)).token
        for second in [
          try sharing.request("spend.charge", "\"amount_msat\":1", token: nil),
          try sharing.request("spend.charge", "\"amount_msat\":1", token: free),
          try sharing.request("system.info", token: nil),
        ] {
          let answers = try sharing.answers("inherit", open, second)
          try check(answers.count == 2, "\(answers)")
          try check(answers.first?.contains("\"result\"") == true, "the session: \(answers)")
          try Self.checkRefused(answers.last)
        }
        try Self.checkNothingSpent(installation)
      }
    }

    @Test func `a session that is passed on ends, is audited, and others are not disturbed`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let token = try Self.bound(installation)
        let other = try installation.agent(token)
        _ = try other.call(SpendCharge.self, .init(amountMsat: Msat(5) ?? .zero))
        let place = "\(installation.directory)/lent"
        let output = "\(installation.directory)/borrowed"
        let lender = try sharing.start(
          [
            "lend", installation.agentSocket, place,
            try sharing.request("session.open", token: token),
          ], output: "\(installation.directory)/lender")
        defer { lender.kill() }
        _ = try waitFor("the lender") { FileManager.default.fileExists(atPath: place) ? true : nil }
        let file = try sharing.request("spend.charge", "\"amount_msat\":7", token: nil)
        _ = try waitFor("the borrower") {
          let borrower = try sharing.start(["borrow", place, file], output: output)
          return try borrower.waitForExit() == 0 ? true : nil
        }
        try Self.checkRefused(try sharing.read(output).last)
        _ = try other.call(SpendCharge.self, .init(amountMsat: Msat(5) ?? .zero))
        let books = try Books(installation)
        try check(try books.tree().values.first?.settledMsat.value == 10, "what was charged")
        _ = try waitFor("the audit log") {
          let events = try books.connection.call(AuditList.self, .init(limit: 1000)).events
          return events.contains { $0.event.contains("\"reason\":\"forbidden\"") } ? true : nil
        }
        try books.verify()
      }
    }

    @Test func `a line that two processes wrote is neither's`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let token = try Self.bound(installation)
        let file = try sharing.request("spend.charge", "\"amount_msat\":1", token: token)
        try Self.checkRefused(try sharing.answers("split", file).first)
        // What the owner sends after somebody else's bytes is not read any more.
        let answers = try sharing.answers("queue", file, file)
        try check(answers.count == 1, "\(answers)")
        try Self.checkRefused(answers.first)
      }
    }

    @Test func `a token that is bound to nothing is anybody's who has the socket`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let token = try installation.grant(.init("free", spend: 100)).token
        let file = try sharing.request("spend.charge", "\"amount_msat\":1", token: token)
        let open = try sharing.request("session.open", token: token)
        let session = try sharing.request("spend.charge", "\"amount_msat\":1", token: nil)
        for answers in [
          try sharing.answers("early", file), try sharing.answers("split", file),
          try sharing.answers("queue", file, file), try sharing.answers("inherit", open, session),
        ] {
          try check(answers.allSatisfy { $0.contains("\"result\"") }, "\(answers)")
        }
        try check(try Books(installation).tree().values.first?.settledMsat.value == 5, "charges")
      }
    }

    @Test func `descriptors that a client sends do not pile up in the daemon`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        let sharing = try Sharing(installation)
        let file = try sharing.request("system.info", token: nil)
        let output = "\(installation.directory)/attached"
        let run = try sharing.start(
          ["attach", installation.agentSocket, file, "200"], output: output)
        try check(try run.waitForExit() == 0, "the client failed; see \(output)")
        try check(try sharing.read(output).count == 200, "the answers")
        let open = try FileManager.default.contentsOfDirectory(
          atPath: "/proc/\(daemon.processID)/fd")
        try check(open.count < 200, "\(open.count) descriptors are open")
      }
    }
  }
}
