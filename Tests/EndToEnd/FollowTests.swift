import Foundation
import PurserAPI
import PurserCore
import Testing

extension EndToEnd {
  @Suite struct FollowTests {
    @Test func `purser audit list --follow prints events as they are committed`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 1000))
        let agent = try installation.agent(grant.token)
        let log = "\(installation.directory)/purser.log"
        _ = try installation.start(
          "purser",
          [
            "audit", "list", "--follow", "--after", "0", "--action", "spend.*", "--socket",
            installation.operatorSocket,
          ])
        func amounts() throws -> [String] {
          let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
          return text.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /settled_msat\\":(\d+)/).map { String($0.1) }
          }
        }
        for amount in UInt64(1)...3 {
          _ = try agent.call(SpendCharge.self, .init(amountMsat: Msat(amount) ?? .zero))
          _ = try waitFor("event \(amount)") {
            try amounts() == (1...amount).map(String.init) ? true : nil
          }
        }
      }
    }
  }
}
