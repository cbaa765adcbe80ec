import LibCrypto
import NIOWebSocket
import PurserCore
import Synchronization
import Testing

@testable import PurserWallet

/// What relays do wrong, and what relays may do that is none of the wallet's word.
@Suite struct NWCRelayTests {
  let fixture: NWCFixture

  init() throws { fixture = try NWCFixture() }

  private func settled() -> PaymentOutcome {
    .settled(preimage: fixture.preimage, fee: Msat(1_500) ?? .zero)
  }

  /// Whether the order stays unknown when what the relay hands over comes, and settles when the
  /// wallet's own answer comes after it.
  private func checkIgnored(
    _ made: @escaping @Sendable (NostrEvent) throws -> NostrEvent,
    _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let alone = try await fixture.relay(acting: { request, name in
      [
        .text(try NWCFixture.json(["EVENT", name, NWCFixture.object(try made(request))])),
        .text(try NWCFixture.json(["OK", request.id, false, "that was all"])),
      ]
    })
    #expect(
      try await fixture.wallet(alone).pay(fixture.order)
        == .unknown(reason: "the relay refused the request: that was all"), comment,
      sourceLocation: sourceLocation)
    let both = try await fixture.relay(reply: { request in
      [try made(request), try fixture.answer(fixture.paid(), to: request)]
    })
    #expect(
      try await fixture.wallet(both).pay(fixture.order) == settled(), comment,
      sourceLocation: sourceLocation)
  }

  /// Whether the answer is taken from the next connection when this is what follows the order, and
  /// the order is not sent again.
  private func checkTakenLater(
    afterOrder actions: [ScriptedRelay.Action], settings: NWCSettings = NWCFixture.patient,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let asked = Mutex<NostrEvent?>(nil)
    let relay = try await ScriptedRelay.start { said in
      do {
        if said.isOfferRequest { return try fixture.offer(to: said) }
        if said.word == "EVENT" {
          asked.withLock { $0 = said.event }
          return actions
        }
        guard said.isAnswerRequest else { return [] }
        let stored = ScriptedRelay.Action.text(try NWCFixture.json(["EOSE", said.name]))
        guard let request = asked.withLock({ $0 }) else { return [stored] }
        let answer = try NWCFixture.object(try fixture.answer(fixture.paid(), to: request))
        return [.text(try NWCFixture.json(["EVENT", said.name, answer])), stored]
      } catch {
        Issue.record(error)
        return [.close]
      }
    }
    let outcome = try await fixture.wallet(relay, settings: settings).pay(fixture.order)
    #expect(outcome == settled(), sourceLocation: sourceLocation)
    #expect(relay.connections == 2, sourceLocation: sourceLocation)
    #expect(relay.requests.count == 1, sourceLocation: sourceLocation)
  }

  // MARK: Answers that are none

  @Test func `an answer that somebody else signed does not count`() async throws {
    let stranger = try NostrKey(hex: Hex.encode(randomBytes(32)))
    try await checkIgnored(
      { try fixture.answer(fixture.paid(), to: $0, signedBy: stranger) }, "a stranger's")
    try await checkIgnored(
      { try fixture.answer(fixture.paid(), to: $0, signedBy: fixture.clientKey) }, "our own")
  }

  @Test func `an answer for somebody else, or to another request, does not count`() async throws {
    let (client, other) = (fixture.clientKey.publicKey, Hex.encode(randomBytes(32)))
    let tables: [@Sendable (NostrEvent) -> [[String]]] = [
      { _ in [["p", client], ["e", other]] }, { _ in [["p", client]] }, { _ in [] },
      { [["p", other], ["e", $0.id]] }, { [["e", $0.id]] }, { [["p"], ["e", $0.id]] },
      { [["p", client], ["e"], ["e", other], ["e", $0.id]] },
      { [["p", client], ["e", $0.id.uppercased() + "0"]] },
    ]
    for (index, tags) in tables.enumerated() {
      try await checkIgnored(
        { try fixture.answer(fixture.paid(), to: $0, tags: tags($0)) }, "tags \(index)")
    }
  }

  @Test func `an answer of another kind does not count`() async throws {
    for kind: UInt32 in [1, 13_194, 23_194, 23_196, 23_197] {
      try await checkIgnored(
        { try fixture.answer(fixture.paid(), to: $0, kind: kind) }, "kind \(kind)")
    }
  }

  @Test func `an answer that was changed on its way does not count`() async throws {
    let changes: [@Sendable (inout NostrEvent) -> Void] = [
      { $0.signature = String(repeating: "0", count: 128) }, { $0.signature = "" },
      { $0.id = String(repeating: "0", count: 64) }, { $0.id = "" },
      { event in
        event = NostrEvent(
          id: event.id, publicKey: event.publicKey, createdAt: event.createdAt + 1,
          kind: event.kind, tags: event.tags, content: event.content, signature: event.signature)
      },
    ]
    for (index, change) in changes.enumerated() {
      try await checkIgnored(
        { request in
          var event = try fixture.answer(fixture.paid(), to: request)
          change(&event)
          return event
        }, "change \(index)")
    }
  }

  @Test func `the answer to an earlier request does not count for a later one`() async throws {
    let first = Mutex<NostrEvent?>(nil)
    let relay = try await fixture.relay(acting: { request, name in
      let answer = try fixture.answer(fixture.paid(), to: request)
      let replayed = first.withLock { kept in
        kept = kept ?? answer
        return kept ?? answer
      }
      return [
        .text(try NWCFixture.json(["EVENT", name, NWCFixture.object(replayed)])),
        .text(try NWCFixture.json(["OK", request.id, false, "that was all"])),
      ]
    })
    let wallet = try fixture.wallet(relay)
    #expect(await wallet.pay(fixture.order) == settled())
    #expect(
      await wallet.pay(fixture.order)
        == .unknown(reason: "the relay refused the request: that was all"))
    #expect(relay.requests.count == 2)
    #expect(relay.requests.first?.id != relay.requests.last?.id)
  }

  @Test func `an answer of the wallet that cannot be decrypted is unknown at once`() async throws {
    let relay = try await fixture.relay(reply: { request in
      [
        try fixture.walletKey.event(
          kind: NWCKind.response, tags: [["p", fixture.clientKey.publicKey], ["e", request.id]],
          content: "AAAA", createdAt: NWCFixture.now)
      ]
    })
    #expect(
      try await fixture.wallet(relay).pay(fixture.order)
        == .unknown(reason: "the wallet's answer cannot be decrypted"))
  }

  // MARK: Frames

  @Test func `texts that are no messages are passed over`() async throws {
    let texts = [
      "", "{}", "[", "null", "[]", "[1]", #"["EVENT"]"#, #"["EVENT","purser2",{}]"#,
      #"["EOSE"]"#, #"["OK","x"]"#, #"["OK","x","yes"]"#, #"["WHAT","x"]"#, #"["NOTICE","\u0000"]"#,
      #"["EOSE","nothing"]"#, #"["CLOSED","nothing","x"]"#, String(repeating: "[", count: 100_000),
    ]
    let relay = try await fixture.relay(acting: { request, name in
      let answer = try NWCFixture.json([
        "EVENT", name, NWCFixture.object(try fixture.answer(fixture.paid(), to: request)),
      ])
      return texts.map { .text($0) } + [
        .frame(.binary, [0, 1, 2]), .frame(.pong, []),
        .frame(.text, [0xff, 0xfe]), .text(answer),
      ]
    })
    #expect(try await fixture.wallet(relay).pay(fixture.order) == settled())
  }

  @Test func `a relay's ping is answered`() async throws {
    let asked = Mutex<(event: NostrEvent, name: String)?>(nil)
    let names = Mutex("")
    let relay = try await ScriptedRelay.start { said in
      do {
        if said.isOfferRequest { return try fixture.offer(to: said) }
        if said.isAnswerRequest {
          names.withLock { $0 = said.name }
          return [.text(try NWCFixture.json(["EOSE", said.name]))]
        }
        if let event = said.event {
          asked.withLock { $0 = (event, names.withLock { $0 }) }
          return [.frame(.ping, [1, 2])]
        }
        guard said.word == "pong", let (event, name) = asked.withLock({ $0 }) else { return [] }
        let answer = try NWCFixture.object(try fixture.answer(fixture.paid(), to: event))
        return [.text(try NWCFixture.json(["EVENT", name, answer]))]
      } catch {
        Issue.record(error)
        return [.close]
      }
    }
    #expect(try await fixture.wallet(relay).pay(fixture.order) == settled())
  }

  @Test func `a frame that is too long, or of no kind there is, ends the connection`()
    async throws
  {
    let frames: [ScriptedRelay.Action] = [
      .frame(.text, [UInt8](repeating: 0x20, count: RelaySocket.maximumTextLength + 1)),
      .frame(WebSocketOpcode(encodedWebSocketOpcode: 0x3) ?? .binary, []),
      .frame(.continuation, [1]),
    ]
    for frame in frames { try await checkTakenLater(afterOrder: [frame]) }
  }

  @Test func `a relay that says more than is read is left`() async throws {
    let notice = ScriptedRelay.Action.text(#"["NOTICE","again"]"#)
    let flood = [ScriptedRelay.Action](repeating: notice, count: 5_000)
    let relay = try await fixture.relay(acting: { request, name in
      flood + [
        .text(
          try NWCFixture.json([
            "EVENT", name, NWCFixture.object(try fixture.answer(fixture.paid(), to: request)),
          ]))
      ]
    })
    // Whether it is heard out or left depends on who is faster; nothing is made up either way.
    let settings = NWCSettings(answerPatience: .seconds(1))
    switch try await fixture.wallet(relay, settings: settings).pay(fixture.order) {
    case .settled(let preimage, _): #expect(preimage == fixture.preimage)
    case .unknown: break
    case .failed(let reason): Issue.record("failed: \(reason)")
    }
  }

  // MARK: Connections

  @Test func `an answer after a lost connection is taken from the next one`() async throws {
    try await checkTakenLater(afterOrder: [.close])
    try await checkTakenLater(afterOrder: [.frame(.connectionClose, [])])
  }

  @Test func `a connection lost after the answer is made again for the next request`()
    async throws
  {
    let relay = try await fixture.relay(acting: { request, name in
      let answer = try fixture.answer(fixture.paid(), to: request)
      return [
        .text(try NWCFixture.json(["EVENT", name, NWCFixture.object(answer)])), .close,
      ]
    })
    let wallet = try fixture.wallet(relay)
    for _ in 0..<3 { #expect(await wallet.pay(fixture.order) == settled()) }
    #expect(relay.connections == 3)
    #expect(relay.requests.count == 3)
  }

  @Test func `a relay that never answers leaves the order unknown, and has no order`()
    async throws
  {
    let relay = try await ScriptedRelay.start { _ in [] }
    let settings = NWCSettings(connectPatience: .zero, relayPatience: .milliseconds(300))
    let wallet = try fixture.wallet(relay, settings: settings)
    guard case .unknown(let reason) = await wallet.pay(fixture.order) else {
      Issue.record("not unknown")
      return
    }
    #expect(reason.hasPrefix("the request was not sent: "))
    #expect(relay.requests.isEmpty)
    let error = await #expect(throws: WalletError.self) { try await wallet.info() }
    guard case .unreachable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a wallet that never answers leaves the order unknown, and it is sent once`()
    async throws
  {
    let relay = try await fixture.relay(reply: { _ in [] })
    let settings = NWCSettings(answerPatience: .seconds(1))
    #expect(
      try await fixture.wallet(relay, settings: settings).pay(fixture.order)
        == .unknown(reason: "the wallet did not answer in time"))
    #expect(relay.requests.count == 1)
  }

  @Test func `of several relays the first that works and knows the wallet is used`() async throws {
    let good = try await fixture.relay { _, _ in fixture.paid() }
    let stranger = try NWCFixture()
    let ignorant = try await stranger.relay { _, _ in "{}" }
    let empty = try await ScriptedRelay.start { said in
      said.word == "REQ" ? [.text("[\"EOSE\",\"\(said.name)\"]")] : []
    }
    let closing = try await ScriptedRelay.start(greeting: [.close]) { _ in [] }
    let http = try await ScriptedServer.start { _ in .json(200, "{}") }
    let plain = http.url.replacing("http://", with: "ws://")
    for bad in ["ws://127.0.0.1:1", ignorant.url, empty.url, closing.url, plain] {
      let wallet = try fixture.wallet([bad, good.url])
      #expect(await wallet.pay(fixture.order) == settled(), "\(bad)")
    }
    #expect(ignorant.requests.isEmpty)
    #expect(empty.requests.isEmpty)
  }

  @Test func `a dead relay alone is told, and no order is lost to it`() async throws {
    let wallet = try fixture.wallet(["ws://127.0.0.1:1"], settings: NWCFixture.hasty)
    guard case .unknown(let reason) = await wallet.pay(fixture.order) else {
      Issue.record("not unknown")
      return
    }
    #expect(reason.hasPrefix("the request was not sent: no connection to ws://127.0.0.1:1"))
    await #expect(throws: WalletError.self) { try await wallet.lookUp(paymentHash: [1]) }
  }

  @Test func `a relay that sends no sign of life is left`() async throws {
    // The scripted relay answers no ping.
    try await checkTakenLater(
      afterOrder: [], settings: NWCSettings(pingInterval: .milliseconds(500)))
  }

  @Test func `a relay's refusal of the order is no word of the wallet`() async throws {
    let relay = try await ScriptedRelay.start { said in
      if said.isOfferRequest { return (try? fixture.offer(to: said)) ?? [] }
      if said.word == "REQ" { return [.text("[\"EOSE\",\"\(said.name)\"]")] }
      guard let event = said.event else { return [] }
      return [.text("[\"OK\",\"\(event.id)\",false,\"blocked: \u{202e}no\"]")]
    }
    #expect(
      try await fixture.wallet(relay).pay(fixture.order)
        == .unknown(reason: "the relay refused the request: blocked: no"))
  }

  @Test func `a relay that refuses the subscription never gets the order`() async throws {
    let relay = try await ScriptedRelay.start { said in
      if said.isOfferRequest { return (try? fixture.offer(to: said)) ?? [] }
      return [.text("[\"CLOSED\",\"\(said.name)\",\"error: full\"]")]
    }
    let good = try await fixture.relay { _, _ in fixture.paid() }
    #expect(try await fixture.wallet([relay.url, good.url]).pay(fixture.order) == settled())
    #expect(relay.requests.isEmpty)
  }

  // MARK: Who asks

  @Test func `a relay that asks who asks gets a signature over its own challenge`() async throws {
    let known = Mutex(false)
    let challenge = "challenge-\(Hex.encode(randomBytes(8)))"
    let names = Mutex<[String]>([])
    let relay = try await ScriptedRelay.start(
      greeting: [.text("[\"AUTH\",\"\(challenge)\"]")]
    ) { said in
      do {
        if said.word == "AUTH", let event = said.event {
          let isRight =
            event.isAuthentic && event.kind == 22_242 && event.tag("challenge") == challenge
            && event.publicKey == fixture.clientKey.publicKey
          known.withLock { $0 = isRight }
          return [.text(try NWCFixture.json(["OK", event.id, isRight, ""]))]
        }
        guard known.withLock({ $0 }) else {
          guard said.word == "REQ" else { return [] }
          return [.text(try NWCFixture.json(["CLOSED", said.name, "auth-required: who?"]))]
        }
        if said.isOfferRequest { return try fixture.offer(to: said) }
        if said.isAnswerRequest {
          names.withLock { $0.append(said.name) }
          return [.text(try NWCFixture.json(["EOSE", said.name]))]
        }
        guard said.word == "EVENT", let event = said.event,
          let name = names.withLock({ $0.last })
        else { return [] }
        let answer = try fixture.answer(fixture.paid(), to: event)
        return [.text(try NWCFixture.json(["EVENT", name, NWCFixture.object(answer)]))]
      } catch {
        Issue.record(error)
        return [.close]
      }
    }
    #expect(try await fixture.wallet(relay).pay(fixture.order) == settled())
    let proof = try #require(relay.said.first { $0.word == "AUTH" }?.event)
    #expect(proof.tag("relay") == relay.url)
  }

  @Test func `a relay that does not accept the key is told about`() async throws {
    let relay = try await ScriptedRelay.start(greeting: [.text(#"["AUTH","x"]"#)]) { said in
      switch said.word {
      case "AUTH": [.text("[\"OK\",\"\(said.event?.id ?? "")\",false,\"restricted: no\"]")]
      case "REQ": [.text("[\"CLOSED\",\"\(said.name)\",\"auth-required: who?\"]")]
      default: []
      }
    }
    let wallet = try fixture.wallet(relay, settings: NWCFixture.hasty)
    let error = await #expect(throws: WalletError.self) { try await wallet.info() }
    guard case .unexpected(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("auth-required"))
  }
}
