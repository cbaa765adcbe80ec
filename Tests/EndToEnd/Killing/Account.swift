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
  /// The keys under which something was sent whose answer was lost.
  private var interrupted: Set<String> = []
  private(set) var acknowledged: [Acknowledged] = []
  /// Holds that were made without an answer or a key, and found in the ledger.
  private(set) var found = 0
  /// How often the ledger could not be written.
  private(set) var storageRefusals = 0
  /// Holds that were acknowledged and that nothing was sent to end, with their amounts.
  private(set) var open: [(hold: HoldID, amount: Msat)] = []

  mutating func begin(_ operation: Operation, key: String) {
    pending[key] = operation
    switch operation {
    case .settle(let hold, _, _), .release(let hold, _): open.removeAll { $0.hold == hold }
    case .reserve, .reserveOnce, .pay, .request: break
    }
  }

  mutating func acknowledge(_ entry: Acknowledged, prices: Prices) {
    pending[entry.key] = nil
    interrupted.remove(entry.key)
    acknowledged.append(entry)
    certain.apply(entry.operation, prices: prices)
    if case .reserved(let reply) = entry.answer { open.append((reply.hold, reply.amountMsat)) }
  }

  /// Nobody will know what became of it, unless the ledger says so.
  mutating func interrupt(_ key: String) { interrupted.insert(key) }

  /// It was refused for want of a budget, so that nothing was done under its key.
  mutating func abandon(_ key: String) {
    pending[key] = nil
    interrupted.remove(key)
  }

  /// It was refused since the ledger cannot be written: this time nothing was done, and of a
  /// purchase no more than before.
  mutating func suspend(_ operation: Operation, key: String) {
    storageRefusals += 1
    if !operation.isPurchase, !interrupted.contains(key) { pending[key] = nil }
  }

  /// The amounts that were reserved once and without an answer, by key.
  ///
  /// What waits to be sent is not among them.
  var lost: [String: Msat] {
    pending.filter { interrupted.contains($0.key) }.compactMapValues { operation in
      if case .reserveOnce(let amount) = operation { amount } else { nil }
    }
  }

  /// Takes up what the ledger has of something that was lost: its hold, or nothing.
  mutating func resolve(_ key: String, _ amount: Msat, hold: HoldID?) {
    abandon(key)
    guard let hold else { return }
    found += 1
    certain.held += amount.value
    open.append((hold, amount))
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
    case .reserve(let amount), .reserveOnce(let amount): held += amount.value
    case .settle(_, let amount, let reserved):
      held -= reserved.value
      settled += amount.value
    case .release(_, let reserved): held -= reserved.value
    case .pay, .request: settled += prices.cost(of: operation)
    }
  }
}
