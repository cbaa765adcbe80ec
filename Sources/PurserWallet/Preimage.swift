internal import LibCrypto

/// Preimages as wallets write them.
enum Preimage {
  /// The bytes behind `hex` if they hash to `paymentHash`.
  ///
  /// Some wallets write all zeros, or something else, where they have none.
  static func decoded(_ hex: String, of paymentHash: [UInt8]) -> [UInt8]? {
    guard let bytes = Hex.decode(hex), bytes.count == 32,
      constantTimeEqual(SHA256.hash(bytes), paymentHash)
    else { return nil }
    return bytes
  }
}
