import LibCrypto
import Macaroons
import PurserCore
import Testing

@Suite struct GrantTokenTests {
  let keyring: Keyring
  let grantID: NodeID

  init() throws {
    keyring = try #require(
      Keyring(keys: [1: Array(repeating: 7, count: 32), 2: Array(0..<32)], currentKeyID: 2))
    grantID = try #require(NodeID(hex: "000102030405060708090a0b0c0d0e0f"))
  }

  private func mint(_ caveats: [GrantCaveat] = []) throws -> GrantToken {
    try GrantToken.mint(grantID: grantID, caveats: caveats, keyring: keyring)
  }

  private func chain(_ token: GrantToken) throws -> GrantChain {
    try GrantChain(verifying: token, keyring: keyring)
  }

  @Test func `the root key is HKDF of the master key over purser/grant and the identifier`() throws
  {
    let token = try mint([.depth(3)])
    let identifier = [1, 0, 0, 0, 0, 0, 0, 0, 2] + grantID.bytes
    #expect(token.macaroon.identifier == identifier)
    #expect(token.macaroon.location == Array("purser".utf8))
    let rootKey = HKDFSHA256.deriveKey(
      inputKey: Array(0..<32), info: Array("purser/grant".utf8) + identifier)
    // What any macaroon library does with that root key gives the same signature.
    let plain = try Macaroon(
      rootKey: rootKey, identifier: identifier, location: Array("purser".utf8)
    ).attenuated(with: "depth=3")
    #expect(plain == token.macaroon)
  }

  @Test func `a token reads back from its text`() throws {
    let token = try mint([.name("top"), .spend(.max)])
    #expect(token.text.hasPrefix("purser1_"))
    #expect(try GrantToken(parsing: token.text) == token)
  }

  @Test func `the node of a level is made from the signature right after its grant caveat`() throws
  {
    let opening = try mint().attenuated(with: [.grant(Array(repeating: 9, count: 16))])
    let narrowed = try opening.attenuated(with: [.spend(.max), .name("x")])
    let expected = NodeID(
      bytes: SHA256.hash(Array("purser/node".utf8) + opening.macaroon.signature).prefix(16))
    #expect(try chain(opening).node == expected)
    #expect(try chain(narrowed).node == expected)
    #expect(try chain(narrowed).topNode == grantID)
    #expect(try chain(narrowed).levels.count == 2)
  }

  @Test func `siblings with equal caveats have different nodes`() throws {
    let parent = try mint()
    let nodes = try (0..<20).map { _ in
      try chain(parent.attenuated(with: [.grant(randomBytes(16)), .spend(.max)])).node
    }
    #expect(Set(nodes).count == 20)
  }

  @Test func `the top-level node is the same whatever key signed it`() throws {
    let old = try #require(Keyring(keys: [1: Array(repeating: 7, count: 32)], currentKeyID: 1))
    let token = try GrantToken.mint(grantID: grantID, caveats: [], keyring: old)
    #expect(try chain(token).node == grantID)
    #expect(try chain(mint()).node == grantID)
  }

  @Test func `every caveat of a level holds at once, never the last one`() throws {
    let token = try mint([
      .spend(try #require(Msat(100))), .spend(try #require(Msat(900))),
      .spend(try #require(Msat(50))), .services(["a", "b"]), .services(["b", "c"]),
      .validUntil(500), .validUntil(900),
    ])
    let level = try chain(token).holder
    #expect(level.spendLimit == Msat(50))
    #expect(level.services == ["b"])
    #expect(level.validUntilSeconds == 500)
  }

  @Test func `a changed bit anywhere refuses the token`() throws {
    let token = try mint([.spend(.max)]).attenuated(with: [.grant(randomBytes(16)), .depth(1)])
    let bytes = try token.macaroon.serialized(.v2)
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        let text = GrantToken.prefix + Base64.encode(changed, .urlUnpadded)
        guard let parsed = try? GrantToken(parsing: text) else { continue }
        #expect(throws: GrantTokenError.self) { try chain(parsed) }
      }
    }
  }

  @Test func `a token cut anywhere is refused`() throws {
    let text = try mint([.spend(.max)]).text
    for length in 0..<text.count {
      #expect(throws: GrantTokenError.self) {
        try chain(GrantToken(parsing: String(text.prefix(length))))
      }
    }
  }

  @Test func `a token in another spelling, or with a trailing byte, is refused`() throws {
    let token = try mint()
    let bytes = try token.macaroon.serialized(.v2)
    for text in [
      String(token.text.dropFirst(8)), token.text.uppercased(), token.text + "=",
      " " + token.text, token.text + "\n", GrantToken.prefix + Hex.encode(bytes),
      GrantToken.prefix + Base64.encode(try token.macaroon.serialized(.v1), .urlUnpadded),
      GrantToken.prefix + Base64.encode(bytes + [0], .urlUnpadded),
    ] {
      #expect(throws: GrantTokenError.malformed, "\(text)") { try GrantToken(parsing: text) }
    }
  }

  @Test func `a token of another daemon, or of a key that is gone, is refused`() throws {
    let other = try #require(Keyring(keys: [2: randomBytes(32)], currentKeyID: 2))
    let foreign = try GrantToken.mint(grantID: grantID, caveats: [], keyring: other)
    #expect(throws: GrantTokenError.badSignature) { try chain(foreign) }
    let numbered = try #require(Keyring(keys: [9: randomBytes(32)], currentKeyID: 9))
    let retired = try GrantToken.mint(grantID: grantID, caveats: [], keyring: numbered)
    #expect(throws: GrantTokenError.unknownKey) { try chain(retired) }
    let stranger = try Macaroon(rootKey: [1], identifier: Array("hello".utf8))
    #expect(throws: GrantTokenError.unknownKey) { try chain(GrantToken(stranger)) }
  }

  @Test func `a caveat that nobody knows refuses the token and is named by its place`() throws {
    let token = GrantToken(try mint([.depth(1)]).macaroon.attenuated(with: "color=red"))
    #expect(throws: GrantTokenError.caveat(index: 1, .unknownCondition("color"))) {
      try chain(token)
    }
  }

  @Test func `depth counts the levels below, for every level that states one`() throws {
    let leaf = try mint([.depth(2)]).attenuated(with: [.grant(randomBytes(16)), .depth(5)])
      .attenuated(with: [.grant(randomBytes(16))])
    #expect(try chain(leaf).remainingDepth == 0)
    let tooDeep = try leaf.attenuated(with: [.grant(randomBytes(16))])
    #expect(throws: GrantTokenError.tooDeep) { try chain(tooDeep) }
    let frozenDepth = try mint([.depth(0)]).attenuated(with: [.grant(randomBytes(16))])
    #expect(throws: GrantTokenError.tooDeep) { try chain(frozenDepth) }
  }

  @Test func `a token is at most as long as what is read`() throws {
    // A caveat of 47 bytes adds 50 to the token, and so at most 67 symbols to its text.
    var token = try mint()
    let level = GrantCaveat.services([String(repeating: "s", count: 38)])
    while let longer = try? token.attenuated(with: [level]) { token = longer }
    #expect(token.text.utf8.count > GrantToken.maximumLength - 68)
    for length in 1...64 {
      let name = GrantCaveat.name(String(repeating: "n", count: length))
      guard let longer = try? token.attenuated(with: [name]) else {
        let whole = GrantToken(try token.macaroon.attenuated(with: name.text))
        #expect(whole.text.utf8.count > GrantToken.maximumLength)
        #expect(throws: GrantTokenError.tooLong) { try GrantToken(parsing: whole.text) }
        continue
      }
      #expect(longer.text.utf8.count <= GrantToken.maximumLength)
      #expect(try GrantToken(parsing: longer.text) == longer)
    }
  }

  @Test func `a chain has at most 32 levels`() throws {
    var token = try mint()
    for _ in 0..<31 { token = try token.attenuated(with: [.grant(randomBytes(16))]) }
    #expect(try chain(token).levels.count == 32)
    let deeper = try token.attenuated(with: [.grant(randomBytes(16))])
    #expect(throws: GrantTokenError.tooDeep) { try chain(deeper) }
  }
}

@Suite struct SecretPrintingTests {
  @Test func `neither a keyring nor a token shows its secret when it is printed or dumped`() throws
  {
    let key = Array(UInt8(100)..<132)
    let keyring = try #require(Keyring(keys: [1: key], currentKeyID: 1))
    let top = try #require(NodeID(bytes: Array(repeating: 3, count: 16)))
    let token = try GrantToken.mint(grantID: top, caveats: [], keyring: keyring)
    struct Holder { let keyring: Keyring, token: GrantToken }
    let holder = Holder(keyring: keyring, token: token)
    var dumped = ""
    dump(holder, to: &dumped)
    for text in ["\(holder)", String(reflecting: holder), dumped] {
      #expect(!text.contains("100, 101"))
      #expect(!text.contains("\(token.macaroon.signature[0]), \(token.macaroon.signature[1])"))
    }
  }
}

@Suite struct AuthorityTests {
  /// A small deterministic generator (SplitMix64), so that a failing seed replays.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  static let names = ["a", "b", "c", "d"]

  static func randomCaveat(_ random: inout Seeded) -> GrantCaveat {
    let names = Self.names.filter { _ in Bool.random(using: &random) }
    return switch Int.random(in: 0..<6, using: &random) {
    case 0: .spend(Msat(UInt64.random(in: 0...1000, using: &random)) ?? .zero)
    case 1: .payment(Msat(UInt64.random(in: 0...1000, using: &random)) ?? .zero)
    case 2: .services(names)
    case 3: .capabilities(service: Self.names.randomElement(using: &random) ?? "a", names)
    case 4: .validUntil(UInt64.random(in: 0...1000, using: &random))
    default: .grant((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
  }

  /// The plain evaluation: every caveat of the token, whatever its level, must allow the use.
  static func allows(_ caveats: [GrantCaveat], service: String, capability: String, at now: UInt64)
    -> Bool
  {
    caveats.allSatisfy { caveat in
      switch caveat {
      case .services(let names): names.contains(service)
      case .capabilities(service, let names): names.contains(capability)
      case .validUntil(let end): now < end
      default: true
      }
    }
  }

  @Test(arguments: 0..<300)
  func `a chain allows what all its caveats allow, and never more than the chain before`(
    seed: UInt64
  ) throws {
    var random = Seeded(state: seed)
    let keyring = try #require(Keyring(keys: [0: Array(0..<32)], currentKeyID: 0))
    let top = try #require(NodeID(bytes: Array(repeating: 3, count: 16)))
    var token = try GrantToken.mint(grantID: top, caveats: [], keyring: keyring)
    var caveats: [GrantCaveat] = []
    var previous = try GrantChain(verifying: token, keyring: keyring)
    for _ in 0..<20 {
      let caveat = Self.randomCaveat(&random)
      caveats.append(caveat)
      token = try token.attenuated(with: [caveat])
      let chain = try GrantChain(verifying: token, keyring: keyring)
      #expect((chain.paymentLimit ?? .max) <= (previous.paymentLimit ?? .max))
      for now in [0, 250, 500, 999] as [UInt64] {
        let isOver = chain.expiredNode(at: Timestamp(seconds: now)) != nil
        for service in Self.names {
          #expect(!chain.allows(service: service) || previous.allows(service: service))
          for capability in Self.names {
            let allowed =
              !isOver && chain.allows(service: service)
              && chain.capabilities(of: service)?.contains(capability) ?? true
            #expect(
              allowed
                == Self.allows(caveats, service: service, capability: capability, at: now),
              "seed \(seed)")
          }
        }
      }
      previous = chain
    }
  }
}
