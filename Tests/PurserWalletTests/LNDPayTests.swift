import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// Shapes of the REST interface of lightningnetwork/lnd.
///
/// They are those of `lnrpc/routerrpc/router.proto`, `lnrpc/routerrpc/router.yaml`,
/// `lnrpc/lightning.proto` and `lnrpc/lightning.yaml`. Numbers of 64 bits are text there; a stream
/// has one object a line, `{"result":…}` or `{"error":…}`.
struct LNDFixture: Sendable {
  let base: WalletFixture
  static let macaroon = lndMacaroon([("uri", ["/routerrpc.Router/SendPaymentV2"])])

  init() throws { base = try WalletFixture() }

  func wallet(
    _ server: ScriptedServer, macaroon: [UInt8] = LNDFixture.macaroon,
    timeoutMilliseconds: UInt32 = 60_000
  ) throws -> LNDWallet {
    try LNDWallet(
      url: server.url, macaroon: macaroon, certificates: nil,
      timeoutMilliseconds: timeoutMilliseconds)
  }

  /// `Payment` of `lnrpc/lightning.proto`, its attempts left out.
  func payment(
    _ status: String, preimage: String? = nil, hash: String? = nil,
    reason: String = "FAILURE_REASON_NONE", fee: Int = 1_500, index: Int = 7,
    seconds: UInt64 = 1_700_000_000
  ) -> String {
    """
    {"payment_hash":"\(hash ?? base.hash)","value":"21","creation_date":"\(seconds)",\
    "fee":"1","payment_preimage":"\(preimage ?? base.preimageText)","value_sat":"21",\
    "value_msat":"21000","payment_request":"\(base.order.invoice.text)","status":"\(status)",\
    "fee_sat":"1","fee_msat":"\(fee)","creation_time_ns":"\(seconds)000000000","htlcs":[],\
    "payment_index":"\(index)","failure_reason":"\(reason)","first_hop_custom_records":{}}
    """
  }

  func line(_ payment: String) -> ScriptedServer.Reply { .stream(["{\"result\":\(payment)}"]) }

  /// An error before the first line, as the REST proxy of lnd (grpc-gateway) writes it.
  static func failure(_ status: Int, code: Int, _ message: String) -> ScriptedServer.Reply {
    .json(status, #"{"error":{"code":\#(code),"message":"\#(message)","details":[]}}"#)
  }

  /// `ErrPaymentNotInitiated` of `payments/db/errors.go`.
  static let notFound = failure(404, code: 5, "payment isn't initiated")
  static let noPreimage = String(repeating: "0", count: 64)
}

@Suite struct LNDPayTests {
  let fixture: LNDFixture

  init() throws { fixture = try LNDFixture() }

  private func outcome(
    _ reply: ScriptedServer.Reply, tracking: ScriptedServer.Reply = LNDFixture.notFound,
    timeoutMilliseconds: UInt32 = 60_000
  ) async throws -> PaymentOutcome {
    let server = try await ScriptedServer.start { $0.method == "POST" ? reply : tracking }
    return try await fixture.wallet(server, timeoutMilliseconds: timeoutMilliseconds)
      .pay(fixture.base.order)
  }

  @Test func `an order carries the fee limit, the limit of blocks and the macaroon`() async throws {
    let reply = fixture.line(fixture.payment("SUCCEEDED"))
    let server = try await ScriptedServer.start { _ in reply }
    #expect(
      try await fixture.wallet(server).pay(fixture.base.order)
        == .settled(preimage: fixture.base.preimage, fee: try amount(1_500)))
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1)
    #expect(request.method == "POST" && request.path == "/v2/router/send")
    #expect(request.headers["grpc-metadata-macaroon"] == Hex.encode(LNDFixture.macaroon))
    for part in [
      #""fee_limit_msat":"5000""#, #""cltv_limit":2016"#, #""no_inflight_updates":true"#,
      #""timeout_seconds":60"#, #""payment_request":"\#(fixture.base.order.invoice.text)""#,
    ] {
      #expect(request.body.contains(part), "\(part)")
    }
  }

  @Test func `a lower limit of blocks is passed on as it is`() async throws {
    let reply = fixture.line(fixture.payment("SUCCEEDED"))
    let server = try await ScriptedServer.start { _ in reply }
    let order = try WalletFixture(maximumDelayBlocks: 144).order
    _ = try await fixture.wallet(server).pay(order)
    #expect(server.requests.first?.body.contains(#""cltv_limit":144"#) == true)
  }

  // Every reason of `PaymentFailureReason` in `lnrpc/lightning.proto`: lnd says FAILED only when no
  // attempt is on its way any more (`payments/db/payment_status.go`).
  @Test(arguments: [
    "FAILURE_REASON_TIMEOUT", "FAILURE_REASON_NO_ROUTE", "FAILURE_REASON_ERROR",
    "FAILURE_REASON_INCORRECT_PAYMENT_DETAILS", "FAILURE_REASON_INSUFFICIENT_BALANCE",
    "FAILURE_REASON_CANCELED",
  ])
  func `what lnd calls failed has failed, whatever the reason`(reason: String) async throws {
    let payment = fixture.payment("FAILED", preimage: LNDFixture.noPreimage, reason: reason)
    #expect(try await outcome(fixture.line(payment)) == .failed(reason: "lnd: " + reason))
  }

  @Test func `in flight, initiated, and paid without the right preimage are unknown`() async throws
  {
    for payment in [
      fixture.payment("IN_FLIGHT"), fixture.payment("INITIATED"), fixture.payment("UNKNOWN"),
      fixture.payment("SUCCEEDED", preimage: LNDFixture.noPreimage),
      fixture.payment("SUCCEEDED", preimage: Hex.encode(randomBytes(32))),
      fixture.payment("SUCCEEDED", preimage: "zz"),
      fixture.payment("SUCCEEDED", hash: Hex.encode(randomBytes(32))),
      fixture.payment("FAILED", hash: Hex.encode(randomBytes(32))),
      "{}", "null", "[]",
    ] {
      let outcome = try await outcome(fixture.line(payment))
      #expect(OutcomeKind(outcome) == .unknown, "\(payment)")
    }
  }

  // Messages of `lnrpc/routerrpc/router_backend.go`, `macaroons/` and `rpcperms/interceptor.go`.
  @Test(arguments: [
    (500, 2, "invoice expired. Valid until 2023-11-14 22:13:20 +0000 UTC"),
    (500, 2, "self-payments not allowed"),
    (500, 2, "total time lock of 4032 exceeds max allowed 2016"),
    (400, 3, "invalid bech32 character"),
    (500, 2, "permission denied"), (403, 7, "permission denied"),
    (401, 16, "verification failed: signature mismatch after caveat verification"),
    (501, 12, "unknown method SendPaymentV2"),
  ])
  func `a refusal has failed, as long as lnd has no payment of the invoice on record`(
    status: Int, code: Int, message: String
  ) async throws {
    let reply = LNDFixture.failure(status, code: code, message)
    #expect(try await outcome(reply) == .failed(reason: "lnd: " + message))
    let failed = fixture.payment("FAILED", preimage: LNDFixture.noPreimage)
    #expect(OutcomeKind(try await outcome(reply, tracking: fixture.line(failed))) == .failed)
    for other in [
      fixture.line(fixture.payment("IN_FLIGHT")), fixture.line(fixture.payment("SUCCEEDED")),
      LNDFixture.failure(500, code: 2, "permission denied"), .json(502, ""), .json(404, "{}"),
    ] {
      #expect(OutcomeKind(try await outcome(reply, tracking: other)) == .unknown, "\(other.text)")
    }
  }

  @Test(arguments: [
    (503, 14, "connection error"), (499, 1, "context canceled"), (504, 4, "deadline exceeded"),
    (500, 2, "wallet locked, unlock it to enable full RPC access"),
    (500, 2, "the RPC server is in the process of starting up, but not yet ready to accept calls"),
    (500, 2, "waiting to start, RPC services not available"),
    (500, 13, "internal"), (404, 5, "not found"), (429, 8, "too many"), (500, 99, "something new"),
  ])
  func `an error that says nothing of the payment is unknown`(
    status: Int, code: Int, message: String
  ) async throws {
    let outcome = try await outcome(LNDFixture.failure(status, code: code, message))
    #expect(OutcomeKind(outcome) == .unknown)
  }

  // `ErrPaymentExists`, `ErrPaymentInFlight`, `ErrAlreadyPaid` of `payments/db/errors.go`.
  @Test(arguments: [
    "payment already exists", "payment is in transition", "invoice is already paid",
  ])
  func `an order for a payment that lnd has already is followed`(message: String) async throws {
    let reply = LNDFixture.failure(409, code: 6, message)
    for (tracking, kind): (ScriptedServer.Reply, OutcomeKind) in [
      (fixture.line(fixture.payment("SUCCEEDED")), .settled),
      (fixture.line(fixture.payment("FAILED", preimage: LNDFixture.noPreimage)), .failed),
      (fixture.line(fixture.payment("IN_FLIGHT")), .unknown),
      (LNDFixture.notFound, .unknown), (.json(500, "{}"), .unknown),
    ] {
      let outcome = try await outcome(reply, tracking: tracking)
      #expect(OutcomeKind(outcome) == kind, "\(tracking.text)")
    }
    let silent = try await outcome(reply, tracking: .silence, timeoutMilliseconds: 500)
    #expect(OutcomeKind(silent) == .unknown)
  }

  @Test func `silence, a cut stream, one without an end and one too long are unknown`()
    async throws
  {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let half = String(fixture.payment("SUCCEEDED").prefix(100))
    for reply in [
      ScriptedServer.Reply.silence, .init(text: "", closes: true), .init(text: head),
      .init(text: head, closes: true), .init(text: head + "a\r\n{\"result\":", closes: true),
      .init(text: head + "64\r\n" + half + "\r\n"), .stream([half]), .stream([]),
      .stream(["", ""]),
      .init(text: head + "1e8480\r\n" + String(repeating: "x", count: 2_000_000) + "\r\n"),
      .json(200, "{}"), .json(502, "<html>"), .json(500, ""), .init(text: "SSH-2.0\r\n"),
    ] {
      let outcome = try await outcome(reply, timeoutMilliseconds: 300)
      #expect(OutcomeKind(outcome) == .unknown, "\(reply.text.prefix(80))")
    }
  }

  @Test func `an error in the middle of the stream is unknown while lnd tracks the payment`()
    async throws
  {
    let reply = ScriptedServer.Reply.stream([
      #"{"error":{"code":2,"message":"router server shutting down","details":[]}}"#
    ])
    let tracking = fixture.line(fixture.payment("IN_FLIGHT"))
    #expect(OutcomeKind(try await outcome(reply, tracking: tracking)) == .unknown)
  }

  @Test func `no error repeats the macaroon`() async throws {
    let hex = Hex.encode(LNDFixture.macaroon)
    let outcome = try await outcome(LNDFixture.failure(500, code: 2, "macaroon \(hex) \\u001b[31m"))
    #expect(outcome == .failed(reason: "lnd: macaroon [key] [31m"))
  }
}
