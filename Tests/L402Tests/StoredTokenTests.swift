import LibCrypto
import Macaroons
import Testing

@testable import L402

@Suite struct StoredTokenTests {
  private static func token(
    _ format: MacaroonFormat = .v2, preimage: [UInt8]? = Sample.preimage
  ) throws -> StoredToken {
    try StoredToken(
      macaroon: try Sample.macaroon(), format: format, paymentHash: Sample.paymentHash,
      preimage: preimage, amountMsat: 1_000, feeMsat: 7,
      createdAtNanoseconds: 1_700_000_000_123_456_789)
  }

  @Test func `a file has the fields one after the other, big endian`() throws {
    let macaroon = try Sample.macaroon().serialized(.v2)
    let file = try Self.token().encoded()
    let expected =
      "000000\(Hex.encode([UInt8(macaroon.count)]))" + Hex.encode(macaroon)
      + Hex.encode(Sample.paymentHash) + Hex.encode(Sample.preimage) + "00000000000003e8"
      + "0000000000000007" + "17979cfe3d85cd15"
    #expect(Hex.encode(file) == expected)
  }

  @Test func `a token that is not paid has a preimage of zeros`() throws {
    let file = try Self.token(preimage: nil).encoded()
    #expect(Array(file.suffix(56).prefix(32)) == [UInt8](repeating: 0, count: 32))
    #expect(try StoredToken(decoding: file).preimage == nil)
    #expect(throws: StoredTokenError.badHash) {
      try Self.token(preimage: [UInt8](repeating: 0, count: 32))
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `a token comes back as it went`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var macaroon = try Macaroon(
      rootKey: generator.bytes(32), identifier: generator.bytes(Int(seed) % 100 + 1),
      location: Array("shop".utf8))
    for _ in 0..<Int(seed) % 4 { macaroon = try macaroon.appending(generator.bytes(20)) }
    let token = try StoredToken(
      macaroon: macaroon, format: seed.isMultiple(of: 2) ? .v1 : .v2,
      paymentHash: generator.bytes(32),
      preimage: seed.isMultiple(of: 3) ? nil : generator.bytes(32), amountMsat: generator.next(),
      feeMsat: generator.next(), createdAtNanoseconds: Int64(bitPattern: generator.next()))
    let file = try token.encoded()
    #expect(try StoredToken(decoding: file) == token, "seed \(seed)")
    #expect(try StoredToken(decoding: file).encoded() == file, "seed \(seed)")
  }

  private static func malformed() throws -> [(String, [UInt8], StoredTokenError)] {
    let file = try token().encoded()
    let length = file.count - StoredToken.fixedLength
    let rest = Array(file.suffix(88))
    let json = try Sample.macaroon().serialized(.v2JSON)
    return [
      ("nothing", [], .truncated), ("a length alone", [0, 0, 0, 1], .truncated),
      ("one byte short", Array(file.dropLast()), .truncated),
      ("one byte more", file + [0], .trailingBytes),
      ("no macaroon", [0, 0, 0, 0] + rest, .macaroonLength(0)),
      ("four gigabytes", [255, 255, 255, 255] + file.dropFirst(4), .macaroonLength(4_294_967_295)),
      ("a length beyond the end", [0, 0, 255, 255] + file.dropFirst(4), .truncated),
      ("a byte for a macaroon", [0, 0, 0, 1, 7] + rest, .notBinaryMacaroon),
      (
        "JSON", [0, 0, UInt8(json.count >> 8), UInt8(json.count & 255)] + json + rest,
        .notBinaryMacaroon
      ),
      (
        "half a macaroon",
        [0, 0, 0, UInt8(length / 2)] + file[4..<4 + length / 2] + rest, .badMacaroon(.truncated)
      ),
    ]
  }

  @Test func `a file that is damaged is refused`() throws {
    for (name, file, error) in try Self.malformed() {
      #expect(throws: error, "\(name)") { try StoredToken(decoding: file) }
    }
  }

  @Test(arguments: 0..<500 as Range<UInt64>)
  func `a file with changed bytes is refused or read, and never traps`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var file = try Self.token().encoded()
    for _ in 0..<4 {
      file[Int.random(in: 0..<file.count, using: &generator)] = generator.bytes(1)[0]
    }
    if seed.isMultiple(of: 5) { file.removeLast(Int.random(in: 0..<file.count, using: &generator)) }
    guard let token = try? StoredToken(decoding: file) else { return }
    #expect(try StoredToken(decoding: try token.encoded()) == token, "seed \(seed)")
  }

  @Test func `a token shows no secret`() throws {
    #expect("\(try Self.token())" == "a paid token")
    #expect("\(try Self.token(preimage: nil))" == "a token to be paid")
  }
}
