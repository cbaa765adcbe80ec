import L402
import LibCrypto
import PurserCore
import Testing

@testable import PurserWallet

@Suite struct NWCLookUpTests {
  let fixture: NWCFixture

  init() throws { fixture = try NWCFixture() }

  private static let noRecord = NWCFixture.error("lookup_invoice", "NOT_FOUND")

  private func list(_ entries: [String]) -> String {
    NWCFixture.result(
      "list_transactions", #"{"transactions":["# + entries.joined(separator: ",") + "]}")
  }

  private func status(
    _ lookUp: String, list: String? = nil, methods: String? = nil
  ) async throws -> PaymentStatus {
    var fixture = fixture
    fixture.methods = methods ?? fixture.methods
    let list = list ?? self.list([])
    let hash = fixture.hash
    let relay = try await fixture.relay { method, params in
      guard method == "lookup_invoice" else { return list }
      return params["payment_hash"] as? String == hash ? lookUp : nil
    }
    return try await self.fixture.wallet(relay).lookUp(
      paymentHash: fixture.order.invoice.paymentHash)
  }

  private func found(_ transaction: String) -> String {
    NWCFixture.result("lookup_invoice", transaction)
  }

  @Test func `a settled payment comes with its preimage and fee`() async throws {
    let settled = PaymentStatus.settled(preimage: fixture.preimage, fee: try amount(1_500))
    #expect(try await status(found(fixture.transaction())) == settled)
    // A wallet of the time before there was a state.
    #expect(try await status(found(fixture.transaction(state: nil))) == settled)
    #expect(try await status(found(fixture.transaction(settledAt: nil))) == settled)
    #expect(
      try await status(found(fixture.transaction(hash: fixture.hash.uppercased()))) == settled)
    #expect(
      try await status(found(fixture.transaction(fee: nil)))
        == .settled(preimage: fixture.preimage, fee: try amount(2_000)))
  }

  @Test func `what is not said to be over is pending`() async throws {
    for entry in [
      fixture.transaction(state: "pending", settledAt: nil),
      fixture.transaction(state: "pending", settledAt: nil, preimage: .some(nil)),
      fixture.transaction(state: nil, settledAt: nil),
      fixture.transaction(state: nil, settledAt: 0),
      fixture.transaction(state: "accepted", settledAt: nil),
      fixture.transaction(state: "expired", settledAt: nil),
      fixture.transaction(state: "something new", settledAt: nil),
    ] { #expect(try await status(found(entry)) == .pending, "\(entry)") }
  }

  @Test func `a payment that the wallet marked as failed is failed`() async throws {
    let entry = fixture.transaction(state: "failed", settledAt: nil, preimage: .some(nil))
    #expect(
      try await status(found(entry))
        == .failed(reason: "the wallet marked the payment as failed"))
  }

  @Test func `answers that contradict themselves or are about something else are errors`()
    async throws
  {
    let wrong = Hex.encode(randomBytes(32))
    for answer in [
      found(fixture.transaction(state: "failed")),
      found(fixture.transaction(preimage: .some(nil))),
      found(fixture.transaction(preimage: .some(wrong))),
      found(fixture.transaction(hash: wrong)),
      found("{}"), found("null"), "{}", "[]",
      NWCFixture.result("pay_invoice", fixture.transaction()),
      NWCFixture.error("lookup_invoice", "INTERNAL"),
      NWCFixture.error("lookup_invoice", "RATE_LIMITED"),
    ] {
      await #expect(throws: WalletError.self, "\(answer)") { try await status(answer) }
    }
    let refused = await #expect(throws: WalletError.self) {
      try await status(NWCFixture.error("lookup_invoice", "UNAUTHORIZED"))
    }
    guard case .unauthorized = refused else {
      Issue.record("\(String(describing: refused))")
      return
    }
  }

  @Test func `not found is said only when the wallet's list agrees`() async throws {
    #expect(try await status(Self.noRecord) == .notFound)
    #expect(
      try await status(Self.noRecord, list: list([fixture.transaction()]))
        == .settled(preimage: fixture.preimage, fee: try amount(1_500)))
    #expect(
      try await status(
        Self.noRecord, list: list([fixture.transaction(state: "pending", settledAt: nil)]))
        == .pending)
    // An invoice of our own with this hash, and payments of others.
    let others = [
      fixture.transaction(type: "incoming"), fixture.transaction(hash: Hex.encode(randomBytes(32))),
    ]
    #expect(try await status(Self.noRecord, list: list(others)) == .notFound)
    #expect(
      try await status(found(fixture.transaction(type: "incoming")), list: list(others))
        == .notFound)
    #expect(
      try await status(NWCFixture.error("lookup_invoice", "NOT_IMPLEMENTED")) == .notFound)
  }

  @Test func `of several tries of one invoice the one that settled counts`() async throws {
    let failed = fixture.transaction(state: "failed", settledAt: nil, preimage: .some(nil))
    let pending = fixture.transaction(state: "pending", settledAt: nil, preimage: .some(nil))
    let settled = PaymentStatus.settled(preimage: fixture.preimage, fee: try amount(1_500))
    #expect(
      try await status(Self.noRecord, list: list([failed, pending, fixture.transaction()]))
        == settled)
    #expect(try await status(Self.noRecord, list: list([failed, pending])) == .pending)
    #expect(
      try await status(Self.noRecord, list: list([failed]))
        == .failed(reason: "the wallet marked the payment as failed"))
  }

  @Test func `without a list, or with one without end, what is not found is not known`()
    async throws
  {
    let error = await #expect(throws: WalletError.self) {
      try await status(Self.noRecord, methods: "pay_invoice lookup_invoice")
    }
    guard case .unexpected = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let other = fixture.transaction(hash: Hex.encode(randomBytes(32)))
    let endless = list([String](repeating: other, count: 20))
    await #expect(throws: WalletError.self) { try await status(Self.noRecord, list: endless) }
  }

  // MARK: Lists

  @Test func `the list has what was sent since then, page by page and each once`() async throws {
    let hashes = (0..<30).map { _ in Hex.encode(randomBytes(32)) }
    let entries = hashes.enumerated().map { index, hash in
      fixture.transaction(hash: hash, createdAt: NWCFixture.now - UInt64(index))
    }
    let relay = try await fixture.relay { _, params in
      guard let offset = params["offset"] as? Int, let limit = params["limit"] as? Int,
        params["type"] as? String == "outgoing", params["unpaid"] as? Bool == true
      else { return nil }
      // One came in between the pages: the last of the first is the first of the second.
      let start = max(0, offset - (offset > 0 ? 1 : 0))
      return list(Array(entries.dropFirst(start).prefix(limit)))
    }
    let since = Timestamp(seconds: NWCFixture.now - 25)
    let payments = try #require(
      try await fixture.wallet(relay).outgoingPayments(since: since))
    #expect(payments.map { Hex.encode($0.paymentHash) } == Array(hashes.prefix(26)))
    #expect(payments.allSatisfy { $0.fee.value == 1_500 && $0.state == .settled })
  }

  @Test func `a list is nothing when there is none, and an error when it does not read`()
    async throws
  {
    var fixture = fixture
    fixture.methods = "pay_invoice"
    let bare = try await fixture.relay { _, _ in nil }
    #expect(
      try await fixture.wallet(bare).outgoingPayments(since: Timestamp(seconds: 0)) == nil)
    for answer in [
      list(["{}"]), list([self.fixture.transaction(hash: "00")]), "{}",
      NWCFixture.result("list_transactions", #"{"transactions":null}"#),
    ] {
      let relay = try await self.fixture.relay { _, _ in answer }
      await #expect(throws: WalletError.self, "\(answer)") {
        try await self.fixture.wallet(relay).outgoingPayments(since: Timestamp(seconds: 0))
      }
    }
  }

  // MARK: The rest

  @Test func `invoices are made over exactly what was asked for`() async throws {
    let text = fixture.order.invoice.text
    let relay = try await fixture.relay { _, params in
      params["amount"] as? Int == 21_000 && params["description"] as? String == "data"
        && params["expiry"] as? Int == 600
        ? NWCFixture.result("make_invoice", #"{"invoice":"\#(text)"}"#)
        : NWCFixture.result("make_invoice", "{}")
    }
    let wallet = try fixture.wallet(relay)
    let request = InvoiceRequest(
      amount: try amount(21_000), description: "data", expirySeconds: 600)
    #expect(try await wallet.createInvoice(request) == text)
    let other = InvoiceRequest(
      amount: try amount(22_000), description: "data", expirySeconds: 600)
    await #expect(throws: WalletError.self) { try await wallet.createInvoice(other) }
    let wrong = try await fixture.relay { _, _ in
      NWCFixture.result("make_invoice", #"{"invoice":"\#(text)"}"#)
    }
    await #expect(throws: WalletError.self) {
      try await fixture.wallet(wrong).createInvoice(other)
    }
  }

  @Test func `the wallet's name and balance are told where it gives them`() async throws {
    let relay = try await fixture.relay { method, _ in
      method == "get_info"
        ? NWCFixture.result("get_info", #"{"alias":"my\u202e wallet\n","methods":["pay_invoice"]}"#)
        : NWCFixture.result("get_balance", #"{"balance":123456}"#)
    }
    #expect(
      try await fixture.wallet(relay).info()
        == WalletInfo(kind: "nwc", name: "my wallet", balance: try amount(123_456)))
    var bare = fixture
    bare.methods = "pay_invoice"
    let silent = try await bare.relay { _, _ in nil }
    #expect(
      try await bare.wallet(silent).info()
        == WalletInfo(
          kind: "nwc", name: String(bare.walletKey.publicKey.prefix(16)), balance: nil))
  }

  @Test func `the powers are those of this connection where the wallet tells them`() async throws {
    let relay = try await fixture.relay { _, _ in
      NWCFixture.result(
        "get_info",
        #"{"alias":"Hub","methods":["pay_invoice","lookup_invoice","pay_keysend","sign_message"]}"#)
    }
    #expect(
      try await fixture.wallet(relay).powers()
        == WalletPowers(
          allowed: [.pay, .lookUp], refused: [.list, .receive, .balance],
          excess: ["pay_keysend", "sign_message"], software: "Hub"))
  }

  @Test func `without its word on this connection nothing is allowed for certain`() async throws {
    for answer in [
      NWCFixture.error("get_info", "RESTRICTED"), NWCFixture.result("get_info", "{}"),
    ] {
      var fixture = fixture
      fixture.methods = "pay_invoice lookup_invoice get_info multi_pay_invoice notifications"
      let relay = try await fixture.relay { _, _ in answer }
      #expect(
        try await fixture.wallet(relay).powers()
          == WalletPowers(
            allowed: [], refused: [.list, .receive, .balance], excess: ["multi_pay_invoice"],
            software: nil))
    }
  }
}
