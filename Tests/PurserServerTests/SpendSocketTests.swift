import Foundation
import NIOCore
import NIOEmbedded
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// Requests to spend over sockets: the short way beside the general one, and what they share.
@Suite struct SpendSocketTests {
  /// A request with `parameters`, `$T` standing for the token.
  private static func request(
    _ method: String, _ parameters: String, id: String? = "1", token: GrantToken? = nil
  ) -> String {
    let id = id.map { #""id":\#($0),"# } ?? ""
    let token = token.map { #","token":"\#($0.text)""# } ?? ""
    return
      #"{"jsonrpc":"2.0",\#(id)"method":"spend.\#(method)","params":{\#(parameters)\#(token)}}"#
  }

  private static func reserve(_ amount: Int, id: String? = "1", token: GrantToken) -> String {
    request("reserve", #""amount_msat":\#(amount)"#, id: id, token: token) + "\n"
  }

  private static func hold(in answer: String) -> String {
    answer.firstMatch(of: /"hold":"([0-9a-f]{32})"/).map { String($0.1) } ?? ""
  }

  /// Over one connection, the answers to `lines`, one after the other.
  private static func answers(_ daemon: TestDaemon, _ lines: [String]) async throws -> [String] {
    let path = daemon.agentsPath
    return try await blocking {
      let client = try RawClient(path)
      return lines.map { line in
        client.send(line + "\n")
        return client.lines(1).first ?? ""
      }
    }
  }

  @Test func `both ways give the same answers`() async throws {
    let daemon = try TestDaemon()
    let small = daemon.child(daemon.top(), .spend(msat(100)), .payment(msat(50)))
    let late = daemon.child(daemon.top(), .validUntil(1), nonce: 3)
    let other = daemon.top(id: 2)
    var cut = other.text
    cut.removeLast()
    let held = Self.hold(
      in: try #require(await daemon.line(Self.reserve(7, token: other).trimmed)))
    let unknown = String(repeating: "0", count: 32)
    let requests: [String] = [
      Self.request("reserve", #""amount_msat":10"#, token: small),
      Self.request("reserve", #""amount_msat":10,"ttl_s":3600"#, id: #""a b""#, token: small),
      Self.request("reserve", #""amount_msat":0"#, token: small),
      Self.request("reserve", #""amount_msat":10,"ttl_s":0"#, token: small),
      Self.request("reserve", #""amount_msat":10,"ttl_s":999999999999999999"#, token: small),
      Self.request("reserve", #""amount_msat":51"#, token: small),
      Self.request("reserve", #""amount_msat":9007199254740991"#, token: small),
      Self.request("reserve", #""amount_msat":1"#, token: late),
      Self.request("reserve", #""amount_msat":1"#),
      Self.request("reserve", #""amount_msat":1,"token":"\#(cut)""#),
      Self.request("reserve", #""amount_msat":1,"token":"""#),
      Self.request("settle", #""hold":"\#(held)","amount_msat":8"#, token: other),
      Self.request("settle", #""hold":"\#(held)","amount_msat":1"#, token: small),
      Self.request("settle", #""hold":"\#(unknown)","amount_msat":1"#, token: small),
      Self.request("release", #""hold":"\#(held)""#),
      Self.request("reserve", #""amount_msat":1,"idempotency_key":"k""#, token: small),
      Self.request("reserve", #""amount_msat":2,"idempotency_key":"k""#, token: small),
      Self.request(
        "settle", #""hold":"\#(held)","amount_msat":7,"idempotency_key":"e""#, token: other),
    ]
    try await daemon.serving { _ in
      for plain in requests {
        let spelled = plain.replacingOccurrences(of: "\"method\"", with: #""m\u0065thod""#)
        #expect(WireJSON.spendRequest(in: Array(plain.utf8).span) != nil)
        #expect(WireJSON.spendRequest(in: Array(spelled.utf8).span) == nil)
        let answers = try await Self.answers(daemon, [plain, spelled, plain])
        // Only the ids of new holds may differ, and none where a key repeats the answer.
        let hasKey = plain.contains("idempotency_key")
        let masked = answers.map { answer in
          hasKey
            ? answer : answer.replacing(Self.hold(in: answer), with: "HOLD", maxReplacements: 1)
        }
        #expect(masked[0] == masked[1] && masked[1] == masked[2], "\(plain): \(answers)")
        #expect(masked[0].contains(#""jsonrpc":"2.0""#))
      }
    }
  }

  @Test func `what spends after the policy's longest life is refused as parameters are`()
    async throws
  {
    let daemon = try TestDaemon { $0.holdLifetimeSeconds = 10 }
    let token = daemon.top(.spend(msat(100)))
    try await daemon.serving { _ in
      let lines = [11, 10].map { seconds in
        Self.request("reserve", #""amount_msat":1,"ttl_s":\#(seconds)"#, token: token)
      }
      let answers = try await Self.answers(daemon, lines)
      // A refusal may come after what was asked later: noting it can take a look at the disk.
      let refusal = answers.first { $0.contains(#""code":-32602"#) }
      #expect(refusal?.contains("hold_lifetime, 10") == true)
      let end = daemon.clock.now().milliseconds + 10_000
      #expect(answers.contains { $0.contains(#""expires_at_ms":\#(end)"#) })
    }
  }

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
              let lines = (0..<60).map { Self.reserve(1, id: "\"\(client) \($0)\"", token: token) }
              connection.send(lines.joined())
              let answers = connection.lines(60)
              let ids = Set(answers.compactMap { $0.firstMatch(of: /"id":"(\d+ \d+)"/)?.1 })
              #expect(ids == Set((0..<60).map { "\(client) \($0)" }))
              // Each hold ends where it was begun, while others begin.
              for answer in answers {
                connection.send(
                  Self.request(
                    "settle", #""amount_msat":1,"hold":"\#(Self.hold(in: answer))""#, token: token)
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
          Self.reserve(4, id: nil, token: token) + Self.reserve(11, id: nil, token: token)
            + Self.reserve(5, token: token))
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
      client.send((1...4).map { Self.reserve(1, id: "\($0)", token: token) }.joined())
      client.send(Self.reserve(1, id: nil, token: token) + #"{"jsonrpc":"2.0","id":5}"# + "\n")
      let refused = try await blocking { client.lines(3) }
      #expect(refused.allSatisfy { $0.contains(#""retry_after_ms":100"#) })
      #expect(refused.map { $0.suffix(23).prefix(7) } == [#""id":3,"#, #""id":4,"#, #""id":5,"#])
      await ledger.waitForAnswers(2)
      ledger.giveAnswers()
      let rest = try await blocking { client.lines(2) }
      #expect(rest.contains { $0.hasPrefix(#"{"id":1,"#) })
      #expect(rest.contains { $0.contains("budget_exceeded") })
      client.send(Self.reserve(1, id: "6", token: token))
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
    let refused = Self.request("release", #""hold":"\#(RequestText.someHold)""#) + "\n"
    try await channel.writeInbound(ByteBuffer(string: refused + refused + refused))
    #expect(try await written() == [3])
    ledger.keepAnswers()
    let line = Self.reserve(1, token: daemon.top())
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
    for client in [done, busy, gone] { client.send(Self.reserve(1, token: token)) }
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
      client.send((1...40).map { Self.reserve(2, id: "\($0)", token: token) }.joined())
      let answers = try await blocking { client.lines(40) }
      #expect(answers.allSatisfy { $0.contains("budget_exceeded") })
      let counts = log.drain()
      #expect(counts.map(\.count) == [40])
      #expect(counts.map(\.method) == ["spend.reserve"])
      // Its two levels were looked for once; the event loop knew the rest.
      #expect(ledger.nodeReads <= 2)
    }
  }

  @Test func `a token that was verified before stays subject to state and time`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let end = daemon.clock.now().seconds + 100
    let token = daemon.child(top, .validUntil(end))
    let line = Self.reserve(1, token: token).trimmed
    let opening =
      #"{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"\#(token.text)"}}"#
    let inSession = Self.request("reserve", #""amount_msat":1"#)
    try await daemon.serving { _ in
      let (path, chain) = (daemon.agentsPath, daemon.maker.chain(token))
      let clients = [try RawClient(path), try RawClient(path)]
      let ask = { @Sendable (client: RawClient, line: String) in
        client.send(line + "\n")
        return client.lines(1).first ?? ""
      }
      #expect(try await blocking { ask(clients[0], opening) }.contains("valid_until"))
      func reasons() async throws -> [String] {
        try await blocking { [ask(clients[0], inSession), ask(clients[1], line)] }.map { answer in
          answer.firstMatch(of: /"reason":"(\w+)"/).map { String($0.1) } ?? "none"
        }
      }
      #expect(try await reasons() == ["none", "none"])
      _ = try await daemon.call(GrantFreeze.self, .init(node: chain.node))
      #expect(try await reasons() == ["frozen", "frozen"])
      _ = try await daemon.call(GrantUnfreeze.self, .init(node: chain.node))
      #expect(try await reasons() == ["none", "none"])
      daemon.clock.move(milliseconds: 100_000)
      #expect(try await reasons() == ["expired", "expired"])
    }
  }

  @Test func `a token beside one that was verified is verified itself`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1000)))
    var random = SeededGenerator(seed: 5)
    let good = Self.reserve(1, token: token).trimmed
    let place = token.text.utf8.count
    try await daemon.serving { _ in
      var lines: [String] = []
      for _ in 0..<100 {
        var text = Array(token.text.utf8)
        let index = Int.random(in: GrantToken.prefix.utf8.count..<place, using: &random)
        text[index] = text[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = String(decoding: text, as: UTF8.self)
        lines += [good, Self.request("reserve", #""amount_msat":1,"token":"\#(changed)""#)]
      }
      let answers = try await Self.answers(daemon, lines)
      for (index, answer) in answers.enumerated() {
        #expect(answer.contains("unauthenticated") == !index.isMultiple(of: 2), "\(answer)")
      }
      #expect(try daemon.counters(token).held == 100)
    }
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .newlines) }
}
