import LibCrypto
import Macaroons
import PurserAPI
import PurserCore

/// The tokens of 64 workers at three levels: 4 with the root's, 6 leads with their team's, and 54
/// with one of their own, some of those made offline.
struct Crew {
  let root: GrantCreate.Reply
  let tokens: [String]

  static let rootWorkers = 4
  static let teams = 6
  static let workersInTeam = 9

  init(
    _ installation: Installation, rootLimit: UInt64, teamLimit: UInt64, workerLimit: UInt64
  ) throws {
    root = try installation.grant(.init("root", spend: rootLimit))
    let orchestrator = try installation.agent(root.token)
    var tokens = Array(repeating: root.token, count: Self.rootWorkers)
    for team in 0..<Self.teams {
      let lead = try orchestrator.call(
        GrantCreate.self, .init("team \(team)", spend: teamLimit)
      ).token
      tokens.append(lead)
      for worker in 0..<Self.workersInTeam {
        tokens.append(
          worker.isMultiple(of: 2)
            ? try GrantToken(parsing: lead).attenuated(with: [
              .grant(randomBytes(16)), .name("worker \(worker)"),
              .spend(Msat(workerLimit) ?? .zero),
            ]).text
            : try installation.agent(lead).call(
              GrantCreate.self, .init("worker \(worker)", spend: workerLimit)
            ).token)
      }
    }
    self.tokens = tokens
  }
}
