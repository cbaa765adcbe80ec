import LibCrypto
import Macaroons
import Testing

@Suite struct ChainTests {
  let rootKey = Samples.rootKey

  // The values of the README of libmacaroons.
  @Test func `the signatures are the published ones`() throws {
    let minted = try Macaroon(
      rootKey: Array("this is our super secret key; only we should know it".utf8),
      identifier: Array("we used our secret key".utf8), location: Array("http://mybank/".utf8))
    #expect(
      Hex.encode(minted.signature)
        == "e3d9e02908526c4c0039ae15114115d97fdd68bf2ba379b342aaf0f617d0552f")
    #expect(
      Hex.encode(try minted.attenuated(with: "test = caveat").signature)
        == "197bac7a044af33332865b9266e26d493bdd668a660e44d88ce1a998c23dbd67")
  }

  @Test func `appending leaves the macaroon as it was and needs no key`() throws {
    let original = try Samples.macaroon()
    let narrowed = try original.attenuated(with: "more = 1")
    #expect(original.caveats.count == 2)
    #expect(narrowed.caveats.dropLast() == original.caveats[...])
    #expect(narrowed.caveats.last?.condition == Array("more = 1".utf8)[...])
    #expect(narrowed.signature != original.signature)
    #expect(try narrowed.verifySignature(rootKey: rootKey).last == narrowed.signature)
  }

  @Test func `appending in place is the same as appending to a copy, whoever else has the bytes`()
    throws
  {
    for seed in UInt64(1)...100 {
      var source = SeededGenerator(seed: seed)
      var inPlace = try source.macaroon(rootKey: rootKey)
      let original = inPlace
      var copied = try Macaroon(parsing: original.serialized(.v2))
      for _ in 0..<8 {
        let condition = source.bytes(0..<400)
        try inPlace.attenuate(with: condition)
        copied = try copied.attenuated(with: condition)
        #expect(inPlace == copied, "seed \(seed)")
      }
      try inPlace.verify(rootKey: rootKey) { _ in true }
      #expect(original.caveats == Array(inPlace.caveats.dropLast(8)), "seed \(seed)")
      try original.verify(rootKey: rootKey) { _ in true }
    }
  }

  @Test func `a caveat that does not fit leaves the macaroon as it was`() throws {
    var macaroon = try Samples.macaroon()
    let before = macaroon
    #expect(throws: MacaroonError.fieldTooLong) {
      try macaroon.attenuate(with: [UInt8](repeating: 1, count: MacaroonLimits.fieldBytes + 1))
    }
    #expect(macaroon == before)
    try macaroon.verify(rootKey: rootKey) { _ in true }
  }

  @Test func `verifying returns the signature right after each caveat`() throws {
    var macaroon = try Macaroon(rootKey: rootKey, identifier: [1])
    var expected: [[UInt8]] = []
    #expect(try macaroon.verifySignature(rootKey: rootKey).isEmpty)
    for number in 0..<5 {
      macaroon = try macaroon.attenuated(with: "n = \(number)")
      expected.append(macaroon.signature)
      #expect(try Array(macaroon.verifySignature(rootKey: rootKey)) == expected)
    }
  }

  @Test func `every caveat must be allowed, and the first that is not is named`() throws {
    let macaroon = try Samples.macaroon()
    try macaroon.verify(rootKey: rootKey) { _ in true }
    #expect(throws: MacaroonError.caveatRefused(1)) {
      try macaroon.verify(rootKey: rootKey) { $0 == Array("account = 1".utf8)[...] }
    }
    #expect(throws: MacaroonError.caveatRefused(0)) {
      try macaroon.verify(rootKey: rootKey) { _ in false }
    }
  }

  @Test func `another root key is refused before any caveat is looked at`() throws {
    let macaroon = try Samples.macaroon()
    for key in [[], Array("this is the kez".utf8), rootKey + [0x21]] {
      #expect(throws: MacaroonError.wrongSignature) {
        try macaroon.verify(rootKey: key) { _ in
          Issue.record("a caveat of a foreign macaroon was looked at")
          return true
        }
      }
    }
  }

  @Test func `a third party's caveat is refused, and the signature is checked first`() throws {
    let forged = try Macaroon(parsingText: Samples.thirdPartyJSON)
    #expect(forged.caveats.map(\.isThirdParty) == [false, true])
    #expect(throws: MacaroonError.wrongSignature) { try forged.verifySignature(rootKey: rootKey) }
  }

  @Test func `the location is a hint that no signature covers`() throws {
    let here = try Macaroon(rootKey: rootKey, identifier: [1], location: [2])
    let there = try Macaroon(rootKey: rootKey, identifier: [1], location: [3])
    #expect(here.signature == there.signature)
    #expect(here != there)
  }
}

@Suite struct LimitTests {
  private func macaroon() throws -> Macaroon {
    try Macaroon(rootKey: [1], identifier: [2])
  }

  private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x61, count: count) }

  @Test func `a field may be as long as the limit and no longer`() throws {
    let limit = MacaroonLimits.fieldBytes
    #expect(try macaroon().attenuated(with: bytes(limit)).caveats.count == 1)
    #expect(throws: MacaroonError.fieldTooLong) {
      try macaroon().attenuated(with: bytes(limit + 1))
    }
    #expect(throws: MacaroonError.fieldTooLong) {
      try Macaroon(rootKey: [1], identifier: bytes(limit + 1))
    }
    #expect(throws: MacaroonError.fieldTooLong) {
      try Macaroon(rootKey: [1], identifier: [], location: bytes(limit + 1))
    }
  }

  @Test func `all fields together are bounded`() throws {
    var macaroon = try macaroon()
    for _ in 0..<4 { macaroon = try macaroon.attenuated(with: bytes(65_000)) }
    let room = MacaroonLimits.totalBytes - 4 * 65_000 - 1
    #expect(throws: MacaroonError.totalTooLong) {
      try macaroon.attenuated(with: bytes(room + 1))
    }
    let full = try macaroon.attenuated(with: bytes(room))
    for format in [MacaroonFormat.v2, .v2JSON] {
      #expect(try Macaroon(parsing: full.serialized(format)) == full)
    }
  }

  @Test func `the number of caveats is bounded, appended or parsed`() throws {
    var macaroon = try macaroon()
    for _ in 0..<MacaroonLimits.caveats { macaroon = try macaroon.attenuated(with: "") }
    #expect(throws: MacaroonError.tooManyCaveats) { try macaroon.attenuated(with: "") }
    var v2 = try macaroon.serialized(.v2)
    #expect(try Macaroon(parsing: v2) == macaroon)
    v2.insert(contentsOf: [2, 0, 0], at: v2.count - 35)
    #expect(throws: MacaroonError.tooManyCaveats) { try Macaroon(parsing: v2) }
    var v1 = try macaroon.serialized(.v1)
    v1.insert(contentsOf: Array("0009cid \n".utf8), at: v1.count - 47)
    #expect(throws: MacaroonError.tooManyCaveats) { try Macaroon(parsing: v1) }
    let json = try macaroon.text(.v2JSON).replacing("],", with: #",{"i":""}],"#)
    #expect(throws: MacaroonError.tooManyCaveats) { try Macaroon(parsingText: json) }
  }

  @Test func `input over the limit is refused before it is read`() {
    let long = [UInt8](repeating: 0x30, count: MacaroonLimits.inputBytes + 1)
    #expect(throws: MacaroonError.inputTooLong) { try Macaroon(parsing: long) }
    #expect(throws: MacaroonError.inputTooLong) {
      try Macaroon(parsingText: String(decoding: long, as: UTF8.self))
    }
  }

  @Test func `a field that no V1 packet can hold is not written as V1`() throws {
    // The packet is four digits of length, the name, a space, the value and a newline.
    let longest = 0xffff - 4 - "cid".utf8.count - 2
    let fits = try macaroon().attenuated(with: bytes(longest))
    #expect(try Macaroon(parsing: fits.serialized(.v1)) == fits)
    let over = try macaroon().attenuated(with: bytes(longest + 1))
    #expect(throws: MacaroonError.fieldTooLong) { try over.serialized(.v1) }
    #expect(try Macaroon(parsing: over.serialized(.v2)) == over)
  }
}
