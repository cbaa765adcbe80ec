import Synchronization

/// Lets the workers through while the daemon is up, and tells how many were in a call when it died.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var isKilling = false
    var isOver = false
    var isAborted = false
    var inside = 0
    var interrupted = 0
  }

  private let state = Mutex(State())

  /// Whether the workers are to begin nothing new.
  var isOver: Bool { state.withLock { $0.isOver } }

  /// Lets the workers in.
  func open() { state.withLock { $0.isOpen = true } }

  /// Lets the workers finish what they began, and begin no more.
  func end() {
    state.withLock {
      $0.isOver = true
      $0.isOpen = true
    }
  }

  /// Runs `body`; when it throws, everybody else who comes to the gate stops as well.
  func abortingOnFailure(_ body: () throws -> Void) throws {
    do { try body() } catch {
      state.withLock { $0.isAborted = true }
      throw error
    }
  }

  /// Makes one call, once the gate is open; `wasInterrupted` says of an error whether the request
  /// was sent and not answered.
  func pass<Value>(
    _ call: () throws -> Value, wasInterrupted: (any Error) -> Bool
  ) throws -> Value {
    let counts = try waitFor("the gate to open", seconds: 60) {
      try state.withLock { state -> Bool? in
        try check(!state.isAborted, "stopped, since another thread failed")
        guard state.isOpen else { return nil }
        state.inside += 1
        return !state.isKilling
      }
    }
    var interrupted = 0
    defer {
      state.withLock {
        $0.inside -= 1
        $0.interrupted += interrupted
      }
    }
    do { return try call() } catch {
      if counts, wasInterrupted(error) { interrupted = 1 }
      throw error
    }
  }

  /// Runs `kill` under way of whatever the workers do, then waits until none of them is in a call.
  /// - Returns: How many requests had been sent and were never answered.
  func close(killing kill: () -> Void) throws -> Int {
    state.withLock {
      $0.isKilling = true
      $0.interrupted = 0
    }
    kill()
    state.withLock { $0.isOpen = false }
    _ = try waitFor("every call to end") { state.withLock { $0.inside == 0 ? 0 : nil } }
    return try state.withLock {
      try check(!$0.isAborted, "stopped, since another thread failed")
      $0.isKilling = false
      return $0.interrupted
    }
  }
}
