internal import PurserCore
internal import Synchronization

/// Those who wait until an operator has said something about a payment.
final class ApprovalWaits: Sendable {
  private struct State {
    var waiting: [ApprovalID: [UInt64: CheckedContinuation<Void, Never>]] = [:]
    var last: UInt64 = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let sleep: @Sendable (_ milliseconds: UInt64) async throws -> Void

  /// `sleep` waits so long, and throws when it is cancelled.
  init(sleep: @escaping @Sendable (_ milliseconds: UInt64) async throws -> Void) {
    self.sleep = sleep
  }

  /// Returns when `id` is decided, after so many milliseconds, or at the end of the daemon.
  ///
  /// `isPending` is asked once, after the wait has begun: what was decided before is not missed.
  func wait(
    for id: ApprovalID, atMost milliseconds: UInt64, while isPending: () -> Bool
  ) async {
    let number = state.withLock { state in
      state.last += 1
      return state.last
    }
    var alarm: Task<Void, Never>?
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        guard !state.isClosed else { return true }
        state.waiting[id, default: [:]][number] = continuation
        return false
      }
      if isOver { return continuation.resume() }
      if !isPending() { return wake(id, number) }
      alarm = Task { [self] in
        try? await sleep(milliseconds)
        wake(id, number)
      }
    }
    alarm?.cancel()
  }

  /// Wakes those who wait for `id`.
  func decided(_ id: ApprovalID) {
    let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
    for continuation in (waiting ?? [:]).values { continuation.resume() }
  }

  /// Wakes all; nobody waits any more.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values.flatMap(\.values) { continuation.resume() }
  }

  private func wake(_ id: ApprovalID, _ number: UInt64) {
    let continuation = state.withLock { state in
      let found = state.waiting[id]?.removeValue(forKey: number)
      if state.waiting[id]?.isEmpty == true { state.waiting[id] = nil }
      return found
    }
    continuation?.resume()
  }
}
