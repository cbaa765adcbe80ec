import L402
import LibCrypto
import PurserCore
import Testing

/// An order of 21 sat with a fee limit of 2 sat, and what proves that it was paid.
struct WalletFixture: Sendable {
  let order: PaymentOrder
  let preimage: [UInt8]

  init(feeLimit: UInt64 = 5_000, maximumDelayBlocks: UInt32 = 4032) throws {
    preimage = randomBytes(32)
    let draft = InvoiceDraft(
      network: .bitcoin, amountMsat: 21_000, timestampSeconds: 1_700_000_000,
      paymentHash: SHA256.hash(preimage), paymentSecret: randomBytes(32),
      purpose: .description("data"))
    let invoice = try draft.signed(privateKey: [UInt8](repeating: 7, count: 32))
    order = PaymentOrder(
      invoice: invoice, amount: try amount(21_000), feeLimit: try amount(feeLimit),
      maximumDelayBlocks: maximumDelayBlocks)
  }

  var paymentHash: [UInt8] { order.invoice.paymentHash }
  var hash: String { Hex.encode(paymentHash) }
  var preimageText: String { Hex.encode(preimage) }
}

/// What an outcome is, without its reason.
enum OutcomeKind: String, Sendable {
  case settled, failed, unknown

  init(_ outcome: PaymentOutcome) {
    switch outcome {
    case .settled: self = .settled
    case .failed: self = .failed
    case .unknown: self = .unknown
    }
  }
}
