internal import PurserCore
internal import Synchronization

/// What one connection has asked to be told; each subscription is a task that ends with it.
final class Subscriptions: Sendable {
  /// Writes lines to the connection; returns when the client has taken them.
  /// - Throws: When the connection has ended.
  typealias Push = @Sendable ([UInt8]) async throws -> Void
  /// What a subscription does until it is cancelled or the connection ends.
  typealias Work = @Sendable (_ id: UInt64, _ push: Push) async -> Void

  private struct State {
    var push: Push?
    var nextID: UInt64 = 1
    /// Those whose answer was not written yet.
    var waiting: [(id: UInt64, work: Work)] = []
    var running: [UInt64: Task<Void, Never>] = [:]
  }

  /// The most on one connection.
  static let most = 8

  private let state = Mutex(State())

  /// The connection is there, and takes lines.
  func open(_ push: @escaping Push) { state.withLock { $0.push = push } }

  /// Takes a subscription on, which begins at the next ``start()``.
  /// - Throws: ``Refusal/conflict(_:)`` when there are too many, or the connection ends.
  func add(_ work: @escaping Work) throws(Refusal) -> UInt64 {
    let id = state.withLock { state -> UInt64? in
      guard state.push != nil, state.running.count + state.waiting.count < Self.most else {
        return nil
      }
      defer { state.nextID += 1 }
      state.waiting.append((state.nextID, work))
      return state.nextID
    }
    guard let id else {
      throw .conflict("a connection has at most \(Self.most) subscriptions; end one of them")
    }
    return id
  }

  /// Begins what was taken on: its answer is written.
  func start() {
    state.withLock { state in
      guard let push = state.push else { return }
      for (id, work) in state.waiting {
        state.running[id] = Task {
          await work(id, push)
          self.state.withLock { _ = $0.running.removeValue(forKey: id) }
        }
      }
      state.waiting = []
    }
  }

  /// Ends one; false when there is none of this number.
  func end(_ id: UInt64) -> Bool {
    state.withLock { state in
      if let task = state.running.removeValue(forKey: id) {
        task.cancel()
        return true
      }
      guard let place = state.waiting.firstIndex(where: { $0.id == id }) else { return false }
      state.waiting.remove(at: place)
      return true
    }
  }

  /// Ends all of them, and takes on no more.
  func close() {
    let ended = state.withLock { state in
      defer { state = State() }
      return Array(state.running.values)
    }
    for task in ended { task.cancel() }
  }
}
