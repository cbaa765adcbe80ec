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

  private let eventLoop: any EventLoop
  private let waiting = Mutex<[Answer]>([])

  init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Takes an answer, from any thread.
  func add(_ answer: Answer) {
    let isFirst = waiting.withLock { waiting in
      waiting.append(answer)
      return waiting.count == 1
    }
    if isFirst { eventLoop.execute { self.deliver() } }
  }

  private func deliver() {
    let answers = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for answer in answers { answer.connection.value.finish(answer) }
    for answer in answers { answer.connection.value.flush() }
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
