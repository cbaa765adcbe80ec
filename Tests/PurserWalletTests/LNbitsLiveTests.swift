import FoundationEssentials
import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// Against a real LNbits, such as `Tests/Integration/lnbits/start.sh DIR` runs (source `DIR/env`).
///
/// Skipped unless the environment names it; no key is in the environment itself.
@Suite(.enabled(if: LiveLNbits.isGiven), .serialized)
struct LNbitsLiveTests {
  let live: LiveLNbits

  init() throws { live = try LiveLNbits() }

  @Test func `a real payment settles once, with its preimage, and costs its amount`()
    async throws
  {
    let before = try #require(try await live.buyer.info().balance)
    let order = try await live.order(satoshi: 21)
    guard case .settled(let preimage, let fee) = await live.buyer.pay(order) else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
    #expect(fee == .zero)
    let status = try await live.buyer.lookUp(paymentHash: order.invoice.paymentHash)
    #expect(status == .settled(preimage: preimage, fee: .zero))

    guard case .unknown = await live.buyer.pay(order) else {
      Issue.record("paying again must be unknown")
      return
    }
    #expect(try await live.buyer.lookUp(paymentHash: order.invoice.paymentHash) == status)
    let after = try #require(try await live.buyer.info().balance)
    #expect(before.subtracting(after)?.value == 21_000)
  }

  @Test func `more than the balance fails, and nothing is on record`() async throws {
    let order = try await live.order(satoshi: 2_000_000)
    guard case .failed(let reason) = await live.buyer.pay(order) else {
      Issue.record("not failed")
      return
    }
    #expect(reason == "LNbits answered 520: Insufficient balance.")
    #expect(
      try await live.buyer.lookUp(paymentHash: order.invoice.paymentHash) == .notFound)
  }

  @Test func `an invoice of nobody that LNbits knows is not settled`() async throws {
    let order = try LNbitsFixture().order
    switch await live.buyer.pay(order) {
    case .settled: Issue.record("settled")
    case .failed, .unknown: break
    }
  }

  @Test func `a wrong key is told`() async throws {
    let wallet = try LNbitsWallet(
      url: live.url, adminKey: String(repeating: "0", count: 32),
      invoiceKey: String(repeating: "0", count: 32))
    let error = await #expect(throws: WalletError.self) { try await wallet.info() }
    guard case .unauthorized = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // With no key that works there is no look-up either, so nothing is certain.
    guard case .unknown = await wallet.pay(try await live.order(satoshi: 1)) else {
      Issue.record("not unknown")
      return
    }
  }

  @Test func `twenty payments at once all settle`() async throws {
    var orders: [PaymentOrder] = []
    for _ in 0..<20 { orders.append(try await live.order(satoshi: 2)) }
    let settled = await withTaskGroup(of: Bool.self) { group in
      for order in orders {
        group.addTask {
          if case .settled = await live.buyer.pay(order) { true } else { false }
        }
      }
      return await group.reduce(0) { $1 ? $0 + 1 : $0 }
    }
    #expect(settled == 20)
  }
}

/// The buyer and the seller of the LNbits that the environment names.
struct LiveLNbits: Sendable {
  let url: String
  let buyer: LNbitsWallet
  let seller: LNbitsWallet

  static var isGiven: Bool { variable("URL") != nil }

  init() throws {
    url = try #require(Self.variable("URL"))
    buyer = try LNbitsWallet(
      url: url, adminKey: try Self.key("ADMIN_KEY_FILE"),
      invoiceKey: try Self.key("INVOICE_KEY_FILE"))
    seller = try LNbitsWallet(
      url: url, adminKey: nil, invoiceKey: try Self.key("SELLER_KEY_FILE"))
  }

  func order(satoshi: UInt64) async throws -> PaymentOrder {
    let price = try amount(satoshi * 1000)
    let text = try await seller.createInvoice(
      InvoiceRequest(amount: price, description: "live test", expirySeconds: 600))
    return PaymentOrder(
      invoice: try Invoice(decoding: text), amount: price, feeLimit: buyer.feeReserve(for: price))
  }

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["PURSER_TEST_LNBITS_" + name]
  }

  private static func key(_ name: String) throws -> String {
    let path = try #require(variable(name))
    let text = String(
      decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    return String(text.prefix { !$0.isNewline })
  }
}
