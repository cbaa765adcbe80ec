internal import Synchronization

/// A door that a test keeps shut while others arrive at it.
public final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var arrivals = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
    var watchers: [(arrivals: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  /// A shut door.
  public init() {}

  /// Arrives, and goes on once the door is open.
  public func pass() async {
    await withCheckedContinuation { continuation in
      let resumed = state.withLock { state in
        state.arrivals += 1
        let watchers = state.watchers.filter { $0.arrivals <= state.arrivals }
        state.watchers.removeAll { $0.arrivals <= state.arrivals }
        if !state.isOpen { state.waiting.append(continuation) }
        return watchers.map(\.continuation) + (state.isOpen ? [continuation] : [])
      }
      for waiter in resumed { waiter.resume() }
    }
  }

  /// Returns when so many have arrived.
  public func waitForArrivals(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReached = state.withLock { state in
        if state.arrivals < count { state.watchers.append((count, continuation)) }
        return state.arrivals >= count
      }
      if isReached { continuation.resume() }
    }
  }

  /// Lets everybody through, from now on.
  public func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume() }
  }
}
