import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct LNbitsWalletTests {
  let fixture: LNbitsFixture

  init() throws { fixture = try LNbitsFixture() }

  /// What the wallet makes of `reply`; only who waits in vain wants a short time for it.
  private func status(
    _ reply: ScriptedServer.Reply, timeoutMilliseconds: UInt32 = 60_000
  ) async throws -> PaymentStatus {
    let server = try await ScriptedServer.start { _ in reply }
    let wallet = try fixture.wallet(server, timeoutMilliseconds: timeoutMilliseconds)
    return try await wallet.lookUp(paymentHash: fixture.order.invoice.paymentHash)
  }

  @Test func `a look-up tells what became of the payment`() async throws {
    let settled = PaymentStatus.settled(preimage: fixture.preimage, fee: try amount(1_500))
    #expect(
      try await status(.json(200, fixture.lookUp(paid: true, status: "success"))) == settled)
    #expect(
      try await status(.json(200, fixture.lookUp(paid: true, status: "success", fee: 1_500)))
        == settled)
    #expect(
      try await status(.json(200, fixture.lookUp(paid: false, status: "pending"))) == .pending)
    #expect(
      try await status(.json(200, fixture.lookUp(paid: false, status: "failed")))
        == .failed(reason: "LNbits marked the payment as failed"))
    #expect(try await status(LNbitsFixture.notFound) == .notFound)
    // The same hash as an invoice of this wallet that it has not paid itself.
    #expect(
      try await status(
        .json(200, fixture.lookUp(paid: true, status: "success", amount: 21_000)))
        == .notFound)
  }

  @Test func `a look-up asks with the invoice key for the hash alone`() async throws {
    let server = try await ScriptedServer.start { _ in LNbitsFixture.notFound }
    _ = try await fixture.wallet(server).lookUp(paymentHash: fixture.order.invoice.paymentHash)
    #expect(
      server.requests == [
        .init(
          method: "GET", path: "/api/v1/payments/\(fixture.hash)",
          key: LNbitsFixture.invoiceKey, body: "")
      ])
  }

  @Test func `paid without a preimage that fits is an error, never settled`() async throws {
    for preimage in [nil, "", Hex.encode(randomBytes(32)), String(repeating: "0", count: 64)] {
      let body = fixture.lookUp(paid: true, status: "success", preimage: .some(preimage))
      await #expect(throws: WalletError.self) { try await status(.json(200, body)) }
    }
  }

  @Test(arguments: [
    (200, #"{"paid":true,"preimage":"00"}"#), (401, #"{"detail":"no"}"#), (403, "{}"),
    (404, #"{"detail":"Wallet not found."}"#),
  ])
  func `a key that LNbits does not know is told`(status code: Int, body: String) async throws {
    let error = await #expect(throws: WalletError.self) { try await status(.json(code, body)) }
    guard case .unauthorized = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    ScriptedServer.Reply.json(404, #"{"detail":"Not Found"}"#), .json(404, "<html>"),
    .json(200, "{}"), .json(200, "null"), .json(500, ""), .json(307, ""), .silence,
    .init(text: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"paid\":", closes: true),
  ])
  func `anything else is an error: it says nothing of the payment`(
    reply: ScriptedServer.Reply
  ) async throws {
    await #expect(throws: WalletError.self) {
      try await status(reply, timeoutMilliseconds: 300)
    }
  }

  @Test func `an invoice is asked for in satoshi and checked`() async throws {
    let reply = ScriptedServer.Reply.json(
      201, fixture.payment(status: "pending", preimage: .some(nil), amount: 21_000))
    let server = try await ScriptedServer.start { _ in reply }
    let wallet = try fixture.wallet(server)
    let request = InvoiceRequest(
      amount: try amount(21_000), description: "a \"quoted\" thing", expirySeconds: 90)
    #expect(try await wallet.createInvoice(request) == fixture.order.invoice.text)
    let sent = try #require(server.requests.first)
    #expect(sent.key == LNbitsFixture.invoiceKey)
    for part in [
      #""out":false"#, #""amount":21"#, #""unit":"sat""#, #""expiry":90"#,
      #""memo":"a \"quoted\" thing""#,
    ] {
      #expect(sent.body.contains(part))
    }
    for msat: UInt64 in [0, 21_001, 22_000] {
      let other = InvoiceRequest(
        amount: try amount(msat), description: "", expirySeconds: 90)
      await #expect(throws: WalletError.self) { try await wallet.createInvoice(other) }
    }
  }

  @Test func `info gives name and balance, the name made safe`() async throws {
    let server = try await ScriptedServer.start { _ in
      .json(200, #"{"name":"team\u001b[2J","balance":12345}"#)
    }
    #expect(
      try await fixture.wallet(server).info()
        == WalletInfo(kind: "lnbits", name: "team[2J", balance: try amount(12_345)))
  }

  // The identifier is told to admin keys alone: lnbits/core/views/wallet_api.py.
  @Test func `what the keys may do is told by whether LNbits shows the wallet's identifier`()
    async throws
  {
    let admin = #"{"name":"team","balance":1,"id":"0a1b"}"#
    let invoice = #"{"name":"team","balance":1}"#
    let reading: Set<WalletPowers.Power> = [.lookUp, .list, .receive, .balance]
    for (adminSays, invoiceSays, expected): (String, String, WalletPowers) in [
      (admin, invoice, WalletPowers(allowed: reading.union([.pay]), software: "LNbits")),
      (
        admin, admin,
        WalletPowers(
          allowed: reading.union([.pay]), excess: ["invoice key: pays"], software: "LNbits")
      ),
      (invoice, invoice, WalletPowers(allowed: reading, refused: [.pay], software: "LNbits")),
    ] {
      let server = try await ScriptedServer.start { request in
        .json(200, request.key == LNbitsFixture.adminKey ? adminSays : invoiceSays)
      }
      #expect(try await fixture.wallet(server).powers() == expected)
      #expect(server.requests.allSatisfy { $0.method == "GET" && $0.path == "/api/v1/wallet" })
    }
    let refusing = try await ScriptedServer.start { _ in .json(401, #"{"detail":"no"}"#) }
    await #expect(throws: WalletError.unauthorized("LNbits answered 401: no")) {
      try await fixture.wallet(refusing).powers()
    }
  }

  @Test func `the reserve is LNbits' own: a percentage, but not less than the least`() throws {
    let wallet = try LNbitsWallet(
      url: "https://lnbits.example", adminKey: nil, invoiceKey: "k")
    for (amountMsat, reserve): (UInt64, UInt64) in [
      (1, 2_000), (200_000, 2_000), (200_001, 2_001), (1_000_000, 10_000),
      (Msat.max.value, 90_071_992_547_410),
    ] {
      #expect(wallet.feeReserve(for: try amount(amountMsat)).value == reserve)
    }
    let free = try LNbitsWallet(
      url: "https://lnbits.example", adminKey: nil, invoiceKey: "k",
      settings: LNbitsSettings(reserveMinimum: .zero, reservePartsPerMillion: 0))
    #expect(free.feeReserve(for: .max) == .zero)
  }

  @Test(
    arguments: [
      ("https://lnbits.example", nil), ("https://lnbits.example:8443/lnbits/", nil),
      ("http://127.0.0.1:5000", nil), ("http://localhost:5000/", nil), ("http://[::1]:5000", nil),
      ("http://abcdef.onion", nil), ("http://lnbits.example", .plainHTTP),
      ("http://127.0.0.1.lnbits.example", .plainHTTP), ("http://127.1", .plainHTTP),
      ("ftp://lnbits.example", .badURL), ("lnbits.example", .badURL), ("", .badURL),
      ("https://", .badURL), ("https://me:pw@lnbits.example", .badURL),
      ("https://lnbits.example?x=1", .badURL), ("https://lnbits.example#x", .badURL),
    ] as [(String, LNbitsConfigurationError?)])
  func `only a URL that keeps the keys to itself is taken`(
    url: String, error: LNbitsConfigurationError?
  ) {
    do throws(LNbitsConfigurationError) {
      _ = try LNbitsWallet(url: url, adminKey: "a", invoiceKey: "i")
      #expect(error == nil)
    } catch let thrown {
      #expect(thrown == error)
    }
  }

  @Test(arguments: ["", "two lines\n", "caf\u{e9}", String(repeating: "k", count: 257)])
  func `a key that fits in no header is refused`(key: String) {
    #expect(throws: LNbitsConfigurationError.badKey) {
      try LNbitsWallet(url: "https://lnbits.example", adminKey: key, invoiceKey: "i")
    }
    #expect(throws: LNbitsConfigurationError.badKey) {
      try LNbitsWallet(url: "https://lnbits.example", adminKey: nil, invoiceKey: key)
    }
  }
}
