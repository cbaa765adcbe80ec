/// A chain of HMAC-SHA-256 codes in which each code is the key of the next.
///
/// The running code is kept in place, so that a step allocates nothing: every step has a new key,
/// and allocating its pads would cost more than hashing a short message.
public struct HMACChain: Sendable {
  private typealias Code = InlineArray<32, UInt8>

  private var current = Code(repeating: 0)

  /// Starts with the code of `message` under `hmac`.
  public init(_ hmac: HMACSHA256, _ message: [UInt8]) {
    current = Self.code(of: message, under: hmac)
  }

  /// Starts with `key`, which must have 32 bytes, as the code so far.
  public init(key: [UInt8]) {
    precondition(key.count == SHA256.digestLength, "the key of a chain has 32 bytes")
    for index in 0..<SHA256.digestLength { current[index] = key[index] }
  }

  /// The running code, 32 bytes.
  public var code: [UInt8] {
    withUnsafeBytes(of: current) { [UInt8]($0) }
  }

  /// Replaces the code by that of `message` under it.
  public mutating func extend(with message: [UInt8]) {
    var next = Code(repeating: 0)
    message.withUnsafeBytes { message in
      withUnsafeBytes(of: current) { key in
        withUnsafeMutableBytes(of: &next) { output in
          HMACSHA256.authenticate(message, shortKey: key, into: output)
        }
      }
    }
    current = next
  }

  /// Replaces the code by that of the codes of `first` and `second`, all three under it.
  public mutating func extend(withPair first: [UInt8], _ second: [UInt8]) {
    let hmac = keyed()
    let codes = [Self.code(of: first, under: hmac), Self.code(of: second, under: hmac)]
    current = codes.withUnsafeBytes { Self.code(of: $0, under: hmac) }
  }

  private func keyed() -> HMACSHA256 {
    withUnsafeBytes(of: current) { HMACSHA256(shortKey: $0) }
  }

  private static func code(of message: [UInt8], under hmac: HMACSHA256) -> Code {
    message.withUnsafeBytes { code(of: $0, under: hmac) }
  }

  private static func code(of message: UnsafeRawBufferPointer, under hmac: HMACSHA256) -> Code {
    var output = Code(repeating: 0)
    withUnsafeMutableBytes(of: &output) { hmac.authenticate(message, into: $0) }
    return output
  }
}
