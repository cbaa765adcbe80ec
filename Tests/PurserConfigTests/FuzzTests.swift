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

  private static let claims = """
    version: 1
    limits: {grant_spend: [9sat, 5sat/1h], grant_payment: 4sat, valid_until: 2027-01-31T18:30:05Z}
    services:
      weather: {origins: [https://a.example], challenge_path: /, capabilities: [x], roots: shared}
    claims:
      boss: {uid: 1, cgroup: /a/b, spend: 7sat/day@Europe/Paris, calls: 100/1m, services: [weather]}
    """
  private static let cases = """
    version: 1
    policy: p.yaml
    now: 2026-06-01
    cases:
      - {name: a, claim: boss, levels: [{spend: 1sat, spent: 2sat, state: frozen}], expect: deny}
      - {name: b, service: weather, amount: 5sat, brought: true, expect: allow, rule: x}
    """

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `claims and tests that were tampered with are read, or decided, or refused`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let policy = try PolicyFile.parse(Self.claims, file: "p.yaml")
    for round in 0..<50 {
      let said = policyComplaint(Self.mutated(Self.claims, &random))
      #expect(said.count <= 21, "seed \(seed) round \(round)")
      let text = Self.mutated(Self.cases, &random)
      guard
        let file = try? PolicyTestFile.parse(
          text, file: "t.yaml", directory: "/", calendar: UTCDays())
      else { continue }
      for policyCase in file.cases {
        let outcome = policyCase.run(under: policy, at: file.now, calendar: UTCDays())
        #expect(outcome.fault.map { $0.utf8.count < 1000 } ?? true, "seed \(seed) round \(round)")
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
