/// The feature bits of an invoice (BOLT 9): big-endian, bit 0 in the last word.
enum InvoiceFeatures {
  /// The even bits that a payer may be required to understand: what BOLT 9 assigns to invoices,
  /// and `var_onion_optin` (8) and `payment_secret` (14), which it assumes.
  ///
  /// 16 is `basic_mpp`, 24 route blinding, 36 attribution data, 48 payment metadata.
  static let understood: Set<Int> = [8, 14, 16, 24, 36, 48]

  private static let maximumBit = TaggedFields.maximumWordCount * 5 - 1

  /// The set bits, ascending.
  static func decode(_ words: [UInt8]) throws(InvoiceError) -> [Int] {
    guard words.first != 0 else { throw .nonMinimal(.features) }
    var bits: [Int] = []
    for (index, word) in words.reversed().enumerated() {
      for bit in 0..<5 where word >> UInt8(bit) & 1 == 1 { bits.append(index * 5 + bit) }
    }
    if let unknown = bits.first(where: { $0.isMultiple(of: 2) && !understood.contains($0) }) {
      throw .unknownRequiredFeature(unknown)
    }
    return bits
  }

  static func encode(_ bits: [Int]) throws(InvoiceError) -> [UInt8] {
    guard let highest = bits.max() else { return [] }
    guard bits.allSatisfy({ (0...maximumBit).contains($0) }) else {
      throw .malformedField(.features)
    }
    var words = [UInt8](repeating: 0, count: highest / 5 + 1)
    for bit in bits { words[words.count - 1 - bit / 5] |= 1 << UInt8(bit % 5) }
    return words
  }
}
