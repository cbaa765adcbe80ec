/// Things that are due at some time, found without looking at those that are not.
struct Agenda<Item: Hashable & Sendable>: Sendable {
  /// By the second in which they are due.
  private var items: [UInt64: Set<Item>] = [:]

  /// Writes down that `item` is due at `time`.
  mutating func add(_ item: Item, at time: Timestamp) {
    items[time.seconds, default: []].insert(item)
  }

  /// Strikes `item`, which was written down for `time`.
  mutating func remove(_ item: Item, at time: Timestamp) {
    items[time.seconds]?.remove(item)
    if items[time.seconds]?.isEmpty == true { items[time.seconds] = nil }
  }

  /// What is due in the second of `now` or before, in no order.
  func due(at now: Timestamp) -> [Item] {
    items.lazy.filter { $0.key <= now.seconds }.flatMap(\.value)
  }
}
