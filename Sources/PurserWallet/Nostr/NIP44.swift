internal import LibCrypto

/// Why an encrypted text was not made or read.
enum NostrCipherError: Error, Equatable {
  /// Another version than 2, or one of the future.
  case unknownVersion
  /// Not what the format looks like, or longer than is read.
  case malformed
  /// The authenticator does not fit: another key, or changed bytes.
  case notAuthentic
  /// What was decrypted is not padded as it must be.
  case badPadding
  /// Nothing, or too long to be encrypted.
  case badLength
}

/// Encrypted texts, version 2 (NIP-44): ChaCha20 and HMAC-SHA-256, keys from HKDF.
enum NIP44 {
  /// The longest text that is encrypted, in bytes.
  static let maximumLength = 65_535
  /// The longest payload that is read, in bytes of Base64.
  static let maximumPayloadLength = 196_608
  /// The length of a nonce, in bytes.
  static let nonceLength = 32

  private static let version: UInt8 = 2
  private static let codeLength = 32
  private static let shortestPayload = 132
  private static let shortestBytes = 99

  /// What two keys that share `secret` encrypt with.
  static func conversationKey(sharedSecret secret: [UInt8]) -> [UInt8] {
    HKDFSHA256.extract(inputKey: secret, salt: Array("nip44-v2".utf8))
  }

  /// Encrypts 1 to ``maximumLength`` bytes; `nonce` is random and used this once.
  /// - Throws: ``NostrCipherError/badLength``.
  static func encrypt(
    _ plaintext: [UInt8], conversationKey: [UInt8], nonce: [UInt8]
  ) throws(NostrCipherError) -> String {
    guard (1...maximumLength).contains(plaintext.count), nonce.count == nonceLength else {
      throw .badLength
    }
    let count = UInt16(plaintext.count)
    let padding = paddedLength(plaintext.count) - plaintext.count
    let padded =
      [UInt8(count >> 8), UInt8(truncatingIfNeeded: count)] + plaintext
      + [UInt8](repeating: 0, count: padding)
    let keys = MessageKeys(conversationKey: conversationKey, nonce: nonce)
    let ciphertext = try keys.apply(to: padded)
    let code = keys.code(nonce: nonce, ciphertext)
    return Base64.encode([version] + nonce + ciphertext + code, .standard)
  }

  /// Decrypts a payload of up to ``maximumPayloadLength`` bytes.
  /// - Throws: ``NostrCipherError``.
  static func decrypt(
    _ payload: String, conversationKey: [UInt8]
  ) throws(NostrCipherError) -> [UInt8] {
    guard payload.utf8.first != UInt8(ascii: "#") else { throw .unknownVersion }
    guard (shortestPayload...maximumPayloadLength).contains(payload.utf8.count),
      payload.utf8.count.isMultiple(of: 4), let bytes = Base64.decode(payload),
      bytes.count >= shortestBytes
    else { throw .malformed }
    guard bytes[0] == version else { throw .unknownVersion }
    let nonce = Array(bytes[1...nonceLength])
    let ciphertext = Array(bytes[(1 + nonceLength)...].dropLast(codeLength))
    let keys = MessageKeys(conversationKey: conversationKey, nonce: nonce)
    guard
      constantTimeEqual(keys.code(nonce: nonce, ciphertext), Array(bytes.suffix(codeLength)))
    else { throw .notAuthentic }
    return try unpadded(try keys.apply(to: ciphertext))
  }

  /// The length that a text of `length` bytes, at least 1, is padded to, so that it tells less.
  static func paddedLength(_ length: Int) -> Int {
    guard length > 32 else { return 32 }
    let nextPower = 1 << (Int.bitWidth - (length - 1).leadingZeroBitCount)
    let chunk = nextPower <= 256 ? 32 : nextPower / 8
    return chunk * ((length - 1) / chunk + 1)
  }

  /// The text in `padded`: its length in two bytes, or in four after two zeros, then the text, then
  /// zeros up to the length that it must have.
  private static func unpadded(_ padded: [UInt8]) throws(NostrCipherError) -> [UInt8] {
    guard padded.count >= 6 else { throw .badPadding }
    var prefix = 2
    var length = number(padded[0..<2])
    if length == 0 {
      prefix = 6
      length = number(padded[2..<6])
      guard length > maximumLength else { throw .badPadding }
    }
    guard padded.count == prefix + paddedLength(length),
      padded[(prefix + length)...].allSatisfy({ $0 == 0 })
    else { throw .badPadding }
    return Array(padded[prefix..<prefix + length])
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The keys of one message.
  struct MessageKeys {
    let cipherKey: [UInt8]
    let cipherNonce: [UInt8]
    let codeKey: [UInt8]

    init(conversationKey: [UInt8], nonce: [UInt8]) {
      let keys = HKDFSHA256(extractedKey: conversationKey).deriveKey(info: nonce, length: 76)
      cipherKey = Array(keys[0..<32])
      cipherNonce = Array(keys[32..<44])
      codeKey = Array(keys[44..<76])
    }

    func apply(to text: [UInt8]) throws(NostrCipherError) -> [UInt8] {
      do { return try ChaCha20.apply(to: text, key: cipherKey, nonce: cipherNonce) } catch {
        throw .badLength
      }
    }

    func code(nonce: [UInt8], _ ciphertext: [UInt8]) -> [UInt8] {
      HMACSHA256(key: codeKey).authenticate(nonce, ciphertext)
    }
  }
}
