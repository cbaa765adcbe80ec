import Foundation
import LibCrypto
import Testing

/// BIP-340, by its own vectors where `PURSER_VECTORS` names a folder with them, and by properties.
@Suite struct SchnorrTests {
  private static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
  private static let prime = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"

  private static func bytes(_ hex: some StringProtocol) throws -> [UInt8] {
    try #require(Hex.decode(hex))
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["PURSER_VECTORS"] != nil, "PURSER_VECTORS is not set")
  )
  func `every vector of BIP-340 signs and verifies as it says`() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["PURSER_VECTORS"])
    let file = URL(fileURLWithPath: folder).appendingPathComponent("bip340.csv")
    let rows = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
    #expect(rows.count > 10)
    for row in rows.dropFirst() {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false)
      let key = try Self.bytes(fields[2])
      let message = try Self.bytes(fields[4])
      let signature = try Self.bytes(fields[5])
      let isValid = Schnorr.verify(signature, of: message, publicKey: key)
      #expect(isValid == (fields[6] == "TRUE"), "row \(fields[0])")
      guard !fields[1].isEmpty else { continue }
      let secret = try Self.bytes(fields[1])
      #expect(try Schnorr.publicKey(privateKey: secret) == key)
      let made = try Schnorr.sign(
        message, privateKey: secret, auxiliaryRandomness: try Self.bytes(fields[3]))
      #expect(made == signature, "row \(fields[0])")
    }
  }

  @Test func `the first vector of BIP-340 is signed byte for byte`() throws {
    let secret = [UInt8](repeating: 0, count: 31) + [3]
    let zeros = [UInt8](repeating: 0, count: 32)
    let signature = try Schnorr.sign(zeros, privateKey: secret, auxiliaryRandomness: zeros)
    #expect(
      Hex.encode(signature)
        == "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
        + "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0")
  }

  @Test func `a signature fits its message and key, and no changed bit of the three`() throws {
    for length in [0, 1, 32, 33, 500] {
      let secret = randomBytes(32)
      let key = try Schnorr.publicKey(privateKey: secret)
      let message = randomBytes(length)
      let signature = try Schnorr.sign(
        message, privateKey: secret, auxiliaryRandomness: randomBytes(32))
      #expect(Schnorr.verify(signature, of: message, publicKey: key), "\(Hex.encode(secret))")
      for index in signature.indices {
        var changed = signature
        changed[index] ^= 1 << UInt8(index % 8)
        #expect(!Schnorr.verify(changed, of: message, publicKey: key))
      }
      #expect(!Schnorr.verify(signature, of: message + [0], publicKey: key))
      let other = try Schnorr.publicKey(privateKey: randomBytes(32))
      #expect(!Schnorr.verify(signature, of: message, publicKey: other))
    }
  }

  @Test func `the randomness changes the signature, and both are valid`() throws {
    let secret = randomBytes(32)
    let key = try Schnorr.publicKey(privateKey: secret)
    let made = try [UInt8(1), 2].map { byte in
      try Schnorr.sign(
        [7], privateKey: secret, auxiliaryRandomness: [UInt8](repeating: byte, count: 32))
    }
    #expect(made[0] != made[1])
    #expect(made.allSatisfy { Schnorr.verify($0, of: [7], publicKey: key) })
  }

  @Test func `malformed signatures and public keys verify as false`() throws {
    let secret = randomBytes(32)
    let key = try Schnorr.publicKey(privateKey: secret)
    let signature = try Schnorr.sign([1], privateKey: secret, auxiliaryRandomness: randomBytes(32))
    let first = Array(signature.prefix(32))
    let second = Array(signature.suffix(32))
    let prime = try Self.bytes(Self.prime)
    let signatures = [
      [], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: 64),
      [UInt8](repeating: 0xff, count: 64), prime + second,
      first + (try Self.bytes(Self.order)), first + [UInt8](repeating: 0, count: 32),
    ]
    for signature in signatures {
      #expect(!Schnorr.verify(signature, of: [1], publicKey: key), "\(Hex.encode(signature))")
    }
    // 5 is the x of no point, and an x is below the prime.
    let five = [UInt8](repeating: 0, count: 31) + [5]
    for key in [
      [], Array(key.dropLast()), key + [0], five, prime, [UInt8](repeating: 0, count: 32),
    ] {
      #expect(!Schnorr.verify(signature, of: [1], publicKey: key), "\(Hex.encode(key))")
    }
  }

  @Test func `bad private keys, lengths and public keys are refused`() throws {
    let zero = [UInt8](repeating: 0, count: 32)
    for key in [zero, try Self.bytes(Self.order), [UInt8](repeating: 0xff, count: 32)] {
      #expect(throws: Secp256k1Error.invalidPrivateKey) { try Schnorr.publicKey(privateKey: key) }
      #expect(throws: Secp256k1Error.invalidPrivateKey) {
        try Schnorr.sign([], privateKey: key, auxiliaryRandomness: zero)
      }
      #expect(throws: Secp256k1Error.invalidPrivateKey) {
        try Schnorr.sharedSecret(privateKey: key, publicKey: zero)
      }
    }
    let secret = randomBytes(32)
    #expect(throws: Secp256k1Error.badLength) { try Schnorr.publicKey(privateKey: [1]) }
    #expect(throws: Secp256k1Error.badLength) {
      try Schnorr.sign([], privateKey: secret, auxiliaryRandomness: [1])
    }
    #expect(throws: Secp256k1Error.badLength) {
      try Schnorr.sharedSecret(privateKey: secret, publicKey: [2] + zero)
    }
    #expect(throws: Secp256k1Error.invalidPublicKey) {
      try Schnorr.sharedSecret(privateKey: secret, publicKey: zero)
    }
  }

  @Test func `both owners compute the same shared secret`() throws {
    for _ in 0..<50 {
      let (left, right) = (randomBytes(32), randomBytes(32))
      let fromLeft = try Schnorr.sharedSecret(
        privateKey: left, publicKey: try Schnorr.publicKey(privateKey: right))
      let fromRight = try Schnorr.sharedSecret(
        privateKey: right, publicKey: try Schnorr.publicKey(privateKey: left))
      #expect(fromLeft == fromRight, "\(Hex.encode(left)) \(Hex.encode(right))")
    }
  }
}
