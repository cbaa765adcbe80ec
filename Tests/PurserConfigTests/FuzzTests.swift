import L402
import PurserConfig
import PurserCore
import Testing

@Suite struct FuzzTests {
  /// Pieces that matter to YAML or to us.
  private static let pieces = [
    "\n", " ", "  ", "\t", ":", ": ", "- ", "? ", "[", "]", "{", "}", ",", "#", "&a", "*a", "!",
    "!!str ", "|", ">", "|2-", "'", "\"", "\\", "\\x", "\\ud800", "%", "@", "`", "---", "...", "<<",
    "~", "null", "no", "0", "9999999999999999999999", "1e9", "sat", "d", "\r", "\u{85}", "\u{2028}",
    "\u{feff}", "\u{fffe}", "\u{10ffff}", "\u{1f600}", "é", "\0", "version", "services", "origins",
  ]

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `a policy or configuration that was tampered with is read or refused`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let configuration = Starter.configuration(
      Configuration(
        dataDirectory: "/d", agentSocket: "/a/p.sock", operatorSocket: "/o/p.sock",
        keyFile: "/k", auditKeyFile: "/q", policyFile: "/p", network: .regtest,
        wallet: .lnbits(LNbitsConfiguration(origin: "https://a.example", adminKeyFile: "/k"))))
    for round in 0..<50 {
      let policy = Self.mutated(Starter.policy.replacing("#", with: ""), &random)
      let settings = Self.mutated(configuration, &random)
      for said in [policyComplaint(policy), configurationComplaint(settings)] {
        #expect(said.count <= 21, "seed \(seed) round \(round)")
        #expect(said.allSatisfy { $0.utf8.count < 1000 }, "seed \(seed) round \(round)")
      }
    }
  }

  private static func mutated(_ text: String, _ random: inout SeededGenerator) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let start = Int.random(in: 0...scalars.count, using: &random)
      let end = min(scalars.count, start + Int.random(in: 0...8, using: &random))
      let piece = pieces.randomElement(using: &random) ?? ""
      switch Int.random(in: 0..<4, using: &random) {
      case 0: scalars.removeSubrange(start..<end)
      case 1: scalars.insert(contentsOf: piece.unicodeScalars, at: start)
      case 2: scalars.replaceSubrange(start..<end, with: piece.unicodeScalars)
      default: scalars.insert(contentsOf: scalars[start..<end], at: start)
      }
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
  }
}
