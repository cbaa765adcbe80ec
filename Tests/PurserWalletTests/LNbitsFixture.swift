import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// An order, and answers of LNbits that fit it.
struct LNbitsFixture: Sendable {
  let order: PaymentOrder
  let preimage: [UInt8]

  static let adminKey = "5e3c00aaaa11112222333344445555aa"
  static let invoiceKey = "1f0e00bbbb11112222333344445555bb"

  init() throws {
    preimage = randomBytes(32)
    let draft = InvoiceDraft(
      network: .bitcoin, amountMsat: 21_000, timestampSeconds: 1_700_000_000,
      paymentHash: SHA256.hash(preimage), paymentSecret: randomBytes(32),
      purpose: .description("data"))
    let invoice = try draft.signed(privateKey: [UInt8](repeating: 7, count: 32))
    order = PaymentOrder(
      invoice: invoice, amount: try amount(21_000), feeLimit: try amount(2_000))
  }

  var hash: String { Hex.encode(order.invoice.paymentHash) }

  func wallet(
    _ server: ScriptedServer, timeoutMilliseconds: UInt32 = 60_000
  ) throws -> LNbitsWallet {
    try LNbitsWallet(
      url: server.url, adminKey: Self.adminKey, invoiceKey: Self.invoiceKey,
      settings: LNbitsSettings(timeoutMilliseconds: timeoutMilliseconds))
  }

  /// A payment as LNbits 1.6.2 writes it, its many other fields cut down to some.
  func payment(
    status: String, preimage: String?? = .none, fee: Int = -1_500, amount: Int = -21_000,
    hash: String? = nil
  ) -> String {
    let text: String? =
      switch preimage {
      case .none: Hex.encode(self.preimage)
      case .some(let given): given
      }
    return """
      {"checking_id":"\(self.hash)","payment_hash":"\(hash ?? self.hash)",\
      "wallet_id":"0a1b","amount":\(amount),"fee":\(fee),"bolt11":"\(order.invoice.text)",\
      "payment_request":"\(order.invoice.text)","status":"\(status)","memo":"data",\
      "preimage":\(text.map { "\"\($0)\"" } ?? "null"),"time":"2025-11-22T19:00:00+00:00",\
      "labels":[],"extra":{"tag":"x"},"external_id":null}
      """
  }

  func lookUp(
    paid: Bool, status: String, preimage: String?? = .none, fee: Int = -1_500,
    amount: Int = -21_000
  ) -> String {
    let details = payment(status: status, preimage: preimage, fee: fee, amount: amount)
    return "{\"paid\":\(paid),\"status\":\"\(status)\",\"preimage\":null,\"details\":\(details)}"
  }

  static let notFound = ScriptedServer.Reply.json(404, #"{"detail":"Payment does not exist."}"#)
}
