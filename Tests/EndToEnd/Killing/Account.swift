import PurserAPI
import PurserCore

/// A worker's own record of what was acknowledged, kept apart from anything of Purser's.
struct Account: Sendable {
  /// What the counters of the worker's grant say.
  struct Counters: Sendable, Hashable {
    var settled: UInt64 = 0
    var held: UInt64 = 0
  }

  /// The sums of everything that was acknowledged.
  private(set) var certain = Counters()
  /// What was sent and not answered yet: it may have been done or not.
  private(set) var pending: Operation?
  private(set) var acknowledged: [Acknowledged] = []
  /// Holds that were acknowledged and not ended, with their amounts.
  private(set) var open: [(hold: HoldID, amount: Msat)] = []

  mutating func begin(_ operation: Operation) { pending = operation }

  mutating func acknowledge(_ entry: Acknowledged, prices: Prices) {
    pending = nil
    acknowledged.append(entry)
    switch entry.operation {
    case .reserve(let amount):
      certain.held += amount.value
      if case .reserved(let reply) = entry.answer { open.append((reply.hold, amount)) }
    case .settle(let hold, let amount, let held):
      certain.held -= held.value
      certain.settled += amount.value
      open.removeAll { $0.hold == hold }
    case .release(let hold, let held):
      certain.held -= held.value
      open.removeAll { $0.hold == hold }
    case .pay, .request: certain.settled += prices.cost(of: entry.operation)
    }
  }

  /// What the ledger may say now: with what is pending not done, on its way, or done.
  func possible(prices: Prices) -> Set<Counters> {
    var possible: Set = [certain]
    guard let pending else { return possible }
    var after = certain
    switch pending {
    case .reserve(let amount): after.held += amount.value
    case .settle(_, let amount, let held):
      after.held -= held.value
      after.settled += amount.value
    case .release(_, let held): after.held -= held.value
    case .pay, .request:
      possible.insert(
        Counters(settled: certain.settled, held: certain.held + prices.hold(of: pending)))
      after.settled += prices.cost(of: pending)
    }
    possible.insert(after)
    return possible
  }
}
