import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// Shapes of Core Lightning (ElementsProject/lightning): `doc/schemas/xpay.json`, `pay.json`,
/// `listpays.json`, `invoice.json`, `getinfo.json`, `listpeerchannels.json`; the numbers of errors
/// are in `common/jsonrpc_errors.h`; clnrest's answers in `plugins/rest-plugin/src/`.
struct CLNFixture: Sendable {
  let base: WalletFixture
  static let created: UInt64 = 1_700_000_000

  init() throws { base = try WalletFixture() }

  func paid(preimage: String? = nil, status: String? = nil) -> String {
    let status = status.map { "\"status\":\"\($0)\"," } ?? ""
    return """
      {"payment_preimage":"\(preimage ?? base.preimageText)",\(status)"failed_parts":0,\
      "successful_parts":1,"amount_msat":21000,"amount_sent_msat":22500}
      """
  }

  func listed(
    _ status: String, preimage: String? = nil, hash: String? = nil,
    created: UInt64 = CLNFixture.created
  ) -> String {
    let proof =
      status == "complete"
      ? "\"preimage\":\"\(preimage ?? base.preimageText)\",\"amount_msat\":21000,\"completed_at\":1,"
      : ""
    return """
      {"bolt11":"\(base.order.invoice.text)","payment_hash":"\(hash ?? base.hash)",\
      "status":"\(status)","created_at":\(created),\(proof)"amount_sent_msat":22500,\
      "created_index":1}
      """
  }

  static func error(_ code: Int, _ message: String) -> String {
    "{\"code\":\(code),\"message\":\"\(message)\"}"
  }

  /// As lightningd writes it: an object, and a blank line after it.
  static func result(_ text: String) -> [String] {
    ["{\"jsonrpc\":\"2.0\",\"id\":\"purser\",\"result\":\(text)}\n\n"]
  }

  static func failure(_ code: Int, _ message: String = "no") -> [String] {
    ["{\"jsonrpc\":\"2.0\",\"id\":\"purser\",\"error\":\(error(code, message))}\n\n"]
  }

  static func pays(_ entries: String...) -> [String] {
    result("{\"pays\":[\(entries.joined(separator: ","))]}")
  }

  /// A wallet whose clock is long past every payment, unless told otherwise.
  static func wallet(
    _ socket: ScriptedSocket, timeoutMilliseconds: UInt32 = 60_000,
    now: UInt64 = CLNFixture.created + 1_000_000
  ) -> CLNWallet {
    CLNWallet(socket: socket.path, timeoutMilliseconds: timeoutMilliseconds) {
      Timestamp(seconds: now)
    }
  }
}

extension String {
  /// Whether a request to a ``ScriptedSocket`` is for this method.
  func calls(_ method: String) -> Bool { contains("\"method\":\"\(method)\"") }
}

@Suite struct CLNPayTests {
  let fixture: CLNFixture

  init() throws { fixture = try CLNFixture() }

  private func outcome(
    _ reply: [String]?, list: [String]? = CLNFixture.pays(), timeoutMilliseconds: UInt32 = 60_000,
    now: UInt64 = CLNFixture.created + 1_000_000
  ) async throws -> PaymentOutcome {
    let socket = try await ScriptedSocket.start { $0.calls("listpays") ? list : reply }
    return await CLNFixture.wallet(socket, timeoutMilliseconds: timeoutMilliseconds, now: now)
      .pay(fixture.base.order)
  }

  @Test func `an order goes to xpay with both limits`() async throws {
    let reply = CLNFixture.result(fixture.paid())
    let socket = try await ScriptedSocket.start { _ in reply }
    #expect(
      await CLNFixture.wallet(socket).pay(fixture.base.order)
        == .settled(preimage: fixture.base.preimage, fee: try amount(1_500)))
    let request = try #require(socket.requests.first)
    #expect(socket.requests.count == 1 && request.calls("xpay"))
    for part in [
      #""maxfee":5000"#, #""maxdelay":2016"#, #""retry_for":60"#, #""jsonrpc":"2.0""#,
      #""invstring":"\#(fixture.base.order.invoice.text)""#,
    ] {
      #expect(request.contains(part), "\(part)")
    }
  }

  @Test(arguments: [
    (-32601, "Unknown command 'xpay'"), (-32602, "unknown parameter: maxdelay"),
    (1502, "Not permitted: method is not equal to pay"),
  ])
  func `a node without such an xpay is asked to pay`(code: Int, message: String) async throws {
    let refusal = CLNFixture.failure(code, message)
    let paid = CLNFixture.result(fixture.paid(status: "complete"))
    let socket = try await ScriptedSocket.start { $0.calls("xpay") ? refusal : paid }
    #expect(
      await CLNFixture.wallet(socket).pay(fixture.base.order)
        == .settled(preimage: fixture.base.preimage, fee: try amount(1_500)))
    let request = try #require(socket.requests.last)
    #expect(request.calls("pay") && request.contains(#""maxfee":5000"#))
    #expect(request.contains(#""bolt11":"\#(fixture.base.order.invoice.text)""#))
  }

  @Test(arguments: [
    203, 205, 206, 207, 209, 210, 213, 215, 216, 217, 220, -32602, 1501, 1502, 1503,
  ])
  func `an error that ends the order is a failure, unless a part is pending or paid`(
    code: Int
  ) async throws {
    let reply = CLNFixture.failure(code, "why")
    let reason = "Core Lightning: why (\(code))"
    #expect(try await outcome(reply) == .failed(reason: reason))
    // The command is over, so nothing more is tried, however young the payment is.
    let failed = CLNFixture.pays(fixture.listed("failed"))
    #expect(
      try await outcome(reply, list: failed, now: CLNFixture.created) == .failed(reason: reason))
    for list in [
      CLNFixture.pays(fixture.listed("pending")), CLNFixture.pays(fixture.listed("complete")),
      CLNFixture.pays(fixture.listed("failed"), fixture.listed("pending")),
      CLNFixture.pays(fixture.listed("failed"), fixture.listed("complete")),
      CLNFixture.pays(fixture.listed("new word")),
      CLNFixture.pays(fixture.listed("failed", hash: Hex.encode(randomBytes(32)))),
      CLNFixture.failure(-4), CLNFixture.failure(1502), [], ["{}"],
    ] {
      #expect(OutcomeKind(try await outcome(reply, list: list)) == .unknown, "\(list)")
    }
  }

  @Test(arguments: [-1, -2, -3, -4, -5, 200, 201, 202, 204, 208, 211, 212, 214, 218, 219, 99, 401])
  func `every other error is unknown, and so is a payment that was paid before`(
    code: Int
  ) async throws {
    #expect(OutcomeKind(try await outcome(CLNFixture.failure(code))) == .unknown)
  }

  @Test func `neither xpay nor pay is a failure`() async throws {
    #expect(OutcomeKind(try await outcome(CLNFixture.failure(-32601))) == .failed)
  }

  @Test func `pending, and paid without the right preimage, are unknown`() async throws {
    for paid in [
      fixture.paid(status: "pending"), fixture.paid(status: "failed"),
      fixture.paid(preimage: Hex.encode(randomBytes(32))), fixture.paid(preimage: "00"), "{}",
      "null", "[]", "7",
    ] {
      #expect(OutcomeKind(try await outcome(CLNFixture.result(paid))) == .unknown, "\(paid)")
    }
  }

  @Test func `silence, a hang-up, half an object and what is no object are unknown`() async throws {
    let whole = CLNFixture.result(fixture.paid()).joined()
    for reply: [String]? in [
      nil, [], [String(whole.prefix(60))], ["[]"], ["SSH-2.0\r\n"], ["}"], ["\n\n"],
      ["{\"result\":" + String(repeating: " ", count: 2_000_000)],
      ["{\"result\":{\"a\":\"" + String(repeating: "[", count: 50_000) + "\"}}"],
    ] {
      let outcome = try await outcome(reply, timeoutMilliseconds: 300)
      #expect(OutcomeKind(outcome) == .unknown, "\(reply?.first?.prefix(60) ?? "silence")")
    }
  }

  @Test func `nobody there is unknown`() async {
    let wallet = CLNWallet(socket: "/nonexistent/lightning-rpc", timeoutMilliseconds: 1_000)
    #expect(OutcomeKind(await wallet.pay(fixture.base.order)) == .unknown)
  }

  @Test func `an answer in single bytes is put together, braces and quotes in text and all`()
    async throws
  {
    let text = #"{"note":"}{ \" \\","result":\#(fixture.paid()),"id":"purser"}"#
    let pieces = text.map { String($0) } + ["\n", "\n"]
    #expect(
      try await outcome(pieces) == .settled(preimage: fixture.base.preimage, fee: amount(1_500)))
  }

  @Test func `a nested answer that is too deep is no crash`() async throws {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    let outcome = try await outcome(CLNFixture.result(deep), timeoutMilliseconds: 5_000)
    #expect(OutcomeKind(outcome) == .unknown)
  }
}
