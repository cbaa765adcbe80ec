internal import Dispatch
internal import PurserCore
internal import Synchronization

/// One command that waits for the writer.
struct WaitingCommand: Sendable {
  let request: LedgerRequest
  /// Called once, with what became of the command.
  let answer: @Sendable (Result<Applied, Refusal>) -> Void
}

/// The writer's queue: bounded, and fair between sources.
///
/// A group takes one command of each source in turn. When the queue is full, a source that waits
/// with fewer commands takes the place of the last one of the source that waits with the most.
final class CommandQueue: Sendable {
  private struct State {
    var lines: [UInt64: Fifo<WaitingCommand>] = [:]
    /// The sources that have commands, in the order of their turns.
    var turns = Fifo<UInt64>()
    var count = 0
    var isClosed = false
    /// The count at which the writer is to be woken; nil when it does not wait.
    var wakesAt: Int?

    /// Whether the writer is to be woken now; it is told so once.
    mutating func takeWakeUp() -> Bool {
      guard let bound = wakesAt, count >= bound || isClosed else { return false }
      wakesAt = nil
      return true
    }
  }

  /// For how many commands a group is kept open, and for how long at most.
  struct Gathering {
    var count: Int
    var microseconds: Int

    /// What waits is taken at once.
    static let none = Gathering(count: 1, microseconds: 0)
  }

  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)
  private let capacity: Int
  private static let retryAfterMs: UInt64 = 50

  init(capacity: Int) { self.capacity = capacity }

  /// Puts `command` at the end of the line of `source`, or answers it with a refusal.
  func add(_ command: WaitingCommand, from source: UInt64) {
    let (refused, refusal, wakes) = state.withLock { state in
      var refused: WaitingCommand?
      guard !state.isClosed else { return (Optional(command), Self.closed, false) }
      if state.count >= capacity {
        guard let displaced = Self.displace(for: source, in: &state) else {
          return (Optional(command), Self.overloaded, false)
        }
        refused = displaced
      }
      if state.lines[source] == nil { state.turns.append(source) }
      state.lines[source, default: Fifo()].append(command)
      state.count += 1
      return (refused, Self.overloaded, state.takeWakeUp())
    }
    if wakes { wakeUp.signal() }
    refused?.answer(.failure(refusal))
  }

  /// The next group, at most `limit` commands; empty when `milliseconds` passed without any; nil
  /// when the queue is closed and everything in it was taken.
  func take(
    limit: Int, waitingAtMost milliseconds: Int, _ gathering: Gathering = .none
  ) -> [WaitingCommand]? {
    wait(for: 1, atMost: .milliseconds(milliseconds))
    if gathering.count > 1, state.withLock({ $0.count > 0 }) {
      wait(for: min(gathering.count, limit), atMost: .microseconds(gathering.microseconds))
    }
    return state.withLock { state in
      if state.count == 0, state.isClosed { return nil }
      var group: [WaitingCommand] = []
      group.reserveCapacity(min(limit, state.count))
      while group.count < limit, let source = state.turns.popFirst() {
        guard let command = state.lines[source]?.popFirst() else { continue }
        group.append(command)
        if state.lines[source]?.isEmpty == true {
          state.lines[source] = nil
        } else {
          state.turns.append(source)
        }
      }
      state.count -= group.count
      return group
    }
  }

  /// Takes no more commands; those that wait are still answered.
  func close() {
    let wakes = state.withLock { state in
      state.isClosed = true
      return state.takeWakeUp()
    }
    if wakes { wakeUp.signal() }
  }

  /// Returns when there are `count` commands, the queue was closed, or the time is over.
  private func wait(for count: Int, atMost time: DispatchTimeInterval) {
    let isReady = state.withLock { state in
      guard state.count < count, !state.isClosed else { return true }
      state.wakesAt = count
      return false
    }
    guard !isReady, wakeUp.wait(timeout: .now() + time) == .timedOut else { return }
    let isSignalled = state.withLock { state in
      defer { state.wakesAt = nil }
      return state.wakesAt == nil
    }
    // Somebody promised a signal just when the time ran out: it must not be left for later.
    if isSignalled { wakeUp.wait() }
  }

  /// Takes out the newest command of the longest line; nil when `source` has the longest itself.
  private static func displace(for source: UInt64, in state: inout State) -> WaitingCommand? {
    let own = state.lines[source]?.count ?? 0
    guard let longest = state.lines.max(by: { $0.value.count < $1.value.count }),
      longest.value.count > own + 1
    else { return nil }
    state.count -= 1
    return state.lines[longest.key]?.popLast()
  }

  private static let overloaded = Refusal.overloaded(retryAfterMs: retryAfterMs)
  private static let closed = Refusal.storage("the ledger is shut down; nothing was changed")
}

/// A line: elements leave at the front in the order in which they came.
struct Fifo<Element> {
  private var elements: [Element?] = []
  private var first = 0

  var count: Int { elements.count - first }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard !isEmpty else { return nil }
    let element = elements[first]
    elements[first] = nil
    first += 1
    // Each element is moved at most once on average.
    if first * 2 > elements.count {
      elements.removeFirst(first)
      first = 0
    }
    return element
  }

  mutating func popLast() -> Element? {
    guard !isEmpty else { return nil }
    return elements.removeLast()
  }
}
