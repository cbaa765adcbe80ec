import LibCrypto
import Macaroons

/// Macaroons and random bytes that several suites use.
enum Samples {
  static let rootKey = Array("this is the key".utf8)

  static func macaroon() throws -> Macaroon {
    try Macaroon(
      rootKey: rootKey, identifier: Array("keyid".utf8), location: Array("http://example.org/".utf8)
    ).attenuated(with: "account = 1").attenuated(with: "user = alice")
  }

  /// V2 JSON of a macaroon whose second caveat is a third party's.
  static let thirdPartyJSON =
    #"{"v":2,"i":"keyid","c":[{"i":"a = 1"},{"i":"id","l":"there","v64":"AAEC_w"}],"#
    + #""s64":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
}

/// A small generator whose whole sequence follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  mutating func bytes(_ lengths: Range<Int>) -> [UInt8] {
    (0..<Int.random(in: lengths, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// A macaroon with random fields of every kind that can be made without a peer.
  mutating func macaroon(rootKey: [UInt8]) throws -> Macaroon {
    var macaroon = try Macaroon(
      rootKey: rootKey, identifier: bytes(0..<200), location: bytes(0..<40))
    for _ in 0..<Int.random(in: 0..<7, using: &self) {
      let condition = Bool.random(using: &self) ? bytes(0..<300) : Array("a\"\\\n = é".utf8)
      macaroon = try macaroon.attenuated(with: condition)
    }
    return macaroon
  }
}
