import Foundation
import LibCrypto
import Testing

@testable import PurserWallet

private var isGiven: Bool { ProcessInfo.processInfo.environment["PURSER_VECTORS"] != nil }

/// NIP-44 by its own vectors, where `PURSER_VECTORS` names a folder with them.
@Suite(.enabled(if: isGiven, "PURSER_VECTORS is not set"))
struct NIP44VectorTests {
  private struct Vectors: Decodable {
    let v2: Version

    struct Version: Decodable {
      let valid: Valid
      let invalid: Invalid
    }

    struct Valid: Decodable {
      let getConversationKey: [Conversation]
      let getMessageKeys: MessageKeys
      let calcPaddedLen: [[Int]]
      let encryptDecrypt: [Text]
      let encryptDecryptLongMsg: [LongText]
    }

    struct Invalid: Decodable {
      let encryptMsgLengths: [Int]
      let getConversationKey: [Conversation]
      let decrypt: [Text]
    }

    struct Conversation: Decodable {
      let sec1: String
      let pub2: String
      let conversationKey: String?
    }

    struct MessageKeys: Decodable {
      let conversationKey: String
      let keys: [Keys]

      struct Keys: Decodable {
        let nonce: String
        let chachaKey: String
        let chachaNonce: String
        let hmacKey: String
      }
    }

    struct Text: Decodable {
      let sec1: String?
      let sec2: String?
      let conversationKey: String
      let nonce: String
      let plaintext: String
      let payload: String
      let note: String?
    }

    struct LongText: Decodable {
      let conversationKey: String
      let nonce: String
      let pattern: String
      let `repeat`: Int
      let plaintextSha256: String
      let payloadSha256: String
    }
  }

  private let vectors: Vectors.Version

  init() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["PURSER_VECTORS"])
    let file = URL(fileURLWithPath: folder).appendingPathComponent("nip44.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    vectors = try decoder.decode(Vectors.self, from: Data(contentsOf: file)).v2
  }

  private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

  private func conversationKey(_ secret: String, _ publicKey: String) throws -> [UInt8] {
    NIP44.conversationKey(
      sharedSecret: try Schnorr.sharedSecret(
        privateKey: try bytes(secret), publicKey: try bytes(publicKey)))
  }

  @Test func `conversation keys are derived, and bad keys refused`() throws {
    #expect(!vectors.valid.getConversationKey.isEmpty)
    for vector in vectors.valid.getConversationKey {
      #expect(
        Hex.encode(try conversationKey(vector.sec1, vector.pub2)) == vector.conversationKey)
    }
    #expect(!vectors.invalid.getConversationKey.isEmpty)
    for vector in vectors.invalid.getConversationKey {
      #expect(throws: Secp256k1Error.self) { try conversationKey(vector.sec1, vector.pub2) }
    }
  }

  @Test func `message keys and padded lengths are derived`() throws {
    let key = try bytes(vectors.valid.getMessageKeys.conversationKey)
    for vector in vectors.valid.getMessageKeys.keys {
      let keys = NIP44.MessageKeys(conversationKey: key, nonce: try bytes(vector.nonce))
      #expect(Hex.encode(keys.cipherKey) == vector.chachaKey)
      #expect(Hex.encode(keys.cipherNonce) == vector.chachaNonce)
      #expect(Hex.encode(keys.codeKey) == vector.hmacKey)
    }
    for pair in vectors.valid.calcPaddedLen {
      #expect(NIP44.paddedLength(pair[0]) == pair[1], "\(pair[0])")
    }
  }

  @Test func `texts encrypt to the payloads, and back`() throws {
    for vector in vectors.valid.encryptDecrypt {
      let key = try bytes(vector.conversationKey)
      let plaintext = Array(vector.plaintext.utf8)
      let payload = try NIP44.encrypt(
        plaintext, conversationKey: key, nonce: try bytes(vector.nonce))
      #expect(payload == vector.payload)
      #expect(try NIP44.decrypt(vector.payload, conversationKey: key) == plaintext)
    }
    for vector in vectors.valid.encryptDecryptLongMsg {
      let key = try bytes(vector.conversationKey)
      let plaintext = Array(String(repeating: vector.pattern, count: vector.repeat).utf8)
      #expect(Hex.encode(SHA256.hash(plaintext)) == vector.plaintextSha256)
      let payload = try NIP44.encrypt(
        plaintext, conversationKey: key, nonce: try bytes(vector.nonce))
      #expect(Hex.encode(SHA256.hash(Array(payload.utf8))) == vector.payloadSha256)
      #expect(try NIP44.decrypt(payload, conversationKey: key) == plaintext)
    }
  }

  @Test func `bad payloads and lengths are refused`() throws {
    for vector in vectors.invalid.decrypt {
      let key = try bytes(vector.conversationKey)
      let error = #expect(throws: NostrCipherError.self) {
        try NIP44.decrypt(vector.payload, conversationKey: key)
      }
      let expected: NostrCipherError =
        switch vector.note ?? "" {
        case let note where note.hasPrefix("unknown encryption version"): .unknownVersion
        case "invalid MAC": .notAuthentic
        case "invalid padding": .badPadding
        default: .malformed
        }
      #expect(error == expected, "\(vector.note ?? "")")
    }
    for length in vectors.invalid.encryptMsgLengths {
      #expect(throws: NostrCipherError.badLength) {
        try NIP44.encrypt(
          [UInt8](repeating: 1, count: length), conversationKey: randomBytes(32),
          nonce: randomBytes(32))
      }
    }
  }
}

@Suite struct NostrCipherTests {
  private func cipher() throws -> NWCCipher {
    let wallet = try NostrKey(hex: Hex.encode(randomBytes(32)))
    return try NWCCipher(
      key: try NostrKey(hex: Hex.encode(randomBytes(32))), wallet: wallet.publicKey)
  }

  @Test(arguments: [NWCEncryption.nip44, .nip04])
  func `a text of any length comes back, and only with the right key`(
    encryption: NWCEncryption
  ) throws {
    let (cipher, other) = (try cipher(), try self.cipher())
    for length in [1, 31, 32, 33, 256, 257, 5_000, 65_535] {
      let text = randomBytes(length)
      let payload = try cipher.encrypt(text, encryption)
      #expect(try cipher.decrypt(payload, encryption) == text)
      // Nothing authenticates the old form: a wrong key gives an error or another text.
      #expect((try? other.decrypt(payload, encryption)) != text)
    }
    for length in [0, 65_536] {
      #expect(throws: NostrCipherError.badLength) {
        try cipher.encrypt([UInt8](repeating: 0, count: length), encryption)
      }
    }
  }

  @Test func `a changed byte anywhere in a payload is noticed`() throws {
    let cipher = try cipher()
    let payload = try cipher.encrypt(Array("pay".utf8), .nip44)
    let bytes = try #require(Base64.decode(payload))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(throws: NostrCipherError.self) {
        try cipher.decrypt(Base64.encode(changed, .standard), .nip44)
      }
    }
  }

  @Test func `malformed payloads are refused, and none is a trap`() throws {
    let cipher = try cipher()
    let good = try cipher.encrypt([1], .nip04)
    for payload in [
      "", "?iv=", "AAAA", "AAAA?iv=AAAA", good + "?iv=", good.replacing("?iv=", with: "?v="),
      "=" + good, String(good.dropFirst(4)), String(good.dropLast(4)), "é?iv=é",
      String(repeating: "A", count: NIP44.maximumPayloadLength + 4),
    ] {
      #expect(throws: NostrCipherError.malformed, "\(payload.prefix(80))") {
        try cipher.decrypt(payload, .nip04)
      }
    }
    for payload in ["", "#", "A", String(repeating: "A", count: 400_000), good] {
      #expect(throws: NostrCipherError.self) { try cipher.decrypt(payload, .nip44) }
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let bytes = [2] + randomBytes(Int.random(in: 0..<300, using: &generator))
      #expect(throws: NostrCipherError.self) {
        try cipher.decrypt(Base64.encode(bytes, .standard), .nip44)
      }
    }
  }

  @Test func `a text longer than the short form can say is read in the long form`() throws {
    let key = randomBytes(32)
    let nonce = randomBytes(32)
    let keys = NIP44.MessageKeys(conversationKey: key, nonce: nonce)
    func payload(_ padded: [UInt8]) throws -> String {
      let ciphertext = try keys.apply(to: padded)
      return Base64.encode(
        [2] + nonce + ciphertext + keys.code(nonce: nonce, ciphertext), .standard)
    }
    let text = randomBytes(70_000)
    let zeros = [UInt8](repeating: 0, count: NIP44.paddedLength(70_000) - 70_000)
    #expect(
      try NIP44.decrypt(
        try payload([0, 0, 0, 1, 0x11, 0x70] + text + zeros), conversationKey: key) == text)
    // The long form for a short text, a length of zero, and lengths beyond the end.
    for prefix in [
      [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 0, 0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 1, 1],
    ] as [[UInt8]] {
      let padded = prefix + [UInt8](repeating: 0, count: 34)
      #expect(throws: NostrCipherError.badPadding) {
        try NIP44.decrypt(try payload(padded), conversationKey: key)
      }
    }
  }
}
