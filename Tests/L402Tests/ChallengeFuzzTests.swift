import L402
import LibCrypto
import Testing

@Suite struct ChallengeFuzzTests {
  static let fragments: [String] = [
    "L402", "LSAT", "Basic", "token", "macaroon", "invoice", "version", "=", "==", "\"", "\\",
    "'", ",", " ", "\t", "abc", "lnbc1", "Ag==", "é", "\u{0}", "\r\n", ";", ":", "/", "L402 token=",
    "\"x\"", ", invoice=\"lnbc1\"",
  ]

  @Test(arguments: UInt64(0)..<200)
  func `no input traps, and what is usable writes and reads back the same`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let length = Int.random(in: 0...24, using: &generator)
      let header = (0..<length)
        .map { _ in Self.fragments.randomElement(using: &generator) ?? "" }.joined()
      for challenge in ChallengeParser.challenges(inHeaders: [header]).compactMap(\.challenge) {
        let again = ChallengeParser.challenges(inHeaders: [challenge.headerValue()])
        #expect(again.first?.challenge?.tokenText == challenge.tokenText, "\(header)")
        #expect(again.first?.challenge?.invoice == challenge.invoice, "\(header)")
        #expect(again.first?.challenge?.scheme == challenge.scheme, "\(header)")
      }
    }
  }

  @Test(arguments: UInt64(0)..<50)
  func `a good header with bytes changed, cut or doubled never traps`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let good = try L402Challenge(macaroon: try Sample.macaroon(), invoice: Sample.invoice)
    for _ in 0..<40 {
      var bytes = Array(good.headerValue().utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(index...)
        case 2: bytes.insert(contentsOf: bytes[index...], at: index)
        default: bytes.remove(at: index)
        }
      }
      let header = String(decoding: bytes, as: UTF8.self)
      for challenge in ChallengeParser.challenges(inHeaders: [header]).compactMap(\.challenge) {
        #expect(!challenge.invoice.isEmpty && !challenge.tokenText.isEmpty)
      }
    }
  }

  /// Inputs that make backtracking readers quadratic.
  static let hostile: [String] = [
    "\"", "\\", "L402 ", "a ", "a=", "a=\"", "a=b,", "L402,", ",", " ", "=", "a", "'", "\\\"",
    "L402 a==",
    "L402 token=\"", "é",
  ]

  // The limit is far from what a linear reader needs, and far below what a quadratic one would.
  @Test(.timeLimit(.minutes(1)), arguments: hostile)
  func `input that makes backtracking readers quadratic is read to the end`(unit: String) {
    let header = String(repeating: unit, count: L402Limits.headerLength / unit.utf8.count)
    for _ in 0..<10 {
      let offers = ChallengeParser.challenges(inHeaders: [header])
      #expect(offers.allSatisfy { $0.challenge == nil })
    }
  }

  @Test func `a header of a mebibyte is refused without being read`() {
    let header = "L402 token=\"" + String(repeating: "a", count: 1 << 20)
    #expect(
      ChallengeParser.challenges(inHeaders: [header])
        == [.unreadable(.headerTooLong(length: header.utf8.count))])
  }
}
