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

  /// Looks up what was reserved without a key and without an answer.
  func resolve(_ find: (Msat) throws -> HoldID?) throws {
    for (key, amount) in record.lost {
      let hold = try find(amount)
      account.withLock { $0.resolve(key, amount, hold: hold) }
    }
  }

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
      count += 1
      let operation = try next(&generator, count)
      let key = "worker \(index) operation \(count)"
      let isAnswered = try finish(operation, key: key, over: &connection)
      if !isAnswered, !operation.isRepeatable { continue }
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
  /// - Returns: Whether it was answered, with what was asked for or with a refusal that stands.
  private func finish(
    _ operation: Operation, key: String, over connection: inout Agent?
  ) throws -> Bool {
    account.withLock { $0.begin(operation, key: key) }
    switch try ask(operation, key: key, over: &connection) {
    case .answer(let answer):
      try operation.check(answer, prices: stream.prices)
      account.withLock {
        $0.acknowledge(
          Acknowledged(key: key, operation: operation, answer: answer), prices: stream.prices)
      }
      return true
    case .overBudget:
      account.withLock { $0.abandon(key) }
      return true
    case .notWritten: account.withLock { $0.suspend(operation, key: key) }
    case .interrupted: account.withLock { $0.interrupt(key) }
    case .notYet:
      // The daemon never took it, and nobody will ask again.
      if !operation.isRepeatable { account.withLock { $0.abandon(key) } }
    }
    return false
  }

  /// Asks for what was acknowledged last once more.
  private func repeatLast(over connection: inout Agent?) throws {
    guard let last = account.withLock({ $0.acknowledged.last }), last.operation.isRepeatable,
      case .answer(let again) = try ask(last.operation, key: last.key, over: &connection)
    else { return }
    try check(again == last.answer, "'\(last.key)': \(last.answer), then \(again)")
  }

  private func next(_ generator: inout SeededGenerator, _ count: Int) throws -> Operation {
    let open = account.withLock { $0.open }
    let traffic = stream.traffic
    if let (hold, amount) = open.first, open.count > 3 || generator.once(in: 2) {
      let settled = generator.amount(0...min(amount.value, traffic.largestSettlement))
      return generator.once(in: 3)
        ? .release(hold, of: amount) : .settle(hold, settled, of: amount)
    }
    switch Int.random(in: 0..<traffic.choices, using: &generator) {
    case 0: return stream.nextService().map { .request(service: $0) } ?? .reserve(Self.one)
    case 1...4:
      let price = generator.amount(1...traffic.largestPrice)
      return .pay(try stream.seller.challenge(for: SpendStream.goods, price: price))
    case 5 where traffic.reservesOnce:
      // The last digits are the worker's count, so that no other hold has this amount.
      let start = UInt64.random(in: 0..<traffic.largestReserve / Self.counts, using: &generator)
      return .reserveOnce(Msat(start * Self.counts + UInt64(count) % Self.counts) ?? Self.one)
    default: return .reserve(generator.amount(1...traffic.largestReserve))
    }
  }

  private static let one = Msat(1) ?? .zero
  private static let counts: UInt64 = 100_000

  /// What came of asking once.
  private enum Outcome {
    case answer(Answer)
    /// A payment is under way, the wallet could not make it, the queue is full, or the daemon did
    /// not get the question.
    case notYet
    /// The daemon died before it answered.
    case interrupted
    case overBudget
    /// The ledger could not be written.
    case notWritten
  }

  private func ask(
    _ operation: Operation, key: String, over connection: inout Agent?
  ) throws -> Outcome {
    do {
      return .answer(
        try stream.gate.pass {
          let agent = try connection ?? stream.installation.agent(token)
          connection = agent
          return try operation.ask(agent, key: key)
        } wasInterrupted: { error in
          if case ClientError.interrupted = error { true } else { false }
        })
    } catch ClientError.refused(let refusal) where Self.passing.contains(refusal.reason) {
      return .notYet
    } catch ClientError.refused(let refusal) where refusal.reason == "budget_exceeded" {
      return .overBudget
    } catch ClientError.refused(let refusal) where refusal.reason == "storage" {
      return .notWritten
    } catch ClientError.unreachable {
      connection = nil
      return .notYet
    } catch ClientError.interrupted {
      connection = nil
      return .interrupted
    } catch { throw Failure("'\(key)', \(operation): \(error)") }
  }

  /// Refusals that say to ask again: a payment under way, one that the wallet could not make.
  private static let passing: Set = ["payment_pending", "payment_failed", "overloaded"]
}
