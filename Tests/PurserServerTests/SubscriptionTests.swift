import Foundation
import LibCrypto
import NIOCore
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization
import Testing

@testable import PurserServer

@Suite struct SubscriptionTests {
  private struct Enough: Error {}

  /// The notices of a subscription, until so many have come.
  private static func notices(
    _ count: Int, of parameters: AuditSubscribe.Parameters, from daemon: TestDaemon,
    meanwhile: (Int) async throws -> Void = { _ in }
  ) async throws -> [AuditNotice] {
    let client = DaemonClient(ClientSettings(path: daemon.operatorsPath))
    var notices: [AuditNotice] = []
    do {
      try await client.follow(parameters) { notice in
        notices.append(notice)
        if notices.count == count { throw Enough() }
        try await meanwhile(notices.count)
      }
    } catch is Enough {}
    return notices
  }

  private static func events(_ notices: [AuditNotice]) -> [AuditNotice.Event] {
    notices.compactMap { if case .event(let event) = $0 { event } else { nil } }
  }

  private static func charge(_ daemon: TestDaemon, _ token: GrantToken, times: Int = 1) async throws
  {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<times {
        group.addTask {
          _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(1)), token: token)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `it catches up from a number and goes on with what is committed`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    try await Self.charge(daemon, token, times: 600)
    try await daemon.serving { _ in
      let notices = try await Self.notices(700, of: .init(after: 0), from: daemon) { count in
        // Those to come are asked for when the last one there was has come.
        if count >= 600 { try await Self.charge(daemon, token) }
      }
      let events = Self.events(notices)
      #expect(events.map(\.seq) == Array(1...700))
      var head = AuditChain.start
      for event in events {
        head = AuditChain.hash(after: head, text: ArraySlice(event.event.utf8))
        #expect(Hex.encode(head.bytes) == event.hash)
      }
      // The same text and hash as in the list.
      let listed = try await daemon.call(AuditList.self, .init(after: 699)).events
      #expect(
        listed.first.map { "\($0.event) \($0.hash)" }
          == events.last.map { "\($0.event) \($0.hash)" })
    }
  }

  @Test func `with no number given only what is to come is sent`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    try await Self.charge(daemon, token, times: 5)
    try await daemon.serving { _ in
      try await blocking {
        let client = try RawClient(daemon.operatorsPath)
        client.send(#"{"jsonrpc":"2.0","id":1,"method":"audit.subscribe"}"# + "\n")
        #expect(
          client.lines(1) == [#"{"id":1,"jsonrpc":"2.0","result":{"after":5,"subscription":1}}"#])
        client.send(
          #"{"jsonrpc":"2.0","id":2,"method":"spend.charge","params":{"amount_msat":1,"token":"\#(token.text)"}}"#
            + "\n")
        let lines = client.lines(2)
        #expect(lines.contains { $0.hasPrefix(#"{"id":2,"#) })
        let notice = lines.first { $0.contains(#""method":"audit.event""#) }
        #expect(notice?.contains(#""seq":6,"subscription":1}}"#) == true)
      }
    }
  }

  @Test func `it can be narrowed to a subtree and to actions`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let (left, right) = (daemon.child(top), daemon.child(top, nonce: 8))
    for token in [left, right, top, left] { try await Self.charge(daemon, token) }
    _ = try await daemon.call(GrantFreeze.self, .init(node: daemon.maker.chain(left).node))
    try await daemon.serving { _ in
      let node = daemon.maker.chain(left).node
      let below = try await Self.notices(3, of: .init(after: 0, node: node), from: daemon)
      #expect(Self.events(below).map(\.seq) == [1, 4, 5])
      let frozen = try await Self.notices(
        1, of: .init(after: 0, actions: ["grant.freeze", "wallet.*"]), from: daemon)
      #expect(Self.events(frozen).map(\.seq) == [5])
      let spent = try await Self.notices(4, of: .init(after: 0, actions: ["spend.*"]), from: daemon)
      #expect(Self.events(spent).map(\.seq) == [1, 2, 3, 4])
      let both = try await Self.notices(
        2, of: .init(after: 1, node: node, actions: ["spend.charge", "grant.freeze"]),
        from: daemon)
      #expect(Self.events(both).map(\.seq) == [4, 5])
    }
  }

  @Test(arguments: [
    #""actions":[]"#, #""actions":["spend.ch*"]"#, #""actions":["*"]"#, #""actions":["a\"b"]"#,
    #""actions":["Spend"]"#, #""max_lag":0"#, #""max_lag":100001"#, #""node":"x""#,
  ])
  func `what no subscription can be is refused`(parameter: String) async throws {
    let daemon = try TestDaemon()
    let session = daemon.operators
    session.subscriptions?.open { _ in }
    let answer = await daemon.line(
      #"{"jsonrpc":"2.0","id":1,"method":"audit.subscribe","params":{\#(parameter)}}"#, in: session)
    #expect(answer?.contains("invalid_params") == true)
  }

  @Test func `a reader that lags is told what was left out, and those it got stay in order`()
    async throws
  {
    let daemon = try TestDaemon()
    let token = daemon.top()
    try await Self.charge(daemon, token)
    let gate = Gate()
    let sent = Mutex<[AuditNotice]>([])
    let (last, done) = AsyncStream.makeStream(of: Void.self)
    let follower = AuditFollower(ledger: daemon.ledger, node: nil, filter: nil, longestLag: 10)
    let task = Task {
      await follower.run(as: 3, after: 0) { lines in
        await gate.pass()
        let notices = lines.split(separator: UInt8(ascii: "\n")).compactMap {
          WireJSON.notice(in: Array($0))
        }
        sent.withLock { $0 += notices }
        done.yield()
      }
    }
    await gate.waitForArrivals(1)
    // The first page is on its way, and the client does not take it: nobody waits for it.
    try await Self.charge(daemon, token, times: 20)
    gate.open()
    var steps = last.makeAsyncIterator()
    _ = await steps.next()
    _ = await steps.next()
    try await Self.charge(daemon, token)
    _ = await steps.next()
    task.cancel()
    let notices = sent.withLock(\.self)
    #expect(Self.events(notices).map(\.seq) == [1, 22])
    #expect(notices.count == 3 && notices[1] == .lost(.init(subscription: 3, count: 20, after: 1)))
    let missed = try await daemon.call(AuditList.self, .init(after: 1, limit: 20)).events
    #expect(missed.map(\.seq) == Array(2...21))
  }

  @Test func `a client that never reads holds up nobody, nor the daemon's end`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    var bounds = ConnectionBounds()
    bounds.flushTimeout = .milliseconds(50)
    let server = daemon.socketServer(bounds: bounds)
    try await server.start()
    let client = try RawClient(daemon.operatorsPath)
    client.send(
      #"{"jsonrpc":"2.0","id":1,"method":"audit.subscribe","params":{"after":0}}"# + "\n")
    // More than the socket's buffers hold.
    try await Self.charge(daemon, token, times: 4000)
    #expect(try daemon.counters(token).settled == 4000)
    await server.stop()
  }

  @Test func `a subscription ends when it is told to, and with its connection`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    try await daemon.serving { _ in
      try await blocking {
        let client = try RawClient(daemon.operatorsPath)
        func ask(_ method: String, _ parameters: String) -> String {
          client.send(
            #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(parameters)}}"# + "\n")
          return client.lines(1).first ?? ""
        }
        for number in 1...8 {
          #expect(ask("audit.subscribe", "").contains("\"subscription\":\(number)}"))
        }
        #expect(ask("audit.subscribe", "").contains("\"conflict\""))
        for number in 1...8 {
          #expect(ask("audit.unsubscribe", "\"subscription\":\(number)").contains("result"))
        }
        #expect(ask("audit.unsubscribe", "\"subscription\":1").contains("not_found"))
        #expect(
          ask("spend.charge", "\"amount_msat\":1,\"token\":\"\(token.text)\"").contains("result"))
        // Nothing comes any more but answers.
        #expect(ask("system.info", "").hasPrefix(#"{"id":1,"#))
        #expect(ask("audit.subscribe", "").contains("\"subscription\":9}"))
        client.disconnect()
      }
      try await Self.charge(daemon, token, times: 10)
      let agents = await daemon.line(#"{"jsonrpc":"2.0","id":1,"method":"audit.subscribe"}"#)
      #expect(agents?.contains("method_not_found") == true)
    }
  }

  @Test func `nothing is sent later over HTTP`() async throws {
    let daemon = try TestDaemon()
    let session = daemon.operators.forOneRequest(bearing: nil)
    let error = try await daemon.error(AuditSubscribe.self, .init(), in: session)
    #expect(error?.kind == .conflict)
  }

  @Test func `an event is written as the encoder writes it`() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      let text = String(
        decoding: random.bytes(Int.random(in: 0...60, using: &random)), as: UTF8.self)
      let notice = AuditNotice.Event(
        subscription: UInt64.random(in: 0...9, using: &random),
        seq: UInt64.random(in: 0...(1 << 53), using: &random), event: text,
        hash: Hex.encode(random.bytes(32)))
      var bytes: [UInt8] = []
      WireJSON.write(notice, into: &bytes)
      #expect(bytes == (try WireJSON.line(notice)) + [UInt8(ascii: "\n")])
      #expect(WireJSON.notice(in: bytes) == .event(notice))
    }
  }
}
