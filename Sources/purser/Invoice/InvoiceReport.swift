internal import L402
internal import LibCrypto

/// What the program shows of an invoice.
struct InvoiceReport: Encodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case network
    case amountMsat = "amount_msat"
    case timestamp
    case expirySeconds = "expiry_s"
    case paymentHash = "payment_hash"
    case paymentSecret = "payment_secret"
    case description
    case descriptionHash = "description_hash"
    case payee
    case minFinalCLTV = "min_final_cltv"
    case features
    case expired
  }

  private let invoice: Invoice
  private let isExpired: Bool

  init(_ invoice: Invoice, now: UInt64) {
    self.invoice = invoice
    isExpired = invoice.isExpired(atSeconds: now)
  }

  /// Every key is there; what the invoice does not have is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(invoice.network.rawValue, forKey: .network)
    try container.encode(invoice.amountMsat, forKey: .amountMsat)
    try container.encode(invoice.timestampSeconds, forKey: .timestamp)
    try container.encode(invoice.expirySeconds, forKey: .expirySeconds)
    try container.encode(Hex.encode(invoice.paymentHash), forKey: .paymentHash)
    try container.encode(Hex.encode(invoice.paymentSecret), forKey: .paymentSecret)
    try container.encode(invoice.description, forKey: .description)
    try container.encode(
      invoice.descriptionHash.map { Hex.encode($0) }, forKey: .descriptionHash)
    try container.encode(Hex.encode(invoice.payee), forKey: .payee)
    try container.encode(invoice.minFinalCLTV, forKey: .minFinalCLTV)
    try container.encode(invoice.features, forKey: .features)
    try container.encode(isExpired, forKey: .expired)
  }

  /// One line for each field, for people.
  var lines: [String] {
    let width = 18
    return CodingKeys.allCases.map { key in
      key.rawValue + String(repeating: " ", count: width - key.rawValue.count) + shown(key)
    }
  }

  private func shown(_ key: CodingKeys) -> String {
    switch key {
    case .network: invoice.network.rawValue
    case .amountMsat: invoice.amountMsat.map { String($0) } ?? "any"
    case .timestamp: String(invoice.timestampSeconds)
    case .expirySeconds: String(invoice.expirySeconds)
    case .paymentHash: Hex.encode(invoice.paymentHash)
    case .paymentSecret: Hex.encode(invoice.paymentSecret)
    case .description: invoice.description.map { Terminal.sanitized($0, limit: .max) } ?? "none"
    case .descriptionHash: invoice.descriptionHash.map { Hex.encode($0) } ?? "none"
    case .payee: Hex.encode(invoice.payee)
    case .minFinalCLTV: String(invoice.minFinalCLTV)
    case .features:
      invoice.features.isEmpty ? "none" : invoice.features.map { String($0) }.joined(separator: " ")
    case .expired: isExpired ? "yes" : "no"
    }
  }
}
