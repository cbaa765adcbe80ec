/// HKDF-SHA-256 (RFC 5869) with one input key, from which it derives any number of keys.
///
/// What is extracted from the input key is kept, so that a key costs two compressions.
public struct HKDFSHA256: Sendable {
  private let expand: HMACSHA256

  /// Extracts from `inputKey`.
  ///
  /// An empty `salt` stands for 32 zero bytes, as RFC 5869 §2.2 says.
  public init(inputKey: [UInt8], salt: [UInt8] = []) {
    expand = HMACSHA256(key: HMACSHA256(key: salt).authenticate(inputKey))
  }

  /// Takes a key that was extracted before, of 32 bytes or more (RFC 5869 §2.3).
  public init(extractedKey: [UInt8]) {
    expand = HMACSHA256(key: extractedKey)
  }

  /// What is extracted from `inputKey` with `salt`, 32 bytes (RFC 5869 §2.2).
  public static func extract(inputKey: [UInt8], salt: [UInt8]) -> [UInt8] {
    HMACSHA256(key: salt).authenticate(inputKey)
  }

  /// Derives `length` bytes (1 to 8,160) for the purpose that `info` names.
  public func deriveKey(info: [UInt8], length: Int = 32) -> [UInt8] {
    precondition((1...255 * SHA256.digestLength).contains(length), "HKDF length out of range")
    var block = expand.authenticate(info + [1])
    var output = block
    var counter: UInt8 = 1
    while output.count < length {
      counter += 1
      block = expand.authenticate(block + info + [counter])
      output += block
    }
    return output.count == length ? output : [UInt8](output.prefix(length))
  }

  /// Derives `length` bytes (1 to 8,160) from `inputKey`, of which nothing is kept.
  public static func deriveKey(
    inputKey: [UInt8], salt: [UInt8] = [], info: [UInt8], length: Int = 32
  ) -> [UInt8] {
    HKDFSHA256(inputKey: inputKey, salt: salt).deriveKey(info: info, length: length)
  }
}
