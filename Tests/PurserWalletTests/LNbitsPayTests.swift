import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct LNbitsPayTests {
  let fixture: LNbitsFixture

  init() throws { fixture = try LNbitsFixture() }

  /// What `pay` says when LNbits answers the order and the look-up after it like this.
  private func outcome(
    _ reply: ScriptedServer.Reply,
    lookUp: ScriptedServer.Reply = LNbitsFixture.notFound, timeoutMilliseconds: UInt32 = 60_000
  ) async throws -> PaymentOutcome {
    let server = try await ScriptedServer.start { $0.method == "POST" ? reply : lookUp }
    let wallet = try fixture.wallet(server, timeoutMilliseconds: timeoutMilliseconds)
    return await wallet.pay(fixture.order)
  }

  @Test func `a success with a preimage that fits is settled, its fee from the record`()
    async throws
  {
    let reply = ScriptedServer.Reply.json(201, fixture.payment(status: "success"))
    let server = try await ScriptedServer.start { _ in reply }
    #expect(
      try await fixture.wallet(server).pay(fixture.order)
        == .settled(preimage: fixture.preimage, fee: try amount(1_500)))
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1)
    #expect(request.method == "POST")
    #expect(request.path == "/api/v1/payments")
    #expect(request.key == LNbitsFixture.adminKey)
    #expect(request.body.contains("\"bolt11\":\"\(fixture.order.invoice.text)\""))
    #expect(request.body.contains("\"out\":true"))
  }

  @Test func `pending, and success without the right preimage, are unknown`() async throws {
    let wrong = Hex.encode(randomBytes(32))
    for body in [
      fixture.payment(status: "pending", preimage: .some(nil)),
      fixture.payment(status: "pending"),
      fixture.payment(status: "success", preimage: .some(nil)),
      fixture.payment(status: "success", preimage: wrong),
      fixture.payment(status: "success", preimage: String(repeating: "0", count: 64)),
      fixture.payment(status: "success", preimage: "zz"),
      fixture.payment(status: "success", hash: wrong),
      fixture.payment(status: "something new"),
      "{}", "", "[", "null",
    ] {
      guard case .unknown = try await outcome(.json(201, body)) else {
        Issue.record("not unknown: \(body)")
        continue
      }
    }
  }

  @Test(arguments: [
    (520, #"{"detail":"Insufficient balance.","status":"failed"}"#),
    (520, #"{"detail":"You must reserve at least (2  sat) to cover","status":"failed"}"#),
    (520, #"{"detail":"Payment failed: no route","status":"failed"}"#),
    (520, #"{"detail":"Invoice amount 21 sats is too high. Max 5","status":"failed"}"#),
    (400, #"{"detail":"Daily withdrawal limit of 5 sats reached."}"#),
    (401, #"{"detail":"Missing key"}"#),
    (404, #"{"detail":"Wallet not found."}"#),
    (403, #"{"detail":"Invoice (or Admin) key required."}"#),
    (429, #"{"detail":"Rate limit exceeded"}"#),
  ])
  func `a refusal before sending is a failure, if nothing else is on record`(
    status: Int, body: String
  ) async throws {
    let reply = ScriptedServer.Reply.json(status, body)
    guard case .failed(let reason) = try await outcome(reply) else {
      Issue.record("not failed")
      return
    }
    #expect(reason.hasPrefix("LNbits answered \(status): "))

    let failed = fixture.lookUp(paid: false, status: "failed", preimage: .some(nil))
    guard case .failed = try await outcome(reply, lookUp: .json(200, failed)) else {
      Issue.record("not failed")
      return
    }
    for other in [
      ScriptedServer.Reply.json(200, fixture.lookUp(paid: false, status: "pending")),
      .json(200, fixture.lookUp(paid: true, status: "success")),
      .json(200, #"{"paid":false}"#), .json(500, "{}"), .json(404, "not here"),
    ] {
      guard case .unknown = try await outcome(reply, lookUp: other) else {
        Issue.record("not unknown though the look-up says \(other.text)")
        continue
      }
    }
  }

  @Test(arguments: [
    (520, #"{"detail":"Internal invoice already paid.","status":"failed"}"#),
    (520, #"{"detail":"Payment already paid.","status":"success"}"#),
    (520, #"{"detail":"Payment is still pending.","status":"pending"}"#),
    (520, #"{"detail":"Insufficient balance.","status":"pending"}"#),
    (520, #"{"detail":"Insufficient balance."}"#),
    (520, #"{"detail":"Something new.","status":"failed"}"#),
    (500, #"{"detail":"Insufficient balance.","status":"failed"}"#),
    (400, #"{"detail":"Something new."}"#),
    (502, "<html>Bad Gateway</html>"), (504, ""), (200, "{}"), (307, ""), (404, "{}"),
  ])
  func `every other refusal is unknown`(status: Int, body: String) async throws {
    guard case .unknown = try await outcome(.json(status, body)) else {
      Issue.record("not unknown")
      return
    }
  }

  @Test func `a payment that LNbits marks as failed has failed`() async throws {
    let reply = ScriptedServer.Reply.json(
      201, fixture.payment(status: "failed", preimage: .some(nil)))
    #expect(
      try await outcome(reply) == .failed(reason: "LNbits marked the payment as failed"))
  }

  @Test func `silence, a cut answer, one that never ends and one too long are unknown`()
    async throws
  {
    let head = "HTTP/1.1 201 Created\r\nContent-Length: 2000000\r\n\r\n"
    for reply in [
      ScriptedServer.Reply.silence,
      .init(text: "", closes: true),
      .init(text: "HTTP/1.1 201 Cre", closes: true),
      .init(text: head + fixture.payment(status: "success"), closes: true),
      .init(text: head + fixture.payment(status: "success")),
      .init(text: "HTTP/1.1 201 Created\r\nContent-Length: 9000\r\n\r\n{"),
      .init(text: head + String(repeating: " ", count: 2_000_000)),
      .init(text: "SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
      let outcome = try await outcome(reply, timeoutMilliseconds: 300)
      guard case .unknown = outcome else {
        Issue.record("\(outcome) for \(reply.text.prefix(80))")
        continue
      }
    }
  }

  @Test func `nobody there is unknown`() async throws {
    let url = try await ScriptedServer.start { _ in .silence }.url
    let wallet = try LNbitsWallet(
      url: url, adminKey: LNbitsFixture.adminKey, invoiceKey: LNbitsFixture.invoiceKey,
      settings: LNbitsSettings(timeoutMilliseconds: 1_000))
    guard case .unknown = await wallet.pay(fixture.order) else {
      Issue.record("not unknown")
      return
    }
  }

  @Test func `a redirect is not followed, so that the key stays here`() async throws {
    let other = try await ScriptedServer.start { _ in .silence }
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: "
    let elsewhere = other.url
    let server = try await ScriptedServer.start { request in
      .init(text: redirect + elsewhere + request.path + "\r\n\r\n")
    }
    guard case .unknown = try await fixture.wallet(server).pay(fixture.order) else {
      Issue.record("not unknown")
      return
    }
    #expect(other.requests.isEmpty)
  }

  @Test func `a wallet without an admin key pays nothing and asks nobody`() async throws {
    let server = try await ScriptedServer.start { _ in .silence }
    let wallet = try LNbitsWallet(
      url: server.url, adminKey: nil, invoiceKey: LNbitsFixture.invoiceKey)
    #expect(
      await wallet.pay(fixture.order)
        == .failed(reason: "this wallet has no admin key: it cannot pay"))
    #expect(server.requests.isEmpty)
  }

  @Test func `what an error repeats has no keys, no control characters and a bound`()
    async throws
  {
    let nasty =
      "key \(LNbitsFixture.adminKey)/\(LNbitsFixture.invoiceKey)\\u001b[31m\\u202e"
      + String(repeating: "x", count: 5_000)
    let outcome = try await outcome(.json(520, "{\"detail\":\"\(nasty)\"}"))
    guard case .unknown(let reason) = outcome else {
      Issue.record("not unknown")
      return
    }
    #expect(reason.hasPrefix("LNbits answered 520: key [key]/[key][31mxxx"))
    #expect(reason.count < 250)
  }
}
