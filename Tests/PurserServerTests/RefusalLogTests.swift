import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization
import Testing

@testable import PurserServer

@Suite struct RefusalLogTests {
  private static let reserve = SpendReserve.Parameters(amountMsat: msat(5))

  @Test func `refusals of one kind are one event`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1)))
    for _ in 0..<200 {
      _ = try await daemon.error(SpendReserve.self, Self.reserve, token: token)
    }
    #expect(try daemon.actions().isEmpty)
    await daemon.refusals.flush()
    let events = try daemon.ledger.events(after: 0, limit: 10, under: nil)
    #expect(events.count == 1)
    #expect(events.first?.text.contains(#""count":200"#) == true)
    #expect(events.first?.text.contains(#""reason":"budget_exceeded""#) == true)
    await daemon.refusals.flush()
    #expect(try daemon.actions().count == 1)
  }

  @Test func `a refusal is noted at the nearest grant that was used`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(10)))
    let used = daemon.child(top, nonce: 1)
    _ = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(6)), token: used)
    let fresh = daemon.child(daemon.child(used, nonce: 2), nonce: 3)
    _ = try await daemon.error(SpendReserve.self, Self.reserve, token: fresh)
    #expect(daemon.refusals.drain().map(\.node) == [daemon.maker.chain(used).node])
  }

  @Test func `fresh grants for each call fill neither the log nor the disk`() async throws {
    let daemon = try TestDaemon()
    let counting = WatchedLedger(daemon.ledger)
    let log = RefusalLog(ledger: counting)
    let top = daemon.top(.spend(msat(1)))
    var written = 0
    for second in 0..<60 {
      for call in 0..<100 {
        let nonce = [UInt8(second), UInt8(call)] + [UInt8](repeating: 0, count: 14)
        let chain = daemon.maker.chain(daemon.maker.child(of: top, nonce: nonce))
        let caller = Caller(
          token: nil, chain: chain, actor: .agent(chain.node, peer: nil), source: 1)
        log.note(.frozen(chain.node), method: "m\(call % 40)", caller: caller)
      }
      written += log.drain().count
      daemon.clock.move(milliseconds: second == 58 ? 60_000 : 500)
    }
    written += log.drain(isLast: true).count
    // The test spans two minutes: 30 entries and one for the rest in each.
    #expect(written <= 62)
    #expect(counting.nodeReads <= 2 * 60)
  }

  @Test func `nothing that was counted is lost`() async throws {
    let daemon = try TestDaemon()
    let tokens = (0..<50).map { daemon.child(daemon.top(.spend(msat(1))), nonce: $0) }
    for token in tokens {
      _ = try await daemon.error(SpendReserve.self, Self.reserve, token: token)
    }
    var counts = daemon.refusals.drain()
    daemon.clock.move(milliseconds: 60_000)
    counts += daemon.refusals.drain()
    #expect(counts.reduce(0) { $0 + $1.count } == 50)
  }

  @Test func `what never authenticated is one number a minute`() async throws {
    let daemon = try TestDaemon()
    let line =
      #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1,"token":"x"}}"#
    for _ in 0..<100 { _ = await daemon.line(line) }
    await daemon.refusals.flush()
    #expect(try daemon.actions().isEmpty)
    daemon.clock.move(milliseconds: 60_000)
    await daemon.refusals.flush()
    let events = try daemon.ledger.events(after: 0, limit: 10, under: nil)
    #expect(events.count == 1)
    #expect(events.first?.text.contains(#""count":100"#) == true)
    _ = await daemon.line(line)
    await daemon.refusals.flush(isLast: true)
    #expect(try daemon.actions().count == 2)
  }
}
