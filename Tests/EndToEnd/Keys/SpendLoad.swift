import Dispatch
import Foundation
import PurserAPI
import PurserClient
import PurserCore
import Synchronization

/// Agents that charge one msat after the other, and none of whose calls may be refused.
final class SpendLoad: Sendable {
  private let group = DispatchGroup()
  private let state: Mutex<State>

  private struct State {
    var isOver = false
    /// What each agent spent.
    var spent: [UInt64]
    var failure: (any Error)?

    var total: UInt64 { spent.reduce(0, +) }
  }

  /// Starts an agent for each of some of the tokens.
  init(_ installation: Installation, tokens: [String], agents: Int = 8) throws {
    let step = max(1, tokens.count / agents)
    let chosen: [String] = stride(from: 0, to: tokens.count, by: step).map { tokens[$0] }
    state = Mutex(State(spent: Array(repeating: 0, count: chosen.count)))
    for (index, token) in chosen.enumerated() {
      group.enter()
      Thread.detachNewThread { [self] in
        defer { group.leave() }
        do {
          let agent = try installation.agent(token)
          while !state.withLock(\.isOver) {
            _ = try agent.call(SpendCharge.self, .init(amountMsat: .one))
            state.withLock { $0.spent[index] += 1 }
          }
        } catch { state.withLock { $0.failure = error } }
      }
    }
  }

  /// What was acknowledged so far, in msat.
  var spent: UInt64 { state.withLock(\.total) }

  /// Waits until each agent has spent a few times more.
  func waitForProgress() throws {
    let before: [UInt64] = state.withLock(\.spent)
    _ = try waitFor("the load to go on") { () throws -> Bool? in
      let now: State = state.withLock(\.self)
      if let failure = now.failure { throw failure }
      for (index, spent) in now.spent.enumerated() where spent < before[index] + 5 { return nil }
      return true
    }
  }

  /// Ends it and gives what was spent in all.
  /// - Throws: What met any of the agents.
  func stop() throws -> UInt64 {
    state.withLock { $0.isOver = true }
    group.wait()
    let end: State = state.withLock(\.self)
    if let failure = end.failure { throw failure }
    return end.total
  }
}
