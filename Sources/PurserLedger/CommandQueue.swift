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
    var writerWaits = false
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
      defer { state.writerWaits = false }
      return (refused, Self.overloaded, state.writerWaits)
    }
    if wakes { wakeUp.signal() }
    refused?.answer(.failure(refusal))
  }

  /// The next group, at most `limit` commands; empty when `milliseconds` passed without any; nil
  /// when the queue is closed and everything in it was taken.
  func take(limit: Int, waitingAtMost milliseconds: Int) -> [WaitingCommand]? {
    let isReady = state.withLock { state in
      state.writerWaits = state.count == 0 && !state.isClosed
      return !state.writerWaits
    }
    if !isReady { waitForCommands(milliseconds: milliseconds) }
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
      defer { state.writerWaits = false }
      return state.writerWaits
    }
    if wakes { wakeUp.signal() }
  }

  /// Returns early when there is a command, or the queue was closed.
  private func waitForCommands(milliseconds: Int) {
    guard wakeUp.wait(timeout: .now() + .milliseconds(milliseconds)) == .timedOut else { return }
    let isSignalled = state.withLock { state in
      defer { state.writerWaits = false }
      return !state.writerWaits
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
