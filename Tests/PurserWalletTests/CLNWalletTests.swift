import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct CLNWalletTests {
  let fixture: CLNFixture

  init() throws { fixture = try CLNFixture() }

  private func status(
    _ reply: [String], now: UInt64 = CLNFixture.created + 1_000_000
  ) async throws -> PaymentStatus {
    let socket = try await ScriptedSocket.start { _ in reply }
    return try await CLNFixture.wallet(socket, now: now).lookUp(
      paymentHash: fixture.base.paymentHash)
  }

  @Test func `a look-up says what the list says of all attempts together`() async throws {
    let settled = PaymentStatus.settled(preimage: fixture.base.preimage, fee: try amount(1_500))
    let complete = fixture.listed("complete")
    let failed = fixture.listed("failed")
    #expect(try await status(CLNFixture.pays(complete)) == settled)
    #expect(try await status(CLNFixture.pays(failed, complete)) == settled)
    #expect(try await status(CLNFixture.pays(failed, fixture.listed("pending"))) == .pending)
    #expect(
      try await status(CLNFixture.pays(failed, failed))
        == .failed(reason: "Core Lightning lists the payment as failed"))
    #expect(try await status(CLNFixture.pays()) == .notFound)
  }

  @Test func `a failed payment is pending while the node may still try it again`() async throws {
    let failed = CLNFixture.pays(fixture.listed("failed"))
    let end = CLNFixture.created + CLNWallet.graceSeconds
    #expect(try await status(failed, now: CLNFixture.created) == .pending)
    #expect(try await status(failed, now: end) == .pending)
    guard case .failed = try await status(failed, now: end + 1) else {
      Issue.record("not failed")
      return
    }
    let far = CLNFixture.pays(fixture.listed("failed", created: .max))
    _ = try await status(far)
  }

  @Test func `what does not read, or does not fit, is an error and never settled`() async throws {
    let wrong = Hex.encode(randomBytes(32))
    for reply in [
      CLNFixture.pays(fixture.listed("complete", preimage: wrong)),
      CLNFixture.pays(fixture.listed("complete", hash: wrong)), CLNFixture.result("{}"),
      CLNFixture.result(#"{"pays":[{}]}"#), CLNFixture.failure(-32601), CLNFixture.failure(1502),
      [], ["{}"],
    ] {
      await #expect(throws: WalletError.self, "\(reply)") { try await status(reply) }
    }
  }

  @Test func `the fee comes from the invoice where the list has no amount`() async throws {
    let entry = fixture.listed("complete").replacing("\"amount_msat\":21000,", with: "")
    #expect(
      try await status(CLNFixture.pays(entry))
        == .settled(preimage: fixture.base.preimage, fee: amount(1_500)))
  }

  @Test func `amounts are read as numbers and, of old nodes, as text`() async throws {
    let old = fixture.listed("complete").replacing("22500", with: "\"22500msat\"")
    #expect(
      try await status(CLNFixture.pays(old))
        == .settled(preimage: fixture.base.preimage, fee: amount(1_500)))
    for bad in ["-1", "\"22500\"", "\"1btc\"", "1.5", "{}"] {
      let entry = fixture.listed("complete").replacing("22500", with: bad)
      await #expect(throws: WalletError.self, "\(bad)") {
        try await status(CLNFixture.pays(entry))
      }
    }
  }

  @Test func `the list has the newest first, back to the time`() async throws {
    let list = CLNFixture.pays(
      fixture.listed("complete", created: 1_000), fixture.listed("complete", created: 2_000),
      fixture.listed("failed", created: 3_000), fixture.listed("pending", created: 4_000))
    let socket = try await ScriptedSocket.start { _ in list }
    let found = try #require(
      try await CLNFixture.wallet(socket).outgoingPayments(since: Timestamp(seconds: 2_000)))
    #expect(found.map(\.state) == [.pending, .failed, .settled])
    #expect(found.map(\.time) == [4_000, 3_000, 2_000].map { Timestamp(seconds: $0) })
    #expect(try found.last?.fee == amount(1_500))
    #expect(try found.map(\.amount) == [amount(21_000), amount(21_000), amount(21_000)])
  }

  @Test func `an invoice has a label of its own and the amount that was asked for`() async throws {
    let made = CLNFixture.result(
      #"{"bolt11":"\#(fixture.base.order.invoice.text)","expires_at":1,"created_index":1}"#)
    let socket = try await ScriptedSocket.start { _ in made }
    let wallet = CLNFixture.wallet(socket)
    let request = InvoiceRequest(
      amount: try amount(21_000), description: "data", expirySeconds: 90)
    #expect(try await wallet.createInvoice(request) == fixture.base.order.invoice.text)
    #expect(try await wallet.createInvoice(request) == fixture.base.order.invoice.text)
    let requests = socket.requests
    #expect(requests.count == 2 && requests.first != requests.last)
    for part in [#""amount_msat":21000"#, #""label":"purser-"#, #""expiry":90"#] {
      #expect(requests.first?.contains(part) == true, "\(part)")
    }
    let other = InvoiceRequest(amount: try amount(22_000), description: "", expirySeconds: 90)
    await #expect(throws: WalletError.self) { try await wallet.createInvoice(other) }
  }

  @Test func `info gives the alias and what the open channels can send`() async throws {
    let info = CLNFixture.result(#"{"id":"02","alias":"NODE\u001b","version":"v25.05"}"#)
    let channels = CLNFixture.result(
      """
      {"channels":[{"state":"CHANNELD_NORMAL","spendable_msat":5000},
      {"state":"CHANNELD_NORMAL","spendable_msat":7000},{"state":"OPENINGD"},
      {"state":"ONCHAIN","spendable_msat":900}]}
      """)
    let socket = try await ScriptedSocket.start { $0.calls("getinfo") ? info : channels }
    #expect(
      try await CLNFixture.wallet(socket).info()
        == WalletInfo(kind: "core_lightning", name: "NODE", balance: amount(12_000)))
    let powers = try await CLNFixture.wallet(socket).powers()
    #expect(powers.allowed == Set(WalletPowers.Power.allCases))
    #expect(powers.excess == ["every method: the socket knows no permissions"])
    #expect(powers.software == "Core Lightning v25.05")
  }

  @Test func `the node keeps to the limit, so nothing is set aside`() {
    #expect(CLNWallet(socket: "/x").feeReserve(for: .max) == .zero)
  }
}

@Suite struct CLNRestTests {
  let fixture: CLNFixture
  static let methods = ["xpay", "pay", "listpays", "invoice", "listpeerchannels", "getinfo"]

  init() throws { fixture = try CLNFixture() }

  /// A rune with these restrictions, as `ccan/rune/coding.c` writes them.
  static func rune(_ restrictions: String) -> String {
    let bytes = [UInt8](repeating: 7, count: 32) + Array(restrictions.utf8)
    let text = Base64.encode(bytes, .urlUnpadded)
    return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
  }

  static let narrow = rune("=3&" + methods.map { "method=" + $0 }.joined(separator: "|"))

  private func wallet(
    _ server: ScriptedServer, rune: String = CLNRestTests.narrow
  ) throws -> CLNWallet {
    try CLNWallet(
      url: server.url, rune: rune, certificates: nil, timeoutMilliseconds: 60_000,
      now: { Timestamp(seconds: CLNFixture.created + 1_000_000) })
  }

  @Test func `an order is a POST with the rune`() async throws {
    let paid = ScriptedServer.Reply.json(201, fixture.paid())
    let server = try await ScriptedServer.start { _ in paid }
    #expect(
      try await wallet(server).pay(fixture.base.order)
        == .settled(preimage: fixture.base.preimage, fee: amount(1_500)))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.path == "/v1/xpay")
    #expect(request.headers["rune"] == Self.narrow)
    #expect(request.body.contains(#""maxfee":5000"#))
  }

  // `AppError` of `plugins/rest-plugin/src/structs.rs`.
  @Test(arguments: [
    (500, 205, OutcomeKind.failed), (401, 1501, .failed), (401, 1502, .failed),
    (403, 1503, .failed), (500, -1, .unknown), (500, 201, .unknown), (404, -32601, .failed),
  ])
  func `an error is mapped by its number`(
    status: Int, code: Int, kind: OutcomeKind
  ) async throws {
    let server = try await ScriptedServer.start { request in
      request.path == "/v1/listpays"
        ? .json(201, #"{"pays":[]}"#) : .json(status, CLNFixture.error(code, "no"))
    }
    let outcome = try await wallet(server).pay(fixture.base.order)
    #expect(OutcomeKind(outcome) == kind)
  }

  @Test(arguments: [(401, ""), (500, "{}"), (502, "<html>"), (200, "{}"), (201, "[]"), (307, "")])
  func `an answer without a number is unknown`(status: Int, body: String) async throws {
    let server = try await ScriptedServer.start { _ in .json(status, body) }
    #expect(OutcomeKind(try await wallet(server).pay(fixture.base.order)) == .unknown)
  }

  @Test func `an error without a number from clnrest itself is unknown`() async throws {
    let server = try await ScriptedServer.start { _ in
      .json(500, #"{"message":"Error calling xpay"}"#)
    }
    #expect(OutcomeKind(try await wallet(server).pay(fixture.base.order)) == .unknown)
  }

  private func powers(_ rune: String) async throws -> WalletPowers {
    let server = try await ScriptedServer.start { _ in
      .json(201, #"{"id":"02","version":"v25.05"}"#)
    }
    return try await wallet(server, rune: rune).powers()
  }

  @Test func `a rune for exactly the methods may everything, and nothing more`() async throws {
    #expect(
      try await powers(Self.narrow)
        == WalletPowers(
          allowed: Set(WalletPowers.Power.allCases), software: "Core Lightning v25.05"))
  }

  @Test func `what a rune says is read, and what it leaves open stays open`() async throws {
    let free = try await powers(Self.rune("=3"))
    #expect(free.allowed == Set(WalletPowers.Power.allCases))
    #expect(free.excess.contains("withdraw") && free.excess.contains("createrune"))
    let reading = try await powers(Self.rune("method^list|method^get"))
    #expect(reading.allowed == [.lookUp, .list, .balance])
    #expect(reading.refused == [.pay, .receive] && reading.excess.isEmpty)
    let timed = try await powers(Self.rune("=3-1&time<1893456000"))
    #expect(timed.allowed.isEmpty && timed.refused.isEmpty && timed.excess.contains("withdraw"))
    let escaped = try await powers(Self.rune("method=xp\\ay|method/xpay#\\|\\&"))
    #expect(escaped.allowed.contains(.pay) && escaped.excess.contains("withdraw"))
    let comment = try await powers(Self.rune("#only for purser&method=xpay"))
    #expect(comment.allowed == [.pay] && comment.refused.count == 4)
    let none = try await powers("hello")
    #expect(none.allowed.isEmpty && none.refused.isEmpty)
  }

  @Test func `broken runes are read without a trap`() async throws {
    let whole = Array("=3&method=xpay|method^list&time<5".utf8)
    for index in whole.indices {
      for byte in Array("&|\\=!#<xm \u{7f}".utf8) {
        var text = whole
        text[index] = byte
        let rune = Self.rune(String(decoding: text, as: UTF8.self))
        _ = try CLNWallet(url: "https://cln.example", rune: rune, certificates: nil)
      }
    }
  }

  @Test func `no error repeats the rune`() async throws {
    let server = try await ScriptedServer.start { _ in
      .json(500, CLNFixture.error(-1, "rune \(CLNRestTests.narrow)"))
    }
    let outcome = try await wallet(server).pay(fixture.base.order)
    #expect(outcome == .unknown(reason: "Core Lightning: rune [key] (-1)"))
  }

  @Test func `a rune is one line`() {
    #expect(throws: WalletConfigurationError.badKey) {
      try CLNWallet(url: "https://cln.example", rune: "a b", certificates: nil)
    }
  }
}
