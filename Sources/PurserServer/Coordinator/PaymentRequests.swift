internal import L402
internal import LibCrypto
internal import PurserCore

// What a challenge of the Payment scheme says beside its invoice.

extension LightningCharge {
  /// What the request says otherwise than its invoice, as the draft wants clients to check; nil
  /// when the two agree.
  func disagreement(with invoice: Invoice) -> PaymentSchemeError? {
    let (msat, overflow) = amountSat.multipliedReportingOverflow(by: 1000)
    guard !overflow, invoice.amountMsat == msat else { return .disagrees("amount") }
    if let paymentHash, paymentHash != Hex.encode(invoice.paymentHash) {
      return .disagrees("paymentHash")
    }
    if let network, network != invoice.network.paymentName { return .disagrees("network") }
    return nil
  }
}

extension PaymentChallenge {
  /// Unix seconds from which on the seller refuses its credential: the challenge's end or the
  /// invoice's, whichever comes first; nil when the invoice cannot be read.
  var effectiveEndSeconds: UInt64? {
    guard let charge = try? LightningCharge(of: self),
      let invoice = try? Invoice(decoding: charge.invoice)
    else { return expiresAtSeconds }
    return min(expiresAtSeconds ?? .max, invoice.expiresAtSeconds)
  }
}

extension BitcoinNetwork {
  /// The name that requests of the Payment scheme use.
  fileprivate var paymentName: String {
    switch self {
    case .bitcoin: "mainnet"
    case .testnet, .signet, .regtest: name
    }
  }
}
