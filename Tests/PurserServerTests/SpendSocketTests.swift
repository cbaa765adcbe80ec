import Foundation
import NIOCore
import NIOEmbedded
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// Requests to spend over sockets: what is in flight, ended, counted and written together.
@Suite struct SpendSocketTests {
  @Test func `many connections with many requests each get their own answers`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1500)))
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let answers = try await withThrowingTaskGroup(of: [String].self) { group in
        for client in 0..<20 {
          group.addTask {
            try await blocking {
              let connection = try RawClient(path)
              let lines = (0..<60).map {
                SpendLine.reserve(1, id: "\"\(client) \($0)\"", token: token)
              }
              connection.send(lines.joined())
              let answers = connection.lines(60)
              let ids = Set(answers.compactMap { $0.firstMatch(of: /"id":"(\d+ \d+)"/)?.1 })
              #expect(ids == Set((0..<60).map { "\(client) \($0)" }))
              // Each hold ends where it was begun, while others begin.
              for answer in answers {
                connection.send(
                  SpendLine.request(
                    "settle", #""amount_msat":1,"hold":"\#(SpendLine.hold(in: answer))""#,
                    token: token)
                    + "\n")
              }
              return connection.lines(60)
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(answers.count == 1200)
      #expect(answers.allSatisfy { $0.contains(#""settled_msat":1}"#) })
      #expect(try daemon.counters(token) == (1200, 0))
    }
  }

  @Test func `a notification is carried out and not answered`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(10)))
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let answers = try await blocking {
        let client = try RawClient(path)
        client.send(
          SpendLine.reserve(4, id: nil, token: token) + SpendLine.reserve(11, id: nil, token: token)
            + SpendLine.reserve(5, token: token))
        client.endSending()
        return client.lines()
      }
      #expect(answers.count == 1)
      #expect(try daemon.counters(token).held == 9)
    }
  }

  @Test func `what is in the ledger's hands counts as in flight`() async throws {
    let daemon = try TestDaemon()
    let ledger = WatchedLedger(daemon.ledger)
    let token = daemon.top(.spend(msat(1)))
    ledger.keepAnswers()
    try await daemon.serving(
      bounds: ConnectionBounds(requestsInFlight: 2), handler: daemon.handler(ledger: ledger)
    ) { _ in
      let client = try RawClient(daemon.agentsPath)
      client.send((1...4).map { SpendLine.reserve(1, id: "\($0)", token: token) }.joined())
      client.send(SpendLine.reserve(1, id: nil, token: token) + #"{"jsonrpc":"2.0","id":5}"# + "\n")
      let refused = try await blocking { client.lines(3) }
      #expect(refused.allSatisfy { $0.contains(#""retry_after_ms":100"#) })
      #expect(refused.map { $0.suffix(23).prefix(7) } == [#""id":3,"#, #""id":4,"#, #""id":5,"#])
      await ledger.waitForAnswers(2)
      ledger.giveAnswers()
      let rest = try await blocking { client.lines(2) }
      #expect(rest.contains { $0.hasPrefix(#"{"id":1,"#) })
      #expect(rest.contains { $0.contains("budget_exceeded") })
      client.send(SpendLine.reserve(1, id: "6", token: token))
      #expect(try await blocking { client.lines(1) }.first?.contains("budget_exceeded") == true)
    }
  }

  @Test func `what is answered at once, and what the ledger answers at once, is one write`()
    async throws
  {
    let daemon = try TestDaemon()
    let ledger = WatchedLedger(daemon.ledger)
    let channel = NIOAsyncTestingChannel()
    let loop = channel.testingEventLoop
    let handler = daemon.handler(ledger: ledger)
    try await loop.executeInContext {
      try channel.pipeline.syncOperations.addHandler(
        ConnectionHandler(
          requests: handler, session: daemon.agents, bounds: ConnectionBounds(),
          outbox: Outbox(eventLoop: loop)))
    }
    try await channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).get()
    func written() async throws -> [Int] {
      var counts: [Int] = []
      while let buffer = try await channel.readOutbound(as: ByteBuffer.self) {
        counts.append(String(buffer: buffer).split(separator: "\n").count)
      }
      return counts
    }
    let refused = SpendLine.request("release", #""hold":"\#(RequestText.someHold)""#) + "\n"
    try await channel.writeInbound(ByteBuffer(string: refused + refused + refused))
    #expect(try await written() == [3])
    ledger.keepAnswers()
    let line = SpendLine.reserve(1, token: daemon.top())
    try await channel.writeInbound(ByteBuffer(string: line + line + refused + line))
    await ledger.waitForAnswers(3)
    #expect(try await written() == [1])
    // On the loop's own thread, so that it does not take the first before the others have come.
    try await loop.executeInContext { ledger.giveAnswers() }
    await loop.run()
    #expect(try await written() == [3])
    _ = try? await channel.finish()
  }

  @Test func `a stop, and a client that has sent everything, wait for the ledger's answers`()
    async throws
  {
    let daemon = try TestDaemon()
    let ledger = WatchedLedger(daemon.ledger)
    let token = daemon.top(.spend(msat(10)))
    let server = daemon.socketServer(handler: daemon.handler(ledger: ledger))
    try await server.start()
    ledger.keepAnswers()
    let (done, busy, gone) = (
      try RawClient(daemon.agentsPath), try RawClient(daemon.agentsPath),
      try RawClient(daemon.agentsPath)
    )
    for client in [done, busy, gone] { client.send(SpendLine.reserve(1, token: token)) }
    done.endSending()
    await ledger.waitForAnswers(3)
    gone.disconnect()
    async let stopped: Void = server.stop()
    // A new connection is refused only once the listeners are closed.
    while (try? RawClient(daemon.agentsPath)) != nil { await Task.yield() }
    ledger.giveAnswers()
    for client in [done, busy] {
      let answers = try await blocking { client.lines() }
      #expect(answers.count == 1 && answers[0].contains("hold"))
    }
    await stopped
    #expect(try daemon.counters(token).held == 3)
  }

  @Test func `a refusal is counted before its answer leaves, whichever way it went`() async throws {
    let daemon = try TestDaemon()
    let ledger = WatchedLedger(daemon.ledger)
    let log = RefusalLog(ledger: ledger)
    let token = daemon.child(daemon.top(.spend(msat(1))))
    try await daemon.serving(handler: daemon.handler(ledger: ledger, refusals: log)) { _ in
      let client = try RawClient(daemon.agentsPath)
      client.send((1...40).map { SpendLine.reserve(2, id: "\($0)", token: token) }.joined())
      let answers = try await blocking { client.lines(40) }
      #expect(answers.allSatisfy { $0.contains("budget_exceeded") })
      let counts = log.drain()
      #expect(counts.map(\.count) == [40])
      #expect(counts.map(\.method) == ["spend.reserve"])
      // Its two levels were looked for once; the event loop knew the rest.
      #expect(ledger.nodeReads <= 2)
    }
  }
}
