import PurserCore
import PurserTesting

/// Payments and credentials whose hashes and ids follow from a number.
enum Purchases {
  static func hash(_ number: UInt64) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32)
  }

  static func payment(
    _ number: UInt64, by chain: GrantChain, service: String = "data", hash: UInt64? = nil
  ) -> Payment {
    Payment(
      hold: holdID(number), node: chain.node, paymentHash: Self.hash(hash ?? number),
      invoice: "lnbcrt\(number)", amount: msat(100), feeLimit: msat(10),
      invoiceExpiresAtSeconds: 1_800_000_600,
      purchase: Purchase(service: service, capabilities: ["read"], scope: nil),
      sealedToken: [1, 2, 3])
  }

  static func credential(_ number: UInt64, service: String = "data") -> Credential {
    guard let id = CredentialID(bytes: holdID(number).bytes) else {
      preconditionFailure("16 bytes are an id")
    }
    return Credential(
      id: id, purchase: Purchase(service: service, capabilities: ["read"], scope: nil),
      paymentHash: hash(number), validUntilSeconds: nil, cost: msat(105), boughtBy: nil,
      sealed: [4, 5, 6], createdAt: Timestamp(seconds: 1_800_000_000))
  }

  static func paid(_ number: UInt64, fee: UInt64 = 5) -> PaymentResult {
    .settled(fee: msat(fee), credential(number))
  }

  /// Begin and send, and finish where there is a result.
  static func commands(
    _ payment: Payment, by chain: GrantChain, _ result: PaymentResult?
  ) -> [Command] {
    [.beginPayment(payment, by: chain), .sendPayment(hold: payment.hold, by: chain)]
      + (result.map { [.finishPayment(hold: payment.hold, $0)] } ?? [])
  }
}
