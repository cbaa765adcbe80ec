import PurserCore
import PurserTesting
import Synchronization
import Testing

@testable import PurserLedger

@Suite struct ConcurrencyTests {
  @Test func `64 tasks at once settle exactly what the budgets allow`() async throws {
    let harness = try Harness()
    let ledger = try harness.open()
    // Three levels; 7 divides neither budget.
    let top = harness.top(.spend(msat(1000)))
    let middles = (0..<4).map { index in
      harness.maker.child(of: top, nonce: [UInt8](repeating: index, count: 16), [.spend(msat(300))])
    }
    let workers = (0..<64).map { index in
      harness.maker.chain(
        harness.maker.child(
          of: middles[index % 4], nonce: [UInt8](repeating: UInt8(index), count: 16),
          [.spend(msat(50))]))
    }
    let until = harness.clock.now().adding(milliseconds: 60_000)
    let settled = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for (index, chain) in workers.enumerated() {
        group.addTask {
          var count: UInt64 = 0
          for attempt in 0..<10 {
            let number = UInt64(index * 100 + attempt)
            let reserve = LedgerRequest.reserve(number, 7, by: chain, until: until)
            guard await ledger.refusal(of: reserve) == nil else { continue }
            _ = try await ledger.submit(.settle(number, 7, by: chain), from: UInt64(index))
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    // 142 sevens fit in 1,000; the four middles would allow 42 each.
    #expect(settled == 142)
    for node in try ledger.allNodes() {
      #expect(node.held == .zero)
      #expect(node.settled <= (node.totalLimit ?? .zero))
    }
    #expect(try ledger.node(workers[0].topNode)?.settled == msat(142 * 7))
    #expect(try ledger.verifyLedger().faults == [])
    #expect(try ledger.verifyAudit().fault == nil)
  }

  @Test func `a source that floods the queue does not hold up another`() throws {
    var settings = Harness.quiet
    settings.groupLimit = 100
    let gate = Gate()
    settings.beforeGroup = { _ in gate.wait() }
    let harness = try Harness()
    let ledger = try harness.open(settings)
    let chain = harness.maker.chain(harness.top())
    let until = harness.clock.now().adding(milliseconds: 1000)
    let order = Mutex<[UInt64]>([])
    for number in 0..<3000 as Range<UInt64> {
      ledger.enqueue(.reserve(number, 1, by: chain, until: until), from: 1) { _ in
        order.withLock { $0.append(1) }
      }
    }
    ledger.enqueue(.reserve(9999, 1, by: chain, until: until), from: 2) { _ in
      order.withLock { $0.append(2) }
    }
    gate.open()
    ledger.close()
    // The first group was on its way already; the one command is in the next.
    let place = order.withLock { $0.firstIndex(of: 2) }
    #expect(try #require(place) < 200)
    #expect(order.withLock(\.count) == 3001)
  }

  @Test func `a full queue refuses the longest line and takes in the short one`() {
    let queue = CommandQueue(capacity: 4)
    let refused = Mutex<[Int]>([])
    func add(_ number: Int, from source: UInt64) {
      let request = LedgerRequest(actor: .daemon, command: .release(hold: holdID(UInt64(number))))
      queue.add(
        WaitingCommand(request: request) { answer in
          if case .failure(.overloaded(let delay)) = answer, delay > 0 {
            refused.withLock { $0.append(number) }
          }
        }, from: source)
    }
    for number in 1...5 { add(number, from: 1) }
    #expect(refused.withLock(\.self) == [5])
    add(6, from: 2)
    #expect(refused.withLock(\.self) == [5, 4])
    add(7, from: 3)
    #expect(refused.withLock(\.self) == [5, 4, 3])
    // Two, one and one: nobody's line is longer than this one would be.
    add(8, from: 2)
    #expect(refused.withLock(\.self) == [5, 4, 3, 8])
    let taken = queue.take(limit: 10, waitingAtMost: 0)?.map(\.request.command)
    #expect(taken?.compactMap(Self.hold) == [1, 6, 7, 2].map(holdID))
    queue.close()
    #expect(queue.take(limit: 10, waitingAtMost: 0) == nil)
  }

  @Test func `a full ledger answers overloaded and goes on`() async throws {
    var settings = Harness.quiet
    settings.queueCapacity = 8
    let gate = Gate()
    settings.beforeGroup = { _ in gate.wait() }
    let harness = try Harness()
    let ledger = try harness.open(settings)
    let chain = harness.maker.chain(harness.top())
    let until = harness.clock.now().adding(milliseconds: 1000)
    let refusals = Mutex(0)
    for number in 0..<100 as Range<UInt64> {
      ledger.enqueue(.reserve(number, 1, by: chain, until: until), from: 1) { answer in
        if case .failure(.overloaded) = answer { refusals.withLock { $0 += 1 } }
      }
    }
    // Eight wait, and at most eight are in the group that was taken.
    #expect(refusals.withLock(\.self) >= 84)
    gate.open()
    _ = try await ledger.submit(.reserve(1000, 1, by: chain, until: until), from: 2)
  }

  private static func hold(_ command: Command) -> HoldID? {
    if case .release(let hold) = command { hold } else { nil }
  }
}
