/// Which Bitcoin network an invoice is for; the raw value is its BIP 173 prefix.
public enum BitcoinNetwork: String, Sendable, CaseIterable {
  /// The main network.
  case bitcoin = "bc"
  /// The test network.
  case testnet = "tb"
  /// The signed test network.
  case signet = "tbs"
  /// A private network for tests.
  case regtest = "bcrt"
}

/// The human-readable part of an invoice: `ln`, the network, the amount.
struct InvoicePrefix: Equatable {
  let network: BitcoinNetwork
  let amountMsat: UInt64?

  /// 21 million bitcoin, in msat.
  static let maximumAmountMsat: UInt64 = 2_100_000_000_000_000_000

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
  private static let units: [(letter: String, msat: UInt64)] = [
    ("", 100_000_000_000), ("m", 100_000_000), ("u", 100_000), ("n", 100),
  ]

  /// Checks the amount: it must be positive and at most 21 million bitcoin.
  init(network: BitcoinNetwork, amountMsat: UInt64?) throws(InvoiceError) {
    if let amountMsat {
      guard amountMsat > 0 else { throw .invalidAmount }
      guard amountMsat <= Self.maximumAmountMsat else { throw .amountTooLarge }
    }
    self.network = network
    self.amountMsat = amountMsat
  }

  /// Reads the lower-case bytes before the separator.
  init(decoding bytes: [UInt8]) throws(InvoiceError) {
    guard bytes.starts(with: "ln".utf8) else { throw .notLightning }
    let rest = bytes.dropFirst(2)
    let currency = rest.prefix { !Self.digits.contains($0) }
    let amount = rest.dropFirst(currency.count)
    guard let network = BitcoinNetwork(rawValue: String(decoding: currency, as: UTF8.self)) else {
      throw .unknownNetwork
    }
    try self.init(
      network: network, amountMsat: amount.isEmpty ? nil : Self.amount(Array(amount)))
  }

  /// The text before the separator, with the largest unit that fits.
  var encoded: [UInt8] {
    var text = "ln" + network.rawValue
    if let amountMsat {
      if let unit = Self.units.first(where: { amountMsat.isMultiple(of: $0.msat) }) {
        text += String(amountMsat / unit.msat) + unit.letter
      } else {
        text += String(amountMsat) + "0p"
      }
    }
    return Array(text.utf8)
  }

  /// Reads an amount that is not empty and starts with a digit.
  private static func amount(_ bytes: [UInt8]) throws(InvoiceError) -> UInt64 {
    var number = Array(bytes.prefix { digits.contains($0) })
    let letters = bytes.dropFirst(number.count)
    guard number.first != UInt8(ascii: "0"), letters.count <= 1 else { throw .invalidAmount }
    let letter = String(decoding: letters, as: UTF8.self)
    if letter == "p" {
      // A tenth of a millisatoshi: without its last zero the number counts millisatoshi.
      guard number.popLast() == UInt8(ascii: "0") else { throw .subMillisatoshi }
      return try product(number, of: 1)
    }
    guard let unit = units.first(where: { $0.letter == letter }) else { throw .unknownMultiplier }
    return try product(number, of: unit.msat)
  }

  private static func product(_ digits: [UInt8], of unit: UInt64) throws(InvoiceError) -> UInt64 {
    guard let count = UInt64(String(decoding: digits, as: UTF8.self)) else {
      throw .amountTooLarge
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow else { throw .amountTooLarge }
    return product
  }
}
