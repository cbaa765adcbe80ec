import LibCrypto
import Testing

@Suite struct Secp256k1Tests {
  private static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

  struct PublishedSignature: Sendable {
    let privateKey: String
    let message: String
    let publicKey: String
    let compact: String
    let recoveryID: UInt8
  }

  // The RFC 6979 signatures for secp256k1 that other implementations publish in their tests; keys
  // and recovery ids as libsecp256k1 gives them.
  static let published = [
    PublishedSignature(
      privateKey: "0000000000000000000000000000000000000000000000000000000000000001",
      message: "Satoshi Nakamoto",
      publicKey: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      compact: "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        + "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
      recoveryID: 1),
    PublishedSignature(
      privateKey: "0000000000000000000000000000000000000000000000000000000000000001",
      message: "All those moments will be lost in time, like tears in rain. Time to die...",
      publicKey: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      compact: "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
        + "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
      recoveryID: 0),
    PublishedSignature(
      privateKey: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
      message: "Satoshi Nakamoto",
      publicKey: "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      compact: "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
        + "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
      recoveryID: 0),
    PublishedSignature(
      privateKey: "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
      message: "Alan Turing",
      publicKey: "0292df7b245b81aa637ab4e867c8d511008f79161a97d64f2ac709600352f7acbc",
      compact: "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
        + "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea",
      recoveryID: 0),
    PublishedSignature(
      privateKey: "e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
      message: "There is a computer disease that anybody who works with computers knows about. "
        + "It's a very serious disease and it interferes completely with the work. "
        + "The trouble with computers is that you 'play' with them!",
      publicKey: "03567b7512001f3cc4dcb8b8096c046fff571ab07adb2126cd42908f2ff1ca424a",
      compact: "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b"
        + "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6",
      recoveryID: 1),
  ]

  private static func bytes(_ hex: String) throws -> [UInt8] {
    try #require(Hex.decode(hex))
  }

  @Test(arguments: published)
  func `the published RFC 6979 signatures come out`(vector: PublishedSignature) throws {
    let privateKey = try Self.bytes(vector.privateKey)
    let digest = SHA256.hash(Array(vector.message.utf8))
    let signature = try Secp256k1.sign(digest: digest, privateKey: privateKey)
    #expect(Hex.encode(signature.compact) == vector.compact)
    #expect(signature.recoveryID == vector.recoveryID)
    let publicKey = try Secp256k1.publicKey(privateKey: privateKey)
    #expect(Hex.encode(publicKey) == vector.publicKey)
    #expect(try Secp256k1.recoverPublicKey(signature, digest: digest) == publicKey)
    #expect(Secp256k1.verify(signature.compact, digest: digest, publicKey: publicKey))
  }

  @Test func `the example key of BOLT 11 has the public key that BOLT 11 states`() throws {
    let privateKey = try Self.bytes(
      "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734")
    #expect(
      Hex.encode(try Secp256k1.publicKey(privateKey: privateKey))
        == "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad")
  }

  @Test func `what random keys sign is verified, recovered and of low S`() throws {
    for _ in 0..<50 {
      let privateKey = randomBytes(32)
      let digest = randomBytes(32)
      let publicKey = try Secp256k1.publicKey(privateKey: privateKey)
      let signature = try Secp256k1.sign(digest: digest, privateKey: privateKey)
      let context: Comment = "key \(Hex.encode(privateKey)), digest \(Hex.encode(digest))"
      #expect(Secp256k1.hasLowS(signature.compact), context)
      #expect(
        Secp256k1.verify(signature.compact, digest: digest, publicKey: publicKey), context)
      #expect(try Secp256k1.recoverPublicKey(signature, digest: digest) == publicKey, context)

      var otherDigest = digest
      otherDigest[31] ^= 1
      #expect(
        !Secp256k1.verify(signature.compact, digest: otherDigest, publicKey: publicKey), context)
      #expect(
        (try? Secp256k1.recoverPublicKey(signature, digest: otherDigest)) != publicKey, context)
      var otherKey = publicKey
      otherKey[0] ^= 1
      #expect(!Secp256k1.verify(signature.compact, digest: digest, publicKey: otherKey), context)
    }
  }

  @Test func `the high S of a signature verifies and recovers the same key`() throws {
    let privateKey = [UInt8](repeating: 7, count: 32)
    let digest = SHA256.hash(Array("high".utf8))
    let low = try Secp256k1.sign(digest: digest, privateKey: privateKey)
    let negated = subtract(Array(low.compact.suffix(32)), from: try Self.bytes(Self.order))
    let high = RecoverableSignature(
      compact: low.compact.prefix(32) + negated, recoveryID: low.recoveryID ^ 1)
    let publicKey = try Secp256k1.publicKey(privateKey: privateKey)
    #expect(!Secp256k1.hasLowS(high.compact))
    #expect(Secp256k1.verify(high.compact, digest: digest, publicKey: publicKey))
    #expect(try Secp256k1.recoverPublicKey(high, digest: digest) == publicKey)
  }

  @Test(arguments: [
    String(repeating: "00", count: 32), order, String(repeating: "ff", count: 32),
  ])
  func `a private key that is zero or not below the order is refused`(hex: String) throws {
    let key = try Self.bytes(hex)
    #expect(throws: Secp256k1Error.invalidPrivateKey) {
      try Secp256k1.publicKey(privateKey: key)
    }
    #expect(throws: Secp256k1Error.invalidPrivateKey) {
      try Secp256k1.sign(digest: [UInt8](repeating: 1, count: 32), privateKey: key)
    }
  }

  @Test func `a digest of all ones, above the order, is signed and verified`() throws {
    let privateKey = [UInt8](repeating: 1, count: 32)
    let digest = [UInt8](repeating: 0xff, count: 32)
    let signature = try Secp256k1.sign(digest: digest, privateKey: privateKey)
    let publicKey = try Secp256k1.publicKey(privateKey: privateKey)
    #expect(Secp256k1.verify(signature.compact, digest: digest, publicKey: publicKey))
    #expect(try Secp256k1.recoverPublicKey(signature, digest: digest) == publicKey)
  }

  @Test func `inputs of a wrong length are refused`() {
    let long = [UInt8](repeating: 1, count: 33)
    let right = [UInt8](repeating: 1, count: 32)
    let signature = RecoverableSignature(compact: long + right, recoveryID: 0)
    #expect(throws: Secp256k1Error.badLength) { try Secp256k1.publicKey(privateKey: long) }
    #expect(throws: Secp256k1Error.badLength) { try Secp256k1.publicKey(privateKey: []) }
    #expect(throws: Secp256k1Error.badLength) {
      try Secp256k1.sign(digest: long, privateKey: right)
    }
    #expect(throws: Secp256k1Error.badLength) {
      try Secp256k1.recoverPublicKey(signature, digest: right)
    }
    #expect(!Secp256k1.verify(long + right, digest: right, publicKey: long))
    #expect(!Secp256k1.hasLowS(long))
  }

  @Test func `a signature out of range is refused`() throws {
    let digest = [UInt8](repeating: 1, count: 32)
    let zero = [UInt8](repeating: 0, count: 32)
    let order = try Self.bytes(Self.order)
    let publicKey = try Secp256k1.publicKey(privateKey: digest)
    for compact in [zero + digest, digest + zero, order + digest, digest + order] {
      #expect(!Secp256k1.verify(compact, digest: digest, publicKey: publicKey))
      #expect(throws: Secp256k1Error.notRecoverable) {
        try Secp256k1.recoverPublicKey(
          RecoverableSignature(compact: compact, recoveryID: 0), digest: digest)
      }
    }
    // R = 5 is the x of no point; R + order with ids 2 and 3 is above the field's prime here.
    let five = zero.dropLast() + [5]
    let signature = try Secp256k1.sign(digest: digest, privateKey: digest)
    for (compact, recoveryID): ([UInt8], UInt8) in [
      (five + digest, 0), (signature.compact, 2), (signature.compact, 3),
      (signature.compact, 4), (signature.compact, 255),
    ] {
      #expect(throws: Secp256k1Error.notRecoverable) {
        try Secp256k1.recoverPublicKey(
          RecoverableSignature(compact: compact, recoveryID: recoveryID), digest: digest)
      }
    }
  }

  @Test func `what is no point of the curve verifies nothing`() throws {
    let digest = [UInt8](repeating: 1, count: 32)
    let signature = try Secp256k1.sign(digest: digest, privateKey: digest)
    let key = try Secp256k1.publicKey(privateKey: digest)
    let zero = [UInt8](repeating: 0, count: 32)
    let noPoints: [[UInt8]] = [
      [], [0], [4] + key.dropFirst(), [2] + zero.dropLast() + [5], key + [0],
    ]
    for publicKey in noPoints {
      #expect(!Secp256k1.verify(signature.compact, digest: digest, publicKey: publicKey))
    }
  }

  @Test func `a signature whose R stands for R plus the order recovers with an id above 1`() throws
  {
    // About half of all small R have a point with x = R + order.
    let digest = SHA256.hash(Array("wrapped".utf8))
    var found = 0
    for candidate: UInt8 in 1...20 {
      let compact = [UInt8](repeating: 0, count: 31) + [candidate] + digest
      for recoveryID: UInt8 in [2, 3] {
        let signature = RecoverableSignature(compact: compact, recoveryID: recoveryID)
        guard let key = try? Secp256k1.recoverPublicKey(signature, digest: digest) else {
          continue
        }
        found += 1
        #expect(Secp256k1.verify(compact, digest: digest, publicKey: key))
      }
    }
    #expect(found > 0)
  }

  private func subtract(_ small: [UInt8], from large: [UInt8]) -> [UInt8] {
    var result = large
    var borrow = 0
    for index in large.indices.reversed() {
      let difference = Int(large[index]) - Int(small[index]) - borrow
      borrow = difference < 0 ? 1 : 0
      result[index] = UInt8((difference + 256) & 255)
    }
    return result
  }
}
