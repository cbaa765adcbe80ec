import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// Shapes of ACINQ/phoenixd, `src/commonMain/kotlin/fr/acinq/phoenixd/Api.kt` and
/// `json/JsonSerializers.kt` beside it; reasons are those of
/// `payment/OutgoingPaymentFailure.kt` in ACINQ/lightning-kmp.
@Suite struct PhoenixdTests {
  let base: WalletFixture

  init() throws { base = try WalletFixture() }

  static let password = "d1f3aa7c55"
  static let notFound = text(404, "Not found")

  static func text(_ status: Int, _ text: String) -> ScriptedServer.Reply { .json(status, text) }

  private func paid(preimage: String? = nil, hash: String? = nil) -> String {
    """
    {"recipientAmountSat":21,"routingFeeSat":4,"paymentId":"2f0f4b0c-0000-4000-8000-000000000000",\
    "paymentHash":"\(hash ?? base.hash)","paymentPreimage":"\(preimage ?? base.preimageText)"}
    """
  }

  private func failed(_ reason: String) -> String {
    "{\"paymentHash\":\"\(base.hash)\",\"reason\":\"\(reason)\"}"
  }

  /// `OutgoingPayment`; absent fields are left out, as `explicitNulls = false` does.
  private func record(
    isPaid: Bool, isComplete: Bool = true, preimage: String? = nil, hash: String? = nil,
    createdAt: UInt64 = 1_700_000_000_000
  ) -> String {
    let proof = isPaid ? "\"preimage\":\"\(preimage ?? base.preimageText)\"," : ""
    let completed = isComplete ? "\"completedAt\":1700000009000," : ""
    return """
      {"type":"outgoing_payment","subType":"lightning","paymentId":"2f0f4b0c",\
      "paymentHash":"\(hash ?? base.hash)",\(proof)"isPaid":\(isPaid),"sent":25,"fees":4084,\
      "invoice":"\(base.order.invoice.text)",\(completed)"createdAt":\(createdAt)}
      """
  }

  private func wallet(
    _ server: ScriptedServer, timeoutMilliseconds: UInt32 = 60_000
  ) throws -> PhoenixdWallet {
    try PhoenixdWallet(
      url: server.url, password: Self.password, timeoutMilliseconds: timeoutMilliseconds)
  }

  private func outcome(
    _ reply: ScriptedServer.Reply, lookUp: ScriptedServer.Reply = PhoenixdTests.notFound,
    timeoutMilliseconds: UInt32 = 60_000
  ) async throws -> PaymentOutcome {
    let server = try await ScriptedServer.start { $0.method == "POST" ? reply : lookUp }
    return try await wallet(server, timeoutMilliseconds: timeoutMilliseconds).pay(base.order)
  }

  @Test func `a payment is a form with the invoice, under an empty user and the password`()
    async throws
  {
    let reply = ScriptedServer.Reply.json(200, paid())
    let lookUp = ScriptedServer.Reply.json(200, record(isPaid: true))
    let server = try await ScriptedServer.start { $0.method == "POST" ? reply : lookUp }
    #expect(
      try await wallet(server).pay(base.order)
        == .settled(preimage: base.preimage, fee: try amount(4_084)))
    let request = try #require(server.requests.first)
    #expect(request.path == "/payinvoice")
    #expect(request.body == "invoice=\(base.order.invoice.text)")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(
      request.headers["authorization"]
        == "Basic " + Base64.encode(Array(":\(Self.password)".utf8), .standard))
    #expect(server.requests.last?.path == "/payments/outgoingbyhash/\(base.hash)")
  }

  @Test func `without the record the fee is the most that it can have been`() async throws {
    #expect(
      try await outcome(.json(200, paid()))
        == .settled(preimage: base.preimage, fee: try amount(4_084)))
  }

  @Test(arguments: [
    "another payment is in progress for that invoice", "this invoice has already been paid",
    "payment amount must be positive", "payment request features not supported",
    "payment ID must be unique", "channel is not connected yet, please retry when connected",
    "channel creation is in progress, please retry when ready",
    "channel closing is in progress, please retry when a new channel has been created",
    "payment could not be sent through existing channels, check individual failures for more details",
    "not enough funds in wallet to afford payment",
    "the recipient was offline or did not have enough liquidity to receive the payment",
    "payment attempts exhausted without success",
    "wallet restarted while a payment was ongoing", "an unknown error occurred",
    "something new",
  ])
  func `a payment that phoenixd gave up has failed, if no other is on record`(
    reason: String
  ) async throws {
    let reply = ScriptedServer.Reply.json(200, failed(reason))
    #expect(try await outcome(reply) == .failed(reason: "phoenixd: " + reason))
    let marked = ScriptedServer.Reply.json(200, record(isPaid: false))
    #expect(try await outcome(reply, lookUp: marked) == .failed(reason: "phoenixd: " + reason))
    for other in [
      ScriptedServer.Reply.json(200, record(isPaid: true)),
      .json(200, record(isPaid: false, isComplete: false)),
      .json(200, "{}"), .json(500, "no"), .json(404, "Unknown endpoint (check api doc)"),
    ] {
      #expect(OutcomeKind(try await outcome(reply, lookUp: other)) == .unknown, "\(other.text)")
    }
  }

  @Test func `a request that is not understood or not allowed has failed`() async throws {
    for (status, body) in [
      (400, "parameter invoice is invalid"),
      (401, "Invalid authentication (use basic auth with the http password set in phoenix.conf)"),
    ] {
      let outcome = try await outcome(Self.text(status, body))
      #expect(outcome == .failed(reason: "phoenixd answered \(status): \(body)"))
    }
  }

  @Test func `everything else is unknown`() async throws {
    let wrong = Hex.encode(randomBytes(32))
    for reply in [
      ScriptedServer.Reply.json(200, paid(preimage: wrong)), .json(200, paid(hash: wrong)),
      .json(200, "{}"), .json(200, ""), .json(500, "oops"), .json(404, "Not found"),
      .json(502, "<html>"), .silence, .init(text: "", closes: true), .init(text: "SSH-2.0\r\n"),
      .init(text: "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + paid(), closes: true),
    ] {
      let outcome = try await outcome(reply, timeoutMilliseconds: 300)
      #expect(OutcomeKind(outcome) == .unknown, "\(reply.text.prefix(80))")
    }
  }

  @Test func `an order whose limit is below the fee is not sent`() async throws {
    let server = try await ScriptedServer.start { _ in .silence }
    let order = try WalletFixture(feeLimit: 4_083).order
    guard case .failed = try await wallet(server).pay(order) else {
      Issue.record("not failed")
      return
    }
    #expect(server.requests.isEmpty)
  }

  // `TrampolineFees(4.sat, 4_000)` of `src/commonMain/kotlin/fr/acinq/phoenixd/conf/Lsp.kt`.
  @Test func `the reserve is 0.4 percent and 4 sat, rounded up`() throws {
    let wallet = try PhoenixdWallet(url: "http://127.0.0.1:9740", password: "p")
    for (msat, reserve): (UInt64, UInt64) in [
      (1, 4_001), (21_000, 4_084), (1_000_000, 8_000), (1_000_001, 8_001),
    ] {
      #expect(wallet.feeReserve(for: try amount(msat)) == (try amount(reserve)))
    }
    #expect(wallet.feeReserve(for: .max) > .zero)
  }

  @Test func `a look-up says what phoenixd says`() async throws {
    func status(_ reply: ScriptedServer.Reply) async throws -> PaymentStatus {
      let server = try await ScriptedServer.start { _ in reply }
      return try await wallet(server).lookUp(paymentHash: base.paymentHash)
    }
    #expect(
      try await status(.json(200, record(isPaid: true)))
        == .settled(preimage: base.preimage, fee: try amount(4_084)))
    #expect(try await status(.json(200, record(isPaid: false, isComplete: false))) == .pending)
    #expect(
      try await status(.json(200, record(isPaid: false)))
        == .failed(reason: "phoenixd marked the payment as failed"))
    #expect(try await status(Self.notFound) == .notFound)
    let wrong = Hex.encode(randomBytes(32))
    for reply in [
      ScriptedServer.Reply.json(200, record(isPaid: true, preimage: wrong)),
      .json(200, record(isPaid: true, hash: wrong)), .json(200, "{}"), .json(200, "null"),
      .json(404, "Unknown endpoint (check api doc)"), .json(401, "Invalid authentication"),
    ] {
      await #expect(throws: WalletError.self, "\(reply.text)") { try await status(reply) }
    }
  }

  @Test func `the list has what was sent over Lightning, the newest first`() async throws {
    let chain = """
      {"type":"outgoing_payment","subType":"splice_out","paymentId":"1","txId":"00","isPaid":true,\
      "sent":9,"fees":1,"createdAt":1700000005000}
      """
    let body =
      "[\(record(isPaid: true)),\(chain),"
      + "\(record(isPaid: false, isComplete: false, createdAt: 1_700_000_001_000))]"
    let server = try await ScriptedServer.start { _ in .json(200, body) }
    let list = try #require(
      try await wallet(server).outgoingPayments(since: Timestamp(seconds: 1_699_999_999)))
    #expect(list.map(\.state) == [.pending, .settled])
    #expect(try list.map(\.amount) == [amount(21_000), amount(21_000)])
    #expect(
      server.requests.map(\.path) == [
        "/payments/outgoing?all=true&from=1699999999000&limit=50&offset=0"
      ])
  }

  @Test func `an invoice is over whole satoshi, its description escaped`() async throws {
    let text = base.order.invoice.text
    let server = try await ScriptedServer.start { _ in
      .json(200, #"{"amountSat":21,"paymentHash":"00","serialized":"\#(text)"}"#)
    }
    let wallet = try wallet(server)
    let request = InvoiceRequest(
      amount: try amount(21_000), description: "a&b=c \u{e9}", expirySeconds: 90)
    #expect(try await wallet.createInvoice(request) == text)
    let body = try #require(server.requests.first?.body)
    #expect(body == "amountSat=21&description=a%26b%3Dc%20%C3%A9&expirySeconds=90")
    for msat: UInt64 in [0, 21_001, 22_000] {
      let other = InvoiceRequest(amount: try amount(msat), description: "", expirySeconds: 1)
      await #expect(throws: WalletError.self) { try await wallet.createInvoice(other) }
    }
  }

  @Test func `an order without an invoice tells which password it is`() async throws {
    let reading: Set<WalletPowers.Power> = [.lookUp, .list, .receive, .balance]
    let info = #"{"nodeId":"02ab","channels":[],"chain":"mainnet","version":"0.7.1-abc"}"#
    for (status, allowed, refused): (Int, Set<WalletPowers.Power>, Set<WalletPowers.Power>) in [
      (400, reading.union([.pay]), []), (401, reading, [.pay]), (500, reading, []),
    ] {
      let server = try await ScriptedServer.start { request in
        request.method == "GET" ? .json(200, info) : .json(status, "x")
      }
      let powers = try await wallet(server).powers()
      #expect(powers.allowed == allowed && powers.refused == refused)
      #expect(powers.excess.contains("sendtoaddress") == (status == 400))
      #expect(powers.software == "phoenixd 0.7.1-abc")
      #expect(server.requests.last?.path == "/payinvoice")
      #expect(server.requests.last?.body.isEmpty == true)
    }
  }

  @Test func `info gives the node and the balance`() async throws {
    let info = #"{"nodeId":"02ab","channels":[],"chain":"mainnet","version":"0.7.1"}"#
    let server = try await ScriptedServer.start { request in
      .json(200, request.path == "/getinfo" ? info : #"{"balanceSat":12,"feeCreditSat":3}"#)
    }
    #expect(
      try await wallet(server).info()
        == WalletInfo(kind: "phoenixd", name: "02ab", balance: try amount(12_000)))
  }

  @Test func `no error repeats the password, as text or encoded`() async throws {
    let basic = Base64.encode(Array(":\(Self.password)".utf8), .standard)
    let outcome = try await outcome(.json(500, "\(Self.password) \(basic)"))
    #expect(outcome == .unknown(reason: "phoenixd answered 500: [key] [key]"))
  }
}
