import Foundation
import L402
import LibCrypto
import PurserCore
import Testing

@testable import PurserWallet

/// Against a real relay with a wallet behind it, such as `Tests/Integration/nwc/start.sh DIR` runs
/// (source `DIR/env`); what the amounts mean is in `wallet.py` there.
///
/// Skipped unless the environment names them; no secret is in the environment itself.
@Suite(.enabled(if: LiveNWC.isGiven), .serialized)
struct NWCLiveTests {
  let buyer: NWCWallet
  let seller: NWCWallet

  init() throws {
    buyer = try LiveNWC.wallet("BUYER")
    seller = try LiveNWC.wallet("SELLER")
  }

  private func order(satoshi: UInt64) async throws -> PaymentOrder {
    let price = try amount(satoshi * 1000)
    let text = try await seller.createInvoice(
      InvoiceRequest(amount: price, description: "live test é", expirySeconds: 600))
    return PaymentOrder(
      invoice: try Invoice(decoding: text), amount: price, feeLimit: buyer.feeReserve(for: price))
  }

  @Test(arguments: ["BUYER", "OLD"])
  func `a payment settles once, is found and listed, and costs what it says`(
    name: String
  ) async throws {
    let wallet = try LiveNWC.wallet(name)
    let before = try #require(try await wallet.info().balance)
    let order = try await order(satoshi: 21)
    let start = SystemClock.now()
    guard case .settled(let preimage, let fee) = await wallet.pay(order) else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
    #expect(fee == (try amount(1_000)))
    let status = try await wallet.lookUp(paymentHash: order.invoice.paymentHash)
    #expect(status == .settled(preimage: preimage, fee: fee))

    guard case .unknown = await wallet.pay(order) else {
      Issue.record("paying again must be unknown")
      return
    }
    #expect(try await wallet.lookUp(paymentHash: order.invoice.paymentHash) == status)
    let after = try #require(try await wallet.info().balance)
    #expect(before.subtracting(after)?.value == 22_000)

    let listed = try #require(
      try await wallet.outgoingPayments(since: Timestamp(seconds: start.seconds)))
    let entry = try #require(listed.first { $0.paymentHash == order.invoice.paymentHash })
    #expect(entry.state == .settled && entry.amount.value == 21_000 && entry.fee.value == 1_000)
  }

  @Test func `what the wallet cannot pay is failed, and a lost answer is found again`()
    async throws
  {
    let tooMuch = try await order(satoshi: 600_000)
    #expect(
      await buyer.pay(tooMuch)
        == .failed(reason: "the wallet answered INSUFFICIENT_BALANCE: not that much"))
    #expect(try await buyer.lookUp(paymentHash: tooMuch.invoice.paymentHash) == .notFound)

    let noRoute = try await order(satoshi: 13)
    #expect(
      await buyer.pay(noRoute) == .failed(reason: "the wallet answered PAYMENT_FAILED: no route"))

    let hasty = try LiveNWC.wallet("BUYER", NWCSettings(answerPatience: .seconds(2)))
    let silent = try await order(satoshi: 17)
    #expect(await hasty.pay(silent) == .unknown(reason: "the wallet did not answer in time"))
    guard
      case .settled(let preimage, _) = try await buyer.lookUp(
        paymentHash: silent.invoice.paymentHash)
    else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == silent.invoice.paymentHash)
  }

  @Test func `an answer without a fee books the whole reserve`() async throws {
    let order = try await order(satoshi: 19)
    guard case .settled(_, let fee) = await buyer.pay(order) else {
      Issue.record("not settled")
      return
    }
    #expect(fee == buyer.feeReserve(for: order.amount))
  }

  @Test func `the wallet tells its name, its balance and what it allows`() async throws {
    #expect(try await buyer.info().name == "integration buyer")
    let powers = try await buyer.powers()
    #expect(powers.allowed == Set(WalletPowers.Power.allCases))
    #expect(powers.excess.isEmpty)
    #expect(powers.software == "integration buyer")
  }

  @Test func `twenty payments at once all settle`() async throws {
    var orders: [PaymentOrder] = []
    for _ in 0..<20 { orders.append(try await order(satoshi: 2)) }
    let settled = await withTaskGroup(of: Bool.self) { group in
      for order in orders {
        group.addTask {
          if case .settled = await buyer.pay(order) { true } else { false }
        }
      }
      return await group.reduce(0) { $1 ? $0 + 1 : $0 }
    }
    #expect(settled == 20)
  }
}

/// The connections that the environment names.
enum LiveNWC {
  static var isGiven: Bool { path("BUYER") != nil }

  static func wallet(_ name: String, _ settings: NWCSettings = NWCSettings()) throws -> NWCWallet {
    let data = try Data(contentsOf: URL(filePath: try #require(path(name))))
    return try NWCWallet(
      uri: String(String(decoding: data, as: UTF8.self).prefix { !$0.isNewline }),
      settings: settings)
  }

  private static func path(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["PURSER_TEST_NWC_\(name)_URI_FILE"]
  }
}
