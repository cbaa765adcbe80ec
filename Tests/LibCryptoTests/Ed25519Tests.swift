import LibCrypto
import Testing

@Suite struct Ed25519Tests {
  /// RFC 8032 §7.1, tests 1 to 3: private key, public key, message, signature.
  static let vectors = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        + "b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        + "1d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
        + "c6594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test(arguments: vectors)
  func `the vectors of RFC 8032 hold`(
    privateKey: String, publicKey: String, message: String, signature: String
  ) throws {
    let key = try #require(Hex.decode(privateKey))
    let bytes = try #require(Hex.decode(message))
    #expect(Hex.encode(try Ed25519.publicKey(privateKey: key)) == publicKey)
    #expect(Hex.encode(try Ed25519.sign(bytes, privateKey: key)) == signature)
    let owner = try #require(Hex.decode(publicKey))
    let signed = try #require(Hex.decode(signature))
    #expect(Ed25519.verify(signed, of: bytes, publicKey: owner))
    #expect(!Ed25519.verify(signed, of: bytes + [0], publicKey: owner))
  }

  @Test func `a signature with any bit changed does not verify`() throws {
    let key = [UInt8](repeating: 7, count: 32)
    let owner = try Ed25519.publicKey(privateKey: key)
    let message = Array("message".utf8)
    let signature = try Ed25519.sign(message, privateKey: key)
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!Ed25519.verify(changed, of: message, publicKey: owner), "bit \(bit)")
    }
  }

  @Test func `what has another length, or is no point, is refused`() throws {
    #expect(throws: Ed25519Error.badLength) { try Ed25519.publicKey(privateKey: [1]) }
    #expect(throws: Ed25519Error.badLength) {
      try Ed25519.sign([], privateKey: [UInt8](repeating: 0, count: 33))
    }
    let zeros = [UInt8](repeating: 0, count: 64)
    #expect(!Ed25519.verify([], of: [], publicKey: [UInt8](repeating: 1, count: 32)))
    #expect(!Ed25519.verify(zeros, of: [], publicKey: []))
    #expect(!Ed25519.verify(zeros, of: [], publicKey: [UInt8](repeating: 0xff, count: 32)))
  }

  @Test func `a digest in place has the bytes that it was made of`() {
    let bytes = SHA256.hash([1, 2, 3])
    #expect(SHA256Digest(bytes)?.bytes == bytes)
    #expect(SHA256Digest([1]) == nil && SHA256Digest.zero.bytes == [UInt8](repeating: 0, count: 32))
    #expect(
      SHA256Digest(bytes) != .zero && Set([SHA256Digest(bytes), SHA256Digest(bytes)]).count == 1)
  }
}
