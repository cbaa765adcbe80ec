import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import Synchronization
import Testing

extension EndToEnd {
  /// The policy of a running daemon, changed by a signal and over the operators' socket.
  @Suite struct PolicyReloadTests {
    @Test func `SIGHUP puts the files in force, all or nothing, and the log says so`() async throws
    {
      try await Installation.use { installation in
        try Self.write(installation, payment: "1000msat")
        let daemon = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 1_000_000))
        let agent = try installation.agent(grant.token)
        try check(try Self.spends(agent, 1000), "1000 msat should pass")
        try check(try !Self.spends(agent, 1001), "1001 msat should not pass")

        try Self.write(installation, payment: "10msat")
        daemon.signal(SIGHUP)
        try waitFor("the policy to be changed") { try Self.spends(agent, 11) ? nil : () }
        try check(try Self.spends(agent, 10), "10 msat should pass")

        try Self.write(installation, payment: "broken")
        daemon.signal(SIGHUP)
        let log = "\(installation.directory)/purserd.log"
        try waitFor("the mistake to be logged") {
          let text = try String(contentsOfFile: log, encoding: .utf8)
          return text.contains("policy.yaml:2:25: limits.grant_payment") ? () : nil
        }
        try check(try Self.spends(agent, 10), "10 msat should still pass")
        try check(try !Self.spends(agent, 11), "11 msat should still not pass")

        let events = try Self.events(installation, action: "policy.reload")
        try check(events.count == 1, "\(events)")
        try check(
          events[0].contains(#""cause":"SIGHUP","changed":["limits.grant_payment"]"#), events[0])
        try Books(installation).verify()
        daemon.signal(SIGTERM)
        try check(try daemon.waitForExit(seconds: 10) == 0, "purserd did not end with 0")
      }
    }

    @Test func `a reload under load admits nothing beyond the new policy once it is answered`()
      async throws
    {
      try await Installation.use { installation in
        try Self.write(installation, payment: "100msat")
        _ = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: nil))
        let isOver = Mutex(false)
        let limit = Atomic<UInt64>(100)
        let spent = try concurrently(5) { index -> Int in
          guard index > 0 else {
            let operators = try installation.operatorConnection()
            // Only ever tighter: whoever reads a limit before it asks may get less, never more.
            for payment in (1...20).map({ UInt64(100 - 4 * $0) }) {
              try Self.write(installation, payment: "\(payment)msat")
              let reply = try operators.call(PolicyReload.self, NoParameters())
              try check(
                reply.ok && reply.changes == ["changed limits.grant_payment"], "\(reply)")
              limit.store(payment, ordering: .sequentiallyConsistent)
              try Self.write(installation, payment: "broken")
              try check(
                try !operators.call(PolicyReload.self, NoParameters()).ok, "a broken file passed")
            }
            isOver.withLock { $0 = true }
            return 0
          }
          let agent = try installation.agent(grant.token)
          var admitted = 0
          while !isOver.withLock({ $0 }) {
            let known = limit.load(ordering: .sequentiallyConsistent)
            try check(try !Self.spends(agent, known + 1), "\(known + 1) msat passed after \(known)")
            if try Self.spends(agent, 1) { admitted += 1 }
          }
          return admitted
        }.reduce(0, +)
        try check(spent > 0, "nothing was spent meanwhile")
        let events = try Self.events(installation, action: "policy.reload")
        try check(events.count == 20, "\(events.count) events")
        try check(events.allSatisfy { $0.contains(#""kind":"operator""#) }, "\(events)")
        try Books(installation).verify()
      }
    }

    @Test func `the command line reloads, and shows what was wrong`() async throws {
      try await Installation.use { installation in
        try Self.write(installation, payment: "100msat")
        _ = try installation.startDaemon()
        let sockets = ["--socket", installation.operatorSocket, "--json"]
        try Self.write(installation, payment: "90msat")
        let good = try installation.start("purser", ["policy", "reload"] + sockets)
        try check(try good.waitForExit(seconds: 30) == 0, "the reload failed")
        try Self.write(installation, payment: "90")
        let bad = try installation.start("purser", ["policy", "reload"] + sockets)
        try check(try bad.waitForExit(seconds: 30) == 1, "a broken policy was taken")
        let said = try String(
          contentsOfFile: "\(installation.directory)/purser.log", encoding: .utf8)
        try check(said.contains(#""changes":["changed limits.grant_payment"]"#), said)
        try check(said.contains("limits.grant_payment: found \\\"90\\\"; expected"), said)
      }
    }

    private static func write(_ installation: Installation, payment: String) throws {
      try "version: 1\nlimits: {grant_payment: \(payment)}\nservices: {}\n"
        .write(
          toFile: "\(installation.directory)/h/policy.yaml", atomically: true, encoding: .utf8)
    }

    private static func spends(_ agent: Agent, _ amount: UInt64) throws -> Bool {
      let amount = try require(Msat(amount), "an amount")
      return try agent.withinBudget(SpendCharge.self, .init(amountMsat: amount)) != nil
    }

    private static func events(_ installation: Installation, action: String) throws -> [String] {
      var found: [String] = []
      var after: UInt64 = 0
      let operators = try installation.operatorConnection()
      while true {
        let page = try operators.call(AuditList.self, .init(after: after, limit: 1000)).events
        found += page.map(\.event).filter { $0.contains(#""action":"\#(action)""#) }
        guard let last = page.last else { return found }
        after = last.seq
      }
    }
  }
}
