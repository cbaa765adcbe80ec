import LibCrypto
import Testing

@Suite struct CipherTests {
  private static func bytes(_ hex: String) throws -> [UInt8] {
    try #require(Hex.decode(hex))
  }

  // RFC 8439 appendix A.1, test vectors 1 and 5, both with the counter at zero.
  @Test(arguments: [
    (
      "000000000000000000000000",
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        + "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
    ),
    (
      "000000000000000000000002",
      "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
        + "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"
    ),
  ])
  func `ChaCha20 gives the key stream of RFC 8439`(nonce: String, stream: String) throws {
    let zeros = [UInt8](repeating: 0, count: 64)
    let output = try ChaCha20.apply(
      to: zeros, key: Array(zeros.prefix(32)), nonce: try Self.bytes(nonce))
    #expect(Hex.encode(output) == stream)
  }

  @Test func `ChaCha20 twice gives the text back, of any length`() throws {
    let (key, nonce) = (randomBytes(32), randomBytes(12))
    for length in [0, 1, 63, 64, 65, 1000] {
      let text = randomBytes(length)
      let sealed = try ChaCha20.apply(to: text, key: key, nonce: nonce)
      #expect(try ChaCha20.apply(to: sealed, key: key, nonce: nonce) == text)
    }
    #expect(throws: SealingError.badLength) {
      try ChaCha20.apply(to: [1], key: [1], nonce: nonce)
    }
    #expect(throws: SealingError.badLength) {
      try ChaCha20.apply(to: [1], key: key, nonce: Array(nonce.dropLast()))
    }
  }

  // NIST SP 800-38A F.2.5, its first two blocks.
  @Test func `AES-256-CBC gives the blocks of SP 800-38A`() throws {
    let key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
    let output = try AESCBC.encrypt(
      try Self.bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"),
      key: try Self.bytes(key), vector: try Self.bytes("000102030405060708090a0b0c0d0e0f"))
    #expect(output.count == 48)
    #expect(
      Hex.encode(output.prefix(32))
        == "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")
  }

  @Test func `AES-256-CBC opens what it made, and nothing of another shape`() throws {
    let (key, vector) = (randomBytes(32), randomBytes(16))
    for length in [0, 1, 15, 16, 17, 500] {
      let text = randomBytes(length)
      let sealed = try AESCBC.encrypt(text, key: key, vector: vector)
      #expect(sealed.count == (length / 16 + 1) * 16)
      #expect(try AESCBC.decrypt(sealed, key: key, vector: vector) == text)
      #expect(throws: SealingError.badLength) {
        try AESCBC.decrypt(Array(sealed.dropLast()), key: key, vector: vector)
      }
    }
    #expect(throws: SealingError.badLength) {
      try AESCBC.decrypt([], key: key, vector: vector)
    }
    #expect(throws: SealingError.badLength) {
      try AESCBC.encrypt([1], key: [1], vector: vector)
    }
    // A block of padding under a vector of which the last bit changed: the padding is 17 then.
    let sealed = try AESCBC.encrypt([], key: key, vector: vector)
    var changed = vector
    changed[15] ^= 1
    #expect(throws: SealingError.notAuthentic) {
      try AESCBC.decrypt(sealed, key: key, vector: changed)
    }
  }

  @Test func `HKDF in two steps gives what it gives in one`() throws {
    let input = randomBytes(40)
    let extracted = HKDFSHA256.extract(inputKey: input, salt: [1, 2])
    let twoSteps = HKDFSHA256(extractedKey: extracted).deriveKey(info: [3], length: 76)
    #expect(
      twoSteps == HKDFSHA256.deriveKey(inputKey: input, salt: [1, 2], info: [3], length: 76))
  }
}
