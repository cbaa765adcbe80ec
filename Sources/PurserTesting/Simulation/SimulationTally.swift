/// What a simulation did.
public struct SimulationTally: Sendable {
  /// Requests, and other steps such as restarts.
  public internal(set) var steps = 0
  /// Requests that changed something.
  public internal(set) var done = 0
  /// Requests that were refused by a rule.
  public internal(set) var refused = 0
  /// Of those, the ones that a limit refused.
  public internal(set) var exceeded = 0
  /// Groups that the disk failed.
  public internal(set) var failedGroups = 0
  /// Restarts after a regular end.
  public internal(set) var restarts = 0
  /// Restarts after a kill.
  public internal(set) var kills = 0
  /// Archives of the audit log that were begun.
  public internal(set) var archives = 0
  /// Nodes that were let go.
  public internal(set) var letGo = 0

  /// Nothing yet.
  public init() {}

  /// Both together.
  public static func + (first: SimulationTally, second: SimulationTally) -> SimulationTally {
    var sum = first
    sum.steps += second.steps
    sum.done += second.done
    sum.refused += second.refused
    sum.exceeded += second.exceeded
    sum.failedGroups += second.failedGroups
    sum.restarts += second.restarts
    sum.kills += second.kills
    sum.archives += second.archives
    sum.letGo += second.letGo
    return sum
  }
}

extension SimulationTally: CustomStringConvertible {
  /// The counts in one line.
  public var description: String {
    """
    \(steps) steps: \(done) done, \(refused) refused (\(exceeded) by a limit), \
    \(failedGroups) failed groups, \(restarts) restarts, \(kills) kills, \(archives) archives, \
    \(letGo) nodes let go
    """
  }
}

/// Where a ledger and its model came apart.
public struct SimulationFailure: Error, CustomStringConvertible {
  /// The seed of the run.
  public let seed: UInt64
  /// The number of the step.
  public let step: Int
  /// How many steps the run was to have.
  public let steps: Int
  /// What differs.
  public let reason: String

  /// What differs, and how to see it again.
  public var description: String {
    """
    seed \(seed), step \(step): \(reason)
    replay: PURSER_SEED=\(seed) PURSER_STEPS=\(steps) swift test --filter SimulationTests
    """
  }
}
