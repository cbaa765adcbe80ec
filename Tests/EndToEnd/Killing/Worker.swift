import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import PurserWallet
import Synchronization

/// One agent in the stream: it asks for one thing after the other, and repeats what was not
/// answered with the same key until it is.
final class Worker: Sendable {
  let node: NodeID
  let token: String
  private let index: Int
  private let stream: SpendStream
  private let account = Mutex(Account())

  init(_ index: Int, _ grant: GrantCreate.Reply, _ stream: SpendStream) {
    self.index = index
    node = grant.node
    token = grant.token
    self.stream = stream
  }

  /// Its own record as it is now.
  var record: Account { account.withLock { $0 } }

  /// Works until the stream is over, and then until everything was answered.
  ///
  /// What was not answered it asks for again at once, or after other things.
  func work() throws {
    var generator = SeededGenerator(seed: stream.seed &+ UInt64(index) &+ 1)
    var connection: Agent?
    var postponed: [(operation: Operation, key: String)] = []
    var count = 0
    while !stream.gate.isOver {
      let isFull = postponed.count >= Self.mostPostponed
      if isFull || !postponed.isEmpty && generator.once(in: 4) {
        let (operation, key) = postponed.removeFirst()
        if try !finish(operation, key: key, over: &connection) {
          postponed.append((operation, key))
        }
        continue
      }
      let operation = try next(&generator)
      count += 1
      let key = "worker \(index) operation \(count)"
      account.withLock { $0.begin(operation, key: key) }
      let isAnswered = try finish(operation, key: key, over: &connection)
      if !isAnswered, generator.once(in: 2) {
        postponed.insert((operation, key), at: 0)
      } else if !isAnswered {
        postponed.append((operation, key))
      } else if generator.once(in: 8) {
        try repeatLast(over: &connection)
      }
    }
    for (operation, key) in postponed {
      _ = try waitFor("an answer to '\(key)'", seconds: 60) {
        try finish(operation, key: key, over: &connection) ? true : nil
      }
    }
  }

  private static let mostPostponed = 6

  /// Asks once, and writes down the answer.
  /// - Returns: Whether it was answered.
  private func finish(
    _ operation: Operation, key: String, over connection: inout Agent?
  ) throws -> Bool {
    guard let answer = try answer(to: operation, key: key, over: &connection) else { return false }
    try operation.check(answer, prices: stream.prices)
    account.withLock {
      $0.acknowledge(
        Acknowledged(key: key, operation: operation, answer: answer), prices: stream.prices)
    }
    return true
  }

  /// Asks for what was acknowledged last once more.
  private func repeatLast(over connection: inout Agent?) throws {
    guard let last = account.withLock({ $0.acknowledged.last }),
      let again = try answer(to: last.operation, key: last.key, over: &connection)
    else { return }
    try check(again == last.answer, "'\(last.key)': \(last.answer), then \(again)")
  }

  private func next(_ generator: inout SeededGenerator) throws -> Operation {
    let open = account.withLock { $0.open }
    if let (hold, amount) = open.first, open.count > 3 || generator.once(in: 2) {
      return generator.once(in: 3)
        ? .release(hold, of: amount) : .settle(hold, generator.amount(0...amount.value), of: amount)
    }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return stream.nextService().map { .request(service: $0) } ?? .reserve(Self.one)
    case 1...4:
      return .pay(
        try stream.seller.challenge(for: SpendStream.goods, price: generator.amount(1...20_000)))
    default: return .reserve(generator.amount(1...50_000))
    }
  }

  private static let one = Msat(1) ?? .zero

  /// Asks once; nil when there is no answer yet, since the daemon died or a payment is under way.
  private func answer(
    to operation: Operation, key: String, over connection: inout Agent?
  ) throws -> Answer? {
    do {
      return try stream.gate.pass {
        let agent = try connection ?? stream.installation.agent(token)
        connection = agent
        return try operation.ask(agent, key: key)
      } wasInterrupted: { error in
        if case ClientError.interrupted = error { true } else { false }
      }
    } catch ClientError.refused(let refusal) where Self.passing.contains(refusal.reason) {
      return nil
    } catch ClientError.interrupted, ClientError.unreachable {
      connection = nil
      return nil
    } catch { throw Failure("'\(key)', \(operation): \(error)") }
  }

  /// Refusals that say to ask again: a payment under way, one that the wallet could not make.
  private static let passing: Set = ["payment_pending", "payment_failed", "overloaded"]
}
