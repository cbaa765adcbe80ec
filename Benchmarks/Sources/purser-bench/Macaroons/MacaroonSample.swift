internal import Macaroons

/// What every library works on: a key, an identifier and five caveats as a grant token has them.
struct MacaroonSample {
  let key = (0..<32).map { UInt8($0 * 7 + 3) }
  /// As long as a grant's.
  let identifier = [1] + [UInt8](repeating: 0, count: 7) + (1...17).map { UInt8($0 * 11) }
  let location = Array("purser".utf8)
  let caveats = [
    "grant=0123456789abcdef0123456789abcdef", "spend_msat=250000",
    "services=weather,market-data", "valid_until=1795465751", "name=worker-17",
  ].map { Array($0.utf8) }

  /// The arguments of a peer; `peers/macaroons/PROTOCOL.md`.
  var arguments: [String] { ([key, identifier, location] + caveats).map(Self.hex) }

  func minted(caveats count: Int) throws -> Macaroon {
    var macaroon = try Macaroon(rootKey: key, identifier: identifier, location: location)
    for caveat in caveats.prefix(count) { try macaroon.attenuate(with: caveat) }
    return macaroon
  }

  func attenuated(_ macaroon: Macaroon) throws -> Macaroon {
    var macaroon = macaroon
    for caveat in caveats.suffix(3) { try macaroon.attenuate(with: caveat) }
    return macaroon
  }

  func verify(_ macaroon: Macaroon) throws {
    try macaroon.verify(rootKey: key) { condition in caveats.contains { $0[...] == condition } }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The bytes that hex digits spell; anything else is left out.
  static func bytes(hex: Substring) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }
}
