import PurserConfig
import PurserCore
import Testing

@Suite struct PolicyTestFileTests {
  private static let policy = """
    version: 1
    limits: {grant_spend: 10sat/1h, descendants: 2}
    services:
      a: {origins: [https://a.example], challenge_path: /, price_ceiling: 5sat, fee_limit: 1sat}
    claims:
      boss: {uid: 1, gid: 1, services: [a], spend: 8sat, depth: 1}
    """

  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let fault: String?
    var testDescription: String { text }
  }

  @Test(arguments: [
    Case(text: "service: a, amount: 5sat, expect: allow", fault: nil),
    Case(
      text: "service: a, amount: 6sat, expect: allow",
      fault: "expected allow, found deny by policy:price_ceiling: 'a' asks 6sat, above the "
        + "policy's price_ceiling 5sat"),
    Case(
      text: "service: a, amount: 5sat, expect: deny",
      fault: "expected deny, found allow"),
    Case(
      text: "service: b, amount: 5sat, expect: deny, rule: caveat:services",
      fault: "expected deny by caveat:services, found deny by policy:services: the policy has no "
        + "such service; it has: a"),
    // The hour's ceiling counts what was spent at any level; a price takes routing along.
    Case(
      text: "levels: [{spent: 2sat}, {spent: 3sat}], service: a, amount: 5sat, expect: deny, "
        + "rule: policy:grant_spend", fault: nil),
    Case(
      text: "levels: [{spent: 2sat}, {spent: 2sat}], service: a, amount: 5sat, expect: allow",
      fault: nil),
    Case(
      text: "claim: boss, levels: [{}, {}], amount: 1sat, expect: allow",
      fault: "it opens more levels than its depth caveat allows"),
    Case(
      text: "claim: bos, amount: 1sat, expect: allow", fault: "the policy has no claim \"bos\""),
    Case(
      text: "levels: [{}, {state: revoked}], amount: 1sat, expect: deny, rule: ledger:state",
      fault: nil),
  ])
  func `a case is decided by the policy, and a difference is told`(test: Case) throws {
    let text = "{version: 1, policy: p.yaml, cases: [{name: x, \(test.text)}]}"
    let file = try PolicyTestFile.parse(text, file: "t.yaml", directory: "/p", calendar: nil)
    let policy = try PolicyFile.parse(Self.policy, file: "p.yaml")
    let outcome = try #require(file.cases.first).run(
      under: policy, at: file.now, calendar: UTCDays())
    #expect(outcome.fault == test.fault)
  }

  @Test func `a mistake in a test is told with its place`() {
    let said = complaint { () throws(ConfigError) in
      _ = try PolicyTestFile.parse(
        """
        version: 1
        policy: p.yaml
        cases:
          - name: x
            expected: allow
            levels: [{spend: 1, spnet: 1sat}]
        """, file: "t.yaml", directory: "/p")
    }
    #expect(
      said == [
        "t.yaml:4:5: cases[0]: \"expect\" is missing",
        "t.yaml:5:5: cases[0]: unknown key \"expected\"; did you mean \"expect\"?",
        "t.yaml:6:22: cases[0].levels[0].spend: found \"1\"; expected \(PolicyClaimTests.limit)",
        "t.yaml:6:25: cases[0].levels[0]: unknown key \"spnet\"; did you mean \"spent\"?",
      ])
  }
}
