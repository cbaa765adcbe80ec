public import PurserCore
internal import Synchronization

/// The policy in force, and where a newer one is read from.
public final class PolicySource: Sendable {
  /// What reading the policy's files gave.
  public enum Reading: Sendable {
    /// A policy, and what is to be warned of, a line each.
    case read(PolicyEdition, warnings: [String])
    /// What is wrong, a line each.
    case refused([String])
  }

  private let edition: Mutex<PolicyEdition>
  let reloads = Reloads()
  private let reader: @Sendable () -> Reading

  /// The policy `edition`; `reader` reads the files anew and may block for as long as that takes.
  public init(_ edition: PolicyEdition, reader: @escaping @Sendable () -> Reading) {
    self.edition = Mutex(edition)
    self.reader = reader
  }

  /// A policy that stays as it is: reading it anew gives the same.
  public convenience init(_ policy: Policy) {
    let edition = PolicyEdition(policy: policy)
    self.init(edition) { .read(edition, warnings: []) }
  }

  /// The policy in force.
  public var current: PolicyEdition { edition.withLock { $0 } }

  /// Reads the files.
  func read() -> Reading { reader() }

  /// Puts another policy in force, for every request that has not read it yet.
  func replace(with other: PolicyEdition) { edition.withLock { $0 = other } }
}

/// Reloads, one after the other: two at once could leave the older policy in force.
actor Reloads {
  private var last: Task<Void, Never>?

  /// Runs `work` after every reload before it.
  func run<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    let before = last
    let task = Task {
      await before?.value
      return await work()
    }
    last = Task { _ = await task.value }
    return await task.value
  }
}
