import L402
import LibCrypto
import Macaroons

/// SplitMix64: the same seed gives the same inputs.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}

enum Sample {
  static let preimage = [UInt8](repeating: 7, count: 32)
  static let paymentHash = SHA256.hash(preimage)
  static let tokenID = [UInt8](repeating: 9, count: 32)
  static let rootKey = [UInt8](repeating: 5, count: 32)
  static let invoice = "lnbc20n1pexampleinvoice"

  static func identifier() throws -> L402Identifier {
    try L402Identifier(paymentHash: paymentHash, tokenID: tokenID)
  }

  static func macaroon(_ caveats: [String] = ["services=data:0"]) throws -> Macaroon {
    var macaroon = try Macaroon(
      rootKey: rootKey, identifier: try identifier().encoded, location: Array("lsat".utf8))
    for caveat in caveats { macaroon = try macaroon.attenuated(with: caveat) }
    return macaroon
  }

  static func token(_ format: MacaroonFormat = .v2) throws -> L402Token {
    .macaroon(try macaroon(), format)
  }

  /// The sample macaroon as text in standard base64.
  static func text() throws -> String { Base64.encode(try macaroon().serialized(.v2), .standard) }

  static let seller = L402Seller(location: "lsat") { _ in rootKey }
}
