internal import PurserCore

/// The purchases under way in this process: each runs once, whoever asks for it meanwhile joins.
///
/// A purchase is a task of its own, so that it outlives the connection of whoever asked for it.
actor Purchases {
  /// What a purchase got.
  struct Bought: Sendable {
    let credential: CredentialID
    /// Whether it was paid just now, and not found in the vault at the last moment.
    let isNew: Bool
    /// The payment hash of what the seller takes once; nil for what others may use too.
    let singleUse: [UInt8]?
  }

  /// How a purchase ended for those who waited.
  typealias Outcome = Result<Bought, Refusal>

  private var running: [Purchase: Task<Outcome, Never>] = [:]
  private var isClosed = false

  /// Runs `work` as the purchase, or waits for the one under way.
  /// - Returns: How it ended, and whether this call led it.
  func run(
    _ purchase: Purchase, _ work: @escaping @Sendable () async -> Outcome
  ) async -> (outcome: Outcome, led: Bool) {
    if let underWay = running[purchase] { return (await underWay.value, false) }
    guard !isClosed else { return (.failure(.overloaded(retryAfterMs: 1000)), true) }
    let task = Task {
      let outcome = await work()
      // Before anybody hears of the outcome: who leads next must not find this one again.
      running[purchase] = nil
      return outcome
    }
    running[purchase] = task
    return (await task.value, true)
  }

  /// Starts no more purchases and waits for those under way.
  func drain() async {
    isClosed = true
    for task in running.values { _ = await task.value }
  }
}
