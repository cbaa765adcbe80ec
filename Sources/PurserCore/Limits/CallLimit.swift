/// What a `calls` caveat says: at most so many admitted operations in each window.
public struct CallLimit: Sendable, Hashable {
  /// The most operations, 0 to 2^53−1.
  public var count: UInt64
  /// The window that they are counted in.
  public let window: SpendWindow

  /// A limit of `count` for each `window`.
  public init(_ count: UInt64, per window: SpendWindow) {
    self.count = count
    self.window = window
  }

  /// Reads `N/window`, such as `60/1m`; the grammar is that of a spend limit.
  public init?(_ text: String) {
    guard let limit = SpendLimit(text), let window = limit.window else { return nil }
    self.init(limit.amount.value, per: window)
  }

  /// The limit as it stands in a caveat.
  public var text: String { "\(count)/\(window.text)" }
}

extension [CallLimit] {
  /// Adds a limit; of two for one window the tighter counts.
  mutating func tighten(by limit: CallLimit) {
    if let index = firstIndex(where: { $0.window == limit.window }) {
      self[index].count = Swift.min(self[index].count, limit.count)
    } else {
      append(limit)
    }
  }
}

extension [SpendLimit] {
  /// Adds a limit; of two for one window, or in all, the tighter counts.
  mutating func tighten(by limit: SpendLimit) {
    if let index = firstIndex(where: { $0.window == limit.window }) {
      self[index].amount = Swift.min(self[index].amount, limit.amount)
    } else {
      append(limit)
    }
  }
}
