internal import CCrypto

/// A chain of HMAC-SHA-256 codes in which each code is the key of the next.
///
/// The running code is kept in place, so that a step allocates nothing: every step has a new key,
/// and allocating its pads would cost more than hashing a short message.
public struct HMACChain: Sendable {
  private var current: SHA256Words

  /// Starts with the code of `message` under `hmac`.
  public init(_ hmac: HMACSHA256, _ message: Span<UInt8>) {
    current = message.withUnsafeBytes { hmac.code(of: $0) }
  }

  /// Starts with `key`, which must have 32 bytes, as the code so far.
  public init(key: Span<UInt8>) {
    precondition(key.count == SHA256.digestLength, "the key of a chain has 32 bytes")
    current = SHA256Words()
    key.withUnsafeBytes { key in
      withUnsafeMutableBytes(of: &current) { $0.copyMemory(from: key) }
    }
  }

  /// The running code, 32 bytes.
  public var code: [UInt8] { current.bytes }

  /// Appends the 32 bytes of the running code to `bytes`.
  public func appendCode(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: current) { bytes.append(contentsOf: $0) }
  }

  /// Whether `bytes` are the running code, in a time that depends on their number alone.
  public func hasCode(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count == SHA256.digestLength else { return false }
    return withUnsafeBytes(of: current) { code in
      bytes.withUnsafeBytes { CRYPTO_memcmp(code.baseAddress, $0.baseAddress, $0.count) == 0 }
    }
  }

  /// Replaces the code by that of `message` under it.
  public mutating func extend(with message: Span<UInt8>) {
    if message.count <= ShortHMAC.longestMessage {
      current = message.withUnsafeBytes { ShortHMAC.code(of: $0, key: current) }
    } else {
      current = message.withUnsafeBytes { keyed().code(of: $0) }
    }
  }

  /// Replaces the code by that of the codes of `first` and `second`, all three under it.
  public mutating func extend(withPair first: Span<UInt8>, _ second: Span<UInt8>) {
    let hmac = keyed()
    let codes = SHA256Block(
      lowHalf: first.withUnsafeBytes { hmac.code(of: $0) },
      highHalf: second.withUnsafeBytes { hmac.code(of: $0) })
    current = withUnsafeBytes(of: codes) { hmac.code(of: $0) }
  }

  private func keyed() -> HMACSHA256 {
    withUnsafeBytes(of: current) { HMACSHA256(shortKey: $0) }
  }
}
