import LibCrypto
import Testing

@Suite struct HashTests {
  @Test func `SHA-256 gives the digest of FIPS 180-4 for abc`() {
    #expect(
      Hex.encode(SHA256.hash(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func `a hash copied half way goes on independently`() {
    var first = SHA256()
    first.update(Array("ab".utf8))
    var second = first
    first.update(Array("c".utf8))
    second.update(Array("d".utf8))
    #expect(first.finalized() == SHA256.hash(Array("abc".utf8)))
    #expect(second.finalized() == SHA256.hash(Array("abd".utf8)))
  }

  // RFC 4231, test cases 2 and 6: a key shorter and one longer than a block.
  @Test(arguments: [
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `HMAC gives the codes of RFC 4231`(key: [UInt8], data: String, code: String) {
    let bytes = Array(data.utf8)
    #expect(Hex.encode(HMACSHA256(key: key).authenticate(bytes)) == code)
    #expect(
      Hex.encode(
        HMACSHA256(key: key).authenticate(Array(bytes.prefix(5)), Array(bytes.dropFirst(5))))
        == code)
  }

  @Test func `a hash in any pieces is the hash of the whole`() {
    for length in 0..<200 {
      let bytes = randomBytes(length)
      let whole = SHA256.hash(bytes)
      for cut in stride(from: 0, through: length, by: 7) {
        var hash = SHA256()
        hash.update(bytes[..<cut])
        hash.update(Array(bytes[cut...]))
        #expect(hash.finalized() == whole)
        #expect(hash.finalized() == whole)
      }
    }
  }

  @Test func `one extraction derives the same keys as each on its own`() {
    let (inputKey, salt) = (randomBytes(40), randomBytes(13))
    let derivation = HKDFSHA256(inputKey: inputKey, salt: salt)
    for length in [1, 31, 32, 33, 64, 200] {
      let info = randomBytes(length)
      #expect(
        derivation.deriveKey(info: info, length: length)
          == HKDFSHA256.deriveKey(inputKey: inputKey, salt: salt, info: info, length: length))
    }
  }

  @Test func `HKDF gives the keys of RFC 5869, with and without salt`() throws {
    let inputKey = [UInt8](repeating: 0x0b, count: 22)
    let salt = try #require(Hex.decode("000102030405060708090a0b0c"))
    let info = try #require(Hex.decode("f0f1f2f3f4f5f6f7f8f9"))
    #expect(
      Hex.encode(HKDFSHA256.deriveKey(inputKey: inputKey, salt: salt, info: info, length: 42))
        == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    #expect(
      Hex.encode(HKDFSHA256.deriveKey(inputKey: inputKey, info: [], length: 42))
        == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  }
}

@Suite struct AESGCMTests {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
  let key = Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308") ?? []
  let nonce = Hex.decode("cafebabefacedbaddecaf888") ?? []
  let associated = Hex.decode("feedfacedeadbeeffeedfacedeadbeefabaddad2") ?? []
  let plaintext =
    Hex.decode(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39") ?? []

  @Test func `sealing gives the ciphertext and tag of the published case`() throws {
    let box = try AESGCM.seal(plaintext, key: key, nonce: nonce, associatedData: associated)
    #expect(
      Hex.encode(box)
        == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        + "76fc6ece0f4e1768cddf8853bb2d551b")
    #expect(
      try AESGCM.open(box, key: key, nonce: nonce, associatedData: associated) == plaintext)
  }

  @Test func `a box with any byte changed, or under other associated data, does not open`() throws {
    let box = try AESGCM.seal(plaintext, key: key, nonce: nonce, associatedData: associated)
    for index in box.indices {
      var changed = box
      changed[index] ^= 1
      #expect(throws: SealingError.notAuthentic) {
        try AESGCM.open(changed, key: key, nonce: nonce, associatedData: associated)
      }
    }
    #expect(throws: SealingError.notAuthentic) {
      try AESGCM.open(box, key: key, nonce: nonce, associatedData: [])
    }
  }

  @Test func `an empty text is sealed, and lengths that AES-256-GCM does not have are refused`()
    throws
  {
    let box = try AESGCM.seal([], key: key, nonce: nonce, associatedData: [])
    #expect(try AESGCM.open(box, key: key, nonce: nonce, associatedData: []).isEmpty)
    #expect(throws: SealingError.badLength) {
      try AESGCM.open([1, 2], key: key, nonce: nonce, associatedData: [])
    }
    #expect(throws: SealingError.badLength) {
      try AESGCM.seal([], key: [1], nonce: nonce, associatedData: [])
    }
  }
}

@Suite struct TextTests {
  // RFC 4648 §10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `base64 spells the examples of RFC 4648`(plain: String, text: String) {
    #expect(Base64.encode(Array(plain.utf8), .standard) == text)
    #expect(Base64.decode(text) == Array(plain.utf8))
    let bare = text.replacing("=", with: "")
    #expect(Base64.encode(Array(plain.utf8), .urlUnpadded) == bare)
    #expect(Base64.decode(bare) == Array(plain.utf8))
  }

  @Test func `every byte string reads back from both alphabets`() {
    for length in 0..<70 {
      let bytes = randomBytes(length)
      #expect(Base64.decode(Base64.encode(bytes, .standard)) == bytes)
      #expect(Base64.decode(Base64.encode(bytes, .urlUnpadded)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    "Z", "Zg=", "Zg===", "Z===", "=", "====", "Zm9v=", "Zh==", "Zm9=", "+-+-", "Zm 9", "Zm9v\n",
    "Zé",
  ])
  func `base64 that is not one spelling of some bytes is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["", "Zg", "Zm8", "Zm9v", "-_-_"])
  func `strict base64url takes the URL-safe alphabet without padding`(text: String) {
    #expect(Base64.decodeURLUnpadded(Array(text.utf8).span) == Base64.decode(text))
    #expect(Base64.decode(text) != nil)
  }

  @Test(arguments: ["Zg==", "Zm8=", "+_", "+/+/", "-_+/", "Zh", "Zm9", "Z", "Zm9v\n", "Zm\u{0}v"])
  func `strict base64url takes no other spelling`(text: String) {
    #expect(Base64.decodeURLUnpadded(Array(text.utf8).span) == nil)
  }

  @Test func `a symbol of neither alphabet is refused wherever it stands`() {
    let symbols = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    for length in 2...9 where length % 4 != 1 {
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max where !symbols.contains(byte) {
          var text = [UInt8](repeating: UInt8(ascii: "A"), count: length)
          text[place] = byte
          #expect(Base64.decodeURLUnpadded(text.span) == nil, "\(byte) at \(place)")
        }
      }
    }
  }

  @Test func `hex is appended to what is there`() {
    var text = Array("id=".utf8)
    Hex.append([0x00, 0xaf, 0x10].span, to: &text)
    #expect(text == Array("id=00af10".utf8))
  }

  @Test(arguments: ["0", "0g", "0x00", " 00", "é0"])
  func `text that is not whole bytes in hex is refused`(text: String) {
    #expect(Hex.decode(text) == nil)
  }
}

@Suite struct BytesTests {
  @Test func `bytes in several pieces are given in one`() {
    let pieces = [[UInt8(1), 2], [], [3]].joined()
    #expect(withSpan(of: pieces) { Hex.encode($0) } == "010203")
    #expect(withSpan(of: [UInt8]()) { $0.isEmpty })
  }

  @Test func `constant-time equality agrees with equality`() {
    #expect(constantTimeEqual([], []))
    #expect(constantTimeEqual([1, 2], [1, 2]))
    #expect(!constantTimeEqual([1, 2], [1, 3]))
    #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
  }

  @Test func `wiping leaves zeros`() {
    var bytes = randomBytes(40)
    wipe(&bytes)
    #expect(bytes == [UInt8](repeating: 0, count: 40))
  }
}
