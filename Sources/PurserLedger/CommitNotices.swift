internal import Synchronization

/// Tells whoever listens that events were committed; where nobody does, it costs two atomic
/// operations a group.
final class CommitNotices: Sendable {
  private struct Listeners {
    var continuations: [UInt64: AsyncStream<UInt64>.Continuation] = [:]
    var nextID: UInt64 = 0
    var isOver = false
  }

  private let last = Atomic<UInt64>(0)
  private let count = Atomic(0)
  private let listeners = Mutex(Listeners())

  /// The last number at once, and then whenever it has grown; a slow listener gets the newest.
  func stream() -> AsyncStream<UInt64> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
    let id = listeners.withLock { listeners -> UInt64? in
      guard !listeners.isOver else { return nil }
      let id = listeners.nextID
      listeners.nextID += 1
      listeners.continuations[id] = continuation
      count.add(1, ordering: .sequentiallyConsistent)
      // Under the lock, so that no older number comes after a newer one.
      continuation.yield(last.load(ordering: .sequentiallyConsistent))
      return id
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.remove(id) }
    return stream
  }

  /// The events up to `sequence` are on disk; to be called by the writer alone.
  func note(_ sequence: UInt64) {
    guard last.exchange(sequence, ordering: .sequentiallyConsistent) != sequence,
      count.load(ordering: .sequentiallyConsistent) > 0
    else { return }
    listeners.withLock { for listener in $0.continuations.values { listener.yield(sequence) } }
  }

  /// Ends all streams, and those to come.
  func end() {
    let ended = listeners.withLock { listeners in
      listeners.isOver = true
      return Array(listeners.continuations.values)
    }
    for continuation in ended { continuation.finish() }
  }

  private func remove(_ id: UInt64) {
    listeners.withLock { listeners in
      guard listeners.continuations.removeValue(forKey: id) != nil else { return }
      count.subtract(1, ordering: .sequentiallyConsistent)
    }
  }
}
