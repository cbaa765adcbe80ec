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
  /// What was sent and not answered yet, by key: each may have been done or not.
  private(set) var pending: [String: Operation] = [:]
  private(set) var acknowledged: [Acknowledged] = []
  /// Holds that were acknowledged and that nothing was sent to end, with their amounts.
  private(set) var open: [(hold: HoldID, amount: Msat)] = []

  mutating func begin(_ operation: Operation, key: String) {
    pending[key] = operation
    switch operation {
    case .settle(let hold, _, _), .release(let hold, _): open.removeAll { $0.hold == hold }
    case .reserve, .pay, .request: break
    }
  }

  mutating func acknowledge(_ entry: Acknowledged, prices: Prices) {
    pending[entry.key] = nil
    acknowledged.append(entry)
    certain.apply(entry.operation, prices: prices)
    if case .reserved(let reply) = entry.answer { open.append((reply.hold, reply.amountMsat)) }
  }

  /// What the ledger may say now: with each of what is pending not done, on its way, or done.
  func possible(prices: Prices) -> Set<Counters> {
    pending.values.reduce(into: [certain]) { possible, operation in
      for before in possible {
        var done = before
        done.apply(operation, prices: prices)
        possible.insert(done)
        guard operation.isPurchase else { continue }
        var onItsWay = before
        onItsWay.held += prices.hold(of: operation)
        possible.insert(onItsWay)
      }
    }
  }
}

extension Account.Counters {
  /// Counts an operation as done.
  fileprivate mutating func apply(_ operation: Operation, prices: Prices) {
    switch operation {
    case .reserve(let amount): held += amount.value
    case .settle(_, let amount, let reserved):
      held -= reserved.value
      settled += amount.value
    case .release(_, let reserved): held -= reserved.value
    case .pay, .request: settled += prices.cost(of: operation)
    }
  }
}
