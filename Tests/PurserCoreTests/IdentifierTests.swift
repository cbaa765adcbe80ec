import LibCrypto
import PurserCore
import Testing

@Suite struct IdentifierTests {
  @Test func `an identifier reads back from its bytes and from its digits`() throws {
    for _ in 0..<100 {
      let bytes = randomBytes(16)
      let node = try #require(NodeID(bytes: bytes))
      #expect(node.bytes == bytes)
      #expect(node.hex == Hex.encode(bytes))
      #expect(NodeID(hex: node.hex) == node)
      #expect(NodeID(hex: "<\(node.hex)>".dropFirst().dropLast()) == node)
      #expect(NodeID(bytes: ([0] + bytes).dropFirst()) == node)
      var text = Array("at ".utf8)
      node.appendHex(to: &text)
      #expect(text == Array("at \(node.hex)".utf8))
    }
  }

  @Test func `identifiers are in the order of their bytes`() throws {
    for _ in 0..<100 {
      let (left, right) = (randomBytes(16), randomBytes(16))
      let isBefore = try #require(NodeID(bytes: left)) < #require(NodeID(bytes: right))
      #expect(isBefore == left.lexicographicallyPrecedes(right))
    }
  }

  @Test(arguments: [
    "", "00", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0f0",
    "000102030405060708090A0b0c0d0e0f", "000102030405060708090a0b0c0d0e0g",
    "+00102030405060708090a0b0c0d0e0f", " 00102030405060708090a0b0c0d0e0f",
    "000102030405060708090a0b0c0d0e\u{e9}",
  ])
  func `anything but 32 lower-case hex digits is no identifier`(text: String) {
    #expect(NodeID(hex: text) == nil)
  }

  @Test(arguments: [0, 15, 17])
  func `bytes of another number are no identifier`(count: Int) {
    #expect(NodeID(bytes: [UInt8](repeating: 0, count: count)) == nil)
  }
}
