/// Which refusals LNbits gives before it hands a payment to its node, or when the node has given
/// the payment up (LNbits 1.6, `core/services/payments.py`).
///
/// Its word `failed` alone proves nothing: a second order for an invoice that this wallet has paid
/// is refused with it too ("Internal invoice already paid.").
enum LNbitsRefusal {
  private static let failedDetails = [
    "Amountless invoices not supported.",
    "Bolt11 decoding failed.",
    "Insufficient balance.",
    "Invalid invoice. Bolt11 changed.",
    "Invoice amount ",
    "Only incoming payments allowed.",
    "Payment failed: ",
    "Payment is failed node, retrying is not possible.",
    "The time limit of ",
    "Wallet does not have permission to pay invoices.",
    "You must reserve at least (",
  ]

  private static let limitDetails = [
    "Daily withdrawal limit of ",
    "It is not allowed to spend funds from this server.",
  ]

  static func isBeforeSending(_ answer: WalletAnswer) -> Bool {
    switch answer.status {
    case _ where answer.isKeyRefused: true
    case 429: true
    case 400: answer.detail.map { begins($0, with: limitDetails) } ?? false
    case 520:
      answer.failureStatus == "failed"
        && (answer.detail.map { begins($0, with: failedDetails) } ?? false)
    default: false
    }
  }

  private static func begins(_ detail: String, with beginnings: [String]) -> Bool {
    beginnings.contains { detail.utf8.starts(with: $0.utf8) }
  }
}
