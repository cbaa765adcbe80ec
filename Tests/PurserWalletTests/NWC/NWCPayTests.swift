import L402
import LibCrypto
import PurserCore
import Testing

@testable import PurserWallet

@Suite struct NWCPayTests {
  let fixture: NWCFixture

  init() throws { fixture = try NWCFixture() }

  /// What `pay` says when the wallet answers the order, the look-up and the list like this.
  private func outcome(
    _ paying: String, lookUp: String = NWCFixture.error("lookup_invoice", "NOT_FOUND"),
    list: String = NWCFixture.result("list_transactions", #"{"transactions":[]}"#)
  ) async throws -> PaymentOutcome {
    let relay = try await fixture.relay { method, _ in
      switch method {
      case "pay_invoice": paying
      case "lookup_invoice": lookUp
      default: list
      }
    }
    return try await fixture.wallet(relay).pay(fixture.order)
  }

  @Test func `a preimage that fits is settled, its fee from the answer`() async throws {
    let relay = try await fixture.relay { method, params in
      method == "pay_invoice" && params.count == 1 ? fixture.paid() : nil
    }
    #expect(
      try await fixture.wallet(relay).pay(fixture.order)
        == .settled(preimage: fixture.preimage, fee: try amount(1_500)))
    let request = try #require(relay.requests.first)
    #expect(relay.requests.count == 1)
    #expect(request.isAuthentic)
    #expect(request.kind == 23_194)
    #expect(request.publicKey == fixture.clientKey.publicKey)
    #expect(request.tag("p") == fixture.walletKey.publicKey)
    #expect(request.tag("encryption") == "nip44_v2")
    #expect(request.tag("expiration") == "\(NWCFixture.now + 600)")
    #expect(
      try fixture.decrypted(request).params["invoice"] as? String == fixture.order.invoice.text)
  }

  @Test func `the subscription for the answer stands before the request goes out`() async throws {
    let relay = try await fixture.relay { _, _ in fixture.paid() }
    _ = try await fixture.wallet(relay).pay(fixture.order)
    let words = relay.said.filter { $0.isAnswerRequest || $0.word == "EVENT" }
    #expect(words.map(\.word) == ["REQ", "EVENT"])
    let id = try #require(words.last?.event?.id)
    #expect(words.first?.text.contains(id) == true)
  }

  @Test func `without a fee in the answer the whole reserve is booked`() async throws {
    for fee in ["", #","fees_paid":null"#] {
      #expect(
        try await outcome(fixture.paid(fee: fee))
          == .settled(preimage: fixture.preimage, fee: try amount(2_000)))
    }
  }

  @Test func `a fee above the reserve is booked as the wallet says`() async throws {
    #expect(
      try await outcome(fixture.paid(fee: #","fees_paid":9000"#))
        == .settled(preimage: fixture.preimage, fee: try amount(9_000)))
  }

  @Test func `an answer without the right preimage is unknown`() async throws {
    for answer in [
      fixture.paid(preimage: Hex.encode(randomBytes(32))), fixture.paid(preimage: ""),
      fixture.paid(preimage: "zz"), fixture.paid(preimage: String(repeating: "0", count: 64)),
      NWCFixture.result("pay_invoice", "{}"), NWCFixture.result("pay_invoice", "null"),
      NWCFixture.result("pay_keysend", #"{"preimage":"\#(Hex.encode(fixture.preimage))"}"#),
      #"{"result":{"preimage":"\#(Hex.encode(fixture.preimage))"}}"#,
      fixture.paid(fee: #","fees_paid":-5"#), fixture.paid(fee: #","fees_paid":"many""#),
      "{}", "[", "null", " ",
    ] {
      guard case .unknown = try await outcome(answer) else {
        Issue.record("not unknown: \(answer)")
        continue
      }
    }
  }

  static let refusals = [
    "INSUFFICIENT_BALANCE", "NOT_IMPLEMENTED", "QUOTA_EXCEEDED", "RATE_LIMITED", "RESTRICTED",
    "UNAUTHORIZED", "UNSUPPORTED_ENCRYPTION",
  ]

  @Test(arguments: refusals)
  func `a refusal before sending is failed when the wallet's record agrees`(
    code: String
  ) async throws {
    let refusal = NWCFixture.error("pay_invoice", code, "sorry")
    #expect(try await outcome(refusal) == .failed(reason: "the wallet answered \(code): sorry"))
    let failed = NWCFixture.result(
      "lookup_invoice", fixture.transaction(state: "failed", settledAt: nil, preimage: .some(nil)))
    #expect(
      try await outcome(refusal, lookUp: failed)
        == .failed(reason: "the wallet answered \(code): sorry"))
  }

  @Test(arguments: refusals + ["PAYMENT_FAILED"])
  func `a refusal is unknown when the wallet has a payment on record, or cannot say`(
    code: String
  ) async throws {
    let refusal = NWCFixture.error("pay_invoice", code)
    for lookUp in [
      NWCFixture.result("lookup_invoice", fixture.transaction()),
      NWCFixture.result(
        "lookup_invoice",
        fixture.transaction(state: "pending", settledAt: nil, preimage: .some(nil))),
      NWCFixture.error("lookup_invoice", "INTERNAL"), "{}",
    ] {
      guard case .unknown = try await outcome(refusal, lookUp: lookUp) else {
        Issue.record("not unknown: \(code) \(lookUp)")
        continue
      }
    }
    let listed = NWCFixture.result(
      "list_transactions",
      #"{"transactions":[\#(fixture.transaction(state: "pending", settledAt: nil))]}"#)
    guard case .unknown = try await outcome(refusal, list: listed) else {
      Issue.record("not unknown: \(code), listed")
      return
    }
  }

  @Test func `a failed payment is failed only when the wallet marked it so`() async throws {
    let refusal = NWCFixture.error("pay_invoice", "PAYMENT_FAILED", "no route")
    guard case .unknown = try await outcome(refusal) else {
      Issue.record("not unknown")
      return
    }
    let failed = NWCFixture.result(
      "lookup_invoice", fixture.transaction(state: "failed", settledAt: nil, preimage: .some(nil)))
    #expect(
      try await outcome(refusal, lookUp: failed)
        == .failed(reason: "the wallet answered PAYMENT_FAILED: no route"))
  }

  @Test(arguments: ["INTERNAL", "OTHER", "NOT_FOUND", "SOMETHING_NEW", "", "insufficient_balance"])
  func `other errors are unknown, whatever the record says`(code: String) async throws {
    guard case .unknown = try await outcome(NWCFixture.error("pay_invoice", code)) else {
      Issue.record("not unknown: \(code)")
      return
    }
  }

  @Test func `a wallet that offers only the old encryption gets it, any other the new one`()
    async throws
  {
    for (tag, expected) in [
      ("nip44_v2 nip04", "nip44_v2"), ("nip04 nip44_v2", "nip44_v2"), ("nip44_v2", "nip44_v2"),
      ("nip04", "nip04"), (nil, "nip04"), ("nip99 nip44_v2", "nip44_v2"),
    ] as [(String?, String)] {
      var fixture = fixture
      fixture.encryptionTag = tag
      fixture.encryption = try #require(NWCEncryption(rawValue: expected))
      let settled = fixture.paid()
      let relay = try await fixture.relay { _, _ in settled }
      guard case .settled = try await fixture.wallet(relay).pay(fixture.order) else {
        Issue.record("not settled: \(tag ?? "no tag")")
        continue
      }
      #expect(relay.requests.first?.tag("encryption") == expected)
    }
  }

  @Test func `a wallet that offers no encryption that is known gets no request`() async throws {
    var fixture = fixture
    fixture.encryptionTag = "nip99"
    let relay = try await fixture.relay { _, _ in "{}" }
    guard
      case .unknown = try await fixture.wallet(relay, settings: NWCFixture.hasty).pay(fixture.order)
    else {
      Issue.record("not unknown")
      return
    }
    #expect(relay.requests.isEmpty)
  }

  @Test func `an order over another amount than the invoice's is not sent`() async throws {
    let relay = try await fixture.relay { _, _ in fixture.paid() }
    let order = PaymentOrder(
      invoice: fixture.order.invoice, amount: try amount(20_000), feeLimit: .zero)
    guard case .failed = try await fixture.wallet(relay).pay(order) else {
      Issue.record("not failed")
      return
    }
    #expect(relay.said.isEmpty)
  }

  @Test func `many orders at once over one connection each get their own answer`() async throws {
    let fixtures = try (0..<20).map { _ in try NWCFixture() }
    let preimages = Dictionary(
      uniqueKeysWithValues: fixtures.map { ($0.order.invoice.text, $0.preimage) })
    let relay = try await fixture.relay { _, params in
      guard let text = params["invoice"] as? String, let preimage = preimages[text] else {
        return nil
      }
      return fixture.paid(preimage: Hex.encode(preimage))
    }
    let wallet = try fixture.wallet(relay)
    let right = await withTaskGroup(of: Bool.self) { group in
      for one in fixtures {
        group.addTask {
          guard case .settled(let preimage, _) = await wallet.pay(one.order) else { return false }
          return preimage == one.preimage
        }
      }
      return await group.reduce(0) { $1 ? $0 + 1 : $0 }
    }
    #expect(right == 20)
    #expect(relay.connections == 1)
  }
}
