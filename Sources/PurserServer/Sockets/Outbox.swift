internal import NIOCore
internal import PurserCore
internal import Synchronization

/// Carries answers from the ledger to the connections of one event loop.
///
/// The ledger answers hundreds of requests at once, on its own thread: only the first of them has
/// the loop called, and the loop then takes all that have come and flushes each connection once.
final class Outbox: Sendable {
  /// An answer on its way.
  struct Answer: Sendable {
    let connection: NIOLoopBound<ConnectionHandler>
    let request: SpendInHand
    let result: Result<Outcome, Refusal>
    /// Whether its refusal was counted.
    var isNoted = false
  }

  private struct State {
    var waiting: [Answer] = []
    /// Whether the loop was called and has not seen since that nothing waits.
    var isCalled = false
  }

  private let eventLoop: any EventLoop
  private let state = Mutex(State())

  init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Takes an answer, from any thread.
  func add(_ answer: Answer) {
    let mustCall = state.withLock { state in
      state.waiting.append(answer)
      defer { state.isCalled = true }
      return !state.isCalled
    }
    if mustCall { eventLoop.execute { self.deliver() } }
  }

  /// Hands out what waits, until nothing does: it cannot go on for ever, since nobody asks for more
  /// before the flush.
  private func deliver() {
    var answered: [ConnectionHandler] = []
    while let answers = take() {
      for answer in answers {
        let connection = answer.connection.value
        if !connection.hasAnswers { answered.append(connection) }
        connection.finish(answer)
      }
    }
    for connection in answered { connection.flush() }
  }

  /// What waits; nil when nothing does.
  private func take() -> [Answer]? {
    state.withLock { state in
      state.isCalled = !state.waiting.isEmpty
      defer { state.waiting = [] }
      return state.isCalled ? state.waiting : nil
    }
  }
}

/// The outboxes of all event loops.
final class Outboxes: Sendable {
  private let outboxes = Mutex<[ObjectIdentifier: Outbox]>([:])

  /// The one of `eventLoop`.
  func outbox(of eventLoop: any EventLoop) -> Outbox {
    outboxes.withLock { outboxes in
      if let outbox = outboxes[ObjectIdentifier(eventLoop)] { return outbox }
      let outbox = Outbox(eventLoop: eventLoop)
      outboxes[ObjectIdentifier(eventLoop)] = outbox
      return outbox
    }
  }
}
