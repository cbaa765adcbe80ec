import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct LNDWalletTests {
  let fixture: LNDFixture

  init() throws { fixture = try LNDFixture() }

  private func status(_ reply: ScriptedServer.Reply) async throws -> PaymentStatus {
    let server = try await ScriptedServer.start { _ in reply }
    return try await fixture.wallet(server).lookUp(paymentHash: fixture.base.paymentHash)
  }

  @Test func `a look-up tracks the hash and takes the first line, though more may come`()
    async throws
  {
    let line = "{\"result\":\(fixture.payment("IN_FLIGHT"))}\n"
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let open = head + String(line.utf8.count, radix: 16) + "\r\n" + line + "\r\n"
    let server = try await ScriptedServer.start { _ in .init(text: open) }
    let wallet = try fixture.wallet(server)
    #expect(try await wallet.lookUp(paymentHash: fixture.base.paymentHash) == .pending)
    let request = try #require(server.requests.first)
    let hash = Base64.encode(fixture.base.paymentHash, .urlUnpadded)
    #expect(request.method == "GET")
    #expect(request.path == "/v2/router/track/\(hash)=?no_inflight_updates=false")
  }

  @Test func `a look-up says what lnd says`() async throws {
    let none = LNDFixture.noPreimage
    #expect(
      try await status(fixture.line(fixture.payment("SUCCEEDED")))
        == .settled(preimage: fixture.base.preimage, fee: try amount(1_500)))
    #expect(try await status(fixture.line(fixture.payment("INITIATED"))) == .pending)
    #expect(
      try await status(
        fixture.line(fixture.payment("FAILED", preimage: none, reason: "FAILURE_REASON_NO_ROUTE")))
        == .failed(reason: "lnd: FAILURE_REASON_NO_ROUTE"))
    #expect(try await status(LNDFixture.notFound) == .notFound)
    #expect(try await status(.json(404, #"{"code":5,"message":"x","details":[]}"#)) == .notFound)
  }

  @Test func `what does not read, or does not fit, is an error and never settled`() async throws {
    for reply in [
      fixture.line(fixture.payment("SUCCEEDED", preimage: LNDFixture.noPreimage)),
      fixture.line(fixture.payment("SUCCEEDED", hash: Hex.encode(randomBytes(32)))),
      .stream([]), .stream(["{}"]), .json(404, "Not Found"), .json(500, ""), .json(200, ""),
      LNDFixture.failure(500, code: 2, "something"),
    ] {
      await #expect(throws: WalletError.self, "\(reply.text)") { try await status(reply) }
    }
    for (message, error): (String, WalletError) in [
      ("permission denied", .unauthorized("lnd: permission denied")),
      (
        "cannot get macaroon: root key with id 0 doesn't exist",
        .unauthorized("lnd: cannot get macaroon: root key with id 0 doesn't exist")
      ),
      (
        "wallet locked, unlock it to enable full RPC access",
        .unreachable("lnd: wallet locked, unlock it to enable full RPC access")
      ),
    ] {
      await #expect(throws: error) {
        try await status(LNDFixture.failure(500, code: 2, message))
      }
    }
  }

  // `ListPaymentsResponse` of `lnrpc/lightning.proto`: the oldest first, even when reversed.
  @Test func `the list is read backwards, page by page, until it is past the time`() async throws {
    let other = Hex.encode(randomBytes(32))
    func page(_ range: ClosedRange<Int>, seconds: UInt64, status: String) -> String {
      let payments = range.map {
        fixture.payment(status, hash: other, index: $0, seconds: seconds + UInt64($0))
      }
      return """
        {"payments":[\(payments.joined(separator: ","))],\
        "first_index_offset":"\(range.lowerBound)","last_index_offset":"\(range.upperBound)",\
        "total_num_payments":"0"}
        """
    }
    let newest = page(101...150, seconds: 1_700_000_000, status: "SUCCEEDED")
    let older = page(51...100, seconds: 1_700_000_000, status: "FAILED")
    let server = try await ScriptedServer.start { request in
      request.path.hasSuffix("index_offset=0") ? .json(200, newest) : .json(200, older)
    }
    let since = Timestamp(seconds: 1_700_000_099)
    let list = try #require(try await fixture.wallet(server).outgoingPayments(since: since))
    #expect(list.count == 52)
    #expect(list.first?.time == Timestamp(seconds: 1_700_000_150))
    #expect(list.first?.state == .settled && list.last?.state == .failed)
    #expect(try list.first?.amount == amount(21_000))
    #expect(try list.first?.fee == amount(1_500))
    #expect(
      server.requests.map(\.path) == [
        "/v1/payments?include_incomplete=true&reversed=true&max_payments=50&index_offset=0",
        "/v1/payments?include_incomplete=true&reversed=true&max_payments=50&index_offset=101",
      ])
  }

  @Test func `a list that goes round in circles is given up`() async throws {
    let payment = fixture.payment("SUCCEEDED")
    let page =
      "{\"payments\":[\(Array(repeating: payment, count: 50).joined(separator: ","))],"
      + "\"first_index_offset\":\"9\"}"
    let server = try await ScriptedServer.start { _ in .json(200, page) }
    await #expect(throws: WalletError.self) {
      try await fixture.wallet(server).outgoingPayments(since: Timestamp(seconds: 1))
    }
    #expect(server.requests.count == 2)
  }

  // `Invoice` and `AddInvoiceResponse` of `lnrpc/lightning.proto`.
  @Test func `an invoice is taken only over the amount that was asked for`() async throws {
    let text = fixture.base.order.invoice.text
    let server = try await ScriptedServer.start { _ in
      .json(200, #"{"r_hash":"AA==","payment_request":"\#(text)","add_index":"1"}"#)
    }
    let wallet = try fixture.wallet(server)
    let request = InvoiceRequest(
      amount: try amount(21_000), description: "data", expirySeconds: 90)
    #expect(try await wallet.createInvoice(request) == text)
    let sent = try #require(server.requests.first)
    #expect(sent.path == "/v1/invoices")
    for part in [#""value_msat":"21000""#, #""memo":"data""#, #""expiry":"90""#] {
      #expect(sent.body.contains(part))
    }
    let other = InvoiceRequest(amount: try amount(22_000), description: "", expirySeconds: 90)
    await #expect(throws: WalletError.self) { try await wallet.createInvoice(other) }
  }

  // `GetInfoResponse` and `ChannelBalanceResponse` of `lnrpc/lightning.proto`.
  @Test func `info gives the alias and what is on our side of the channels`() async throws {
    let info = #"{"version":"0.19.2-beta commit=v0.19.2-beta","alias":"node\u202e"}"#
    let balance = #"{"balance":"12","local_balance":{"sat":"12","msat":"12345"}}"#
    let server = try await ScriptedServer.start { request in
      .json(200, request.path == "/v1/getinfo" ? info : balance)
    }
    #expect(
      try await fixture.wallet(server).info()
        == WalletInfo(kind: "lnd", name: "node", balance: try amount(12_345)))
    let narrow = try await ScriptedServer.start { request in
      request.path == "/v1/getinfo"
        ? .json(200, info)
        : .json(500, #"{"code":2,"message":"permission denied","details":[]}"#)
    }
    #expect(try await fixture.wallet(narrow).info().balance == nil)
  }

  static let six = [
    "/routerrpc.Router/SendPaymentV2", "/routerrpc.Router/TrackPaymentV2",
    "/lnrpc.Lightning/ListPayments", "/lnrpc.Lightning/AddInvoice",
    "/lnrpc.Lightning/ChannelBalance", "/lnrpc.Lightning/GetInfo",
  ]
  static let everything = Set(WalletPowers.Power.allCases)
  static let software = "lnd 0.19.2-beta"

  private func powers(_ macaroon: [UInt8]) async throws -> WalletPowers {
    let server = try await ScriptedServer.start { _ in
      .json(200, #"{"version":"0.19.2-beta","alias":"a"}"#)
    }
    return try await fixture.wallet(server, macaroon: macaroon).powers()
  }

  @Test func `a macaroon for exactly the calls may everything, and nothing more`() async throws {
    #expect(
      try await powers(lndMacaroon([("uri", Self.six)]))
        == WalletPowers(allowed: Self.everything, software: Self.software))
  }

  // The permissions of `admin.macaroon` and `invoice.macaroon` (`macaroons/auth.go`, `rpcserver.go`).
  @Test func `wide permissions are excess, missing ones are refused`() async throws {
    let admin = try await powers(
      lndMacaroon([
        ("address", ["read", "write"]), ("info", ["read", "write"]),
        ("invoices", ["read", "write"]), ("macaroon", ["generate", "read", "write"]),
        ("message", ["read", "write"]), ("offchain", ["read", "write"]),
        ("onchain", ["read", "write"]), ("peers", ["read", "write"]), ("signer", ["generate"]),
      ]))
    #expect(admin.allowed == Self.everything && admin.refused.isEmpty)
    #expect(admin.excess.contains("onchain:write") && admin.excess.contains("macaroon:generate"))
    let invoices = try await powers(
      lndMacaroon([("address", ["read", "write"]), ("invoices", ["read", "write"])]))
    #expect(invoices.allowed == [.receive])
    #expect(invoices.refused == [.pay, .lookUp, .list, .balance])
    #expect(
      invoices.excess == ["address:read", "address:write", "invoices:read", "invoices:write"])
    let noPaying = try await powers(lndMacaroon([("uri", Array(Self.six.dropFirst()))]))
    #expect(noPaying.refused == [.pay] && noPaying.excess.isEmpty)
  }

  @Test func `with caveats nothing is certain but what is missing`() async throws {
    let narrowed = lndMacaroon(
      [("uri", Array(Self.six.dropLast(2)))], caveats: ["time-before 2030-01-01T00:00:00Z"])
    let powers = try await powers(narrowed)
    #expect(powers.allowed.isEmpty && powers.refused == [.balance])
  }

  @Test func `a macaroon that lnd does not take is an error, one without getinfo is not`()
    async throws
  {
    let macaroon = lndMacaroon([("uri", Array(Self.six.dropLast()))])
    for (message, isTaken) in [
      ("permission denied", true), ("verification failed: signature mismatch", false),
      ("cannot get macaroon: root key with id 0 doesn't exist", false),
    ] {
      let server = try await ScriptedServer.start { _ in
        .json(500, "{\"code\":2,\"message\":\"\(message)\",\"details\":[]}")
      }
      let wallet = try fixture.wallet(server, macaroon: macaroon)
      if isTaken {
        #expect(try await wallet.powers().allowed == Self.everything)
      } else {
        await #expect(throws: WalletError.unauthorized("lnd: " + message)) {
          try await wallet.powers()
        }
      }
    }
  }

  @Test func `broken identifiers say nothing, and never trap`() async throws {
    let whole = lndMacaroon([("uri", Self.six)])
    for index in whole.indices {
      for byte: UInt8 in [0, 1, 2, 0x0a, 0x7f, 0x80, 0xff] {
        var bytes = whole
        bytes[index] = byte
        _ = try? LNDWallet(url: "https://lnd.example", macaroon: bytes, certificates: nil)
      }
      _ = try? LNDWallet(
        url: "https://lnd.example", macaroon: Array(whole.prefix(index)), certificates: nil)
    }
    for bytes: [UInt8] in [[], [2], Array("hello".utf8), Array(Hex.encode(whole).utf8)] {
      #expect(throws: WalletConfigurationError.badMacaroon) {
        try LNDWallet(url: "https://lnd.example", macaroon: bytes, certificates: nil)
      }
    }
  }

  @Test func `lnd keeps to the limit, so nothing is set aside`() throws {
    let wallet = try LNDWallet(
      url: "https://lnd.example", macaroon: LNDFixture.macaroon, certificates: nil)
    #expect(wallet.feeReserve(for: .max) == .zero)
  }

  @Test func `a certificate must be one, and goes with https`() throws {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
      #expect(throws: WalletConfigurationError.badCertificate) {
        try LNDWallet(
          url: "https://lnd.example", macaroon: LNDFixture.macaroon,
          certificates: Array(pem.utf8))
      }
    }
    #expect(throws: WalletConfigurationError.badCertificate) {
      try LNDWallet(
        url: "http://127.0.0.1:8080", macaroon: LNDFixture.macaroon, certificates: [1])
    }
  }
}
