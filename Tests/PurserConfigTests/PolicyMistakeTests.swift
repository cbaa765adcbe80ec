import PurserConfig
import PurserCore
import Testing

@Suite struct PolicyMistakeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let expected: [String]
    var testDescription: String { text }

    init(_ text: String, _ expected: String...) {
      self.text = text
      self.expected = expected
    }

    /// A service `a` with two good keys and, from line 4 on, `keys`.
    static func service(_ keys: String, _ expected: String...) -> Case {
      let lines = keys.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
      let text = """
        version: 1
        services:
          a:
        \(lines)
            origins: [https://a.example]
            challenge_path: /
        """
      return Case(text: text, expected: expected)
    }

    init(text: String, expected: [String]) {
      self.text = text
      self.expected = expected
    }
  }

  static let amount = "an amount with its unit, such as 500sat, 250_000msat or 0.001btc"
  static let positive =
    "an amount above zero with its unit, such as 500sat, 250_000msat or 0.001btc"
  static let duration = "a duration from 1s to 3650d, such as 10m, 1h30m or 30d"
  static let name = "a name of 1 to 64 letters, digits, _ - . that starts with a letter or digit"
  static let key = "a node's public key: 66 hex digits that start with 02 or 03"

  @Test(arguments: [
    Case.service(
      "price_cieling: 1sat",
      "4:5: services.a: unknown key \"price_cieling\"; did you mean "
        + "\"price_ceiling\"?"),
    .service(
      "Fee-Limit: 1sat",
      "4:5: services.a: unknown key \"Fee-Limit\"; did you mean \"fee_limit\"?"),
    .service(
      "price: 1sat",
      "4:5: services.a: unknown key \"price\"; did you mean \"price_ceiling\"?"),
    .service(
      "zzz: 1",
      "4:5: services.a: unknown key \"zzz\"; expected origins, challenge_path, seller_name, "
        + "capabilities, seller_capabilities, payees, price_ceiling, fee_limit, approve_above, "
        + "charge, charge_price, roots, bring_challenges, invoices, schemes, caveats, hash_binding, "
        + "bare or "
        + "credential_lifetime"),
    Case("version: 1\nservice: {}", "2:1: unknown key \"service\"; did you mean \"services\"?"),
    Case(
      "version: 1\nlimits:\n  descendents: 5",
      "3:3: limits: unknown key \"descendents\"; did you mean \"descendants\"?"),
    Case(
      "version: 1\n<<: {}",
      "2:1: unknown key \"<<\"; expected version, limits, services or claims"),
  ])
  func `an unknown key is refused with the nearest one`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test(arguments: [
    Case.service(
      "price_ceiling: 100",
      "4:20: services.a.price_ceiling: found \"100\"; expected \(positive)"),
    .service(
      "price_ceiling: 0sat",
      "4:20: services.a.price_ceiling: found \"0sat\"; expected \(positive)"),
    .service("fee_limit: -1sat", "4:16: services.a.fee_limit: found \"-1sat\"; expected \(amount)"),
    .service("fee_limit: [1sat]", "4:16: services.a.fee_limit: found a list; expected \(amount)"),
    .service("fee_limit:", "4:15: services.a.fee_limit: there is no value; expected \(amount)"),
    .service("fee_limit: ~", "4:16: services.a.fee_limit: there is no value; expected \(amount)"),
    .service(
      "credential_lifetime: 10 minutes",
      "4:26: services.a.credential_lifetime: found \"10 minutes\"; expected \(duration)"),
    .service(
      "hash_binding: no",
      "4:19: services.a.hash_binding: found \"no\"; expected required or none"),
    .service("bare: true", "4:11: services.a.bare: found \"true\"; expected deny or allow"),
    .service(
      "caveats: [services, spend]",
      "4:25: services.a.caveats[1]: found \"spend\"; expected services, capabilities or "
        + "valid_until"),
    .service("caveats: services", "4:14: services.a.caveats: found \"services\"; expected a list"),
    .service(
      "capabilities: [a, 'b c', a]",
      "4:23: services.a.capabilities[1]: found \"b c\"; expected \(name)",
      "4:30: services.a.capabilities[2]: \"a\" stands more than once in the list"),
    .service("payees: [04abcd]", "4:14: services.a.payees[0]: found \"04abcd\"; expected \(key)"),
    .service(
      "payees: [05\(String(repeating: "ab", count: 32))]",
      "4:14: services.a.payees[0]: found \"05\(String(repeating: "ab", count: 32))\"; "
        + "expected \(key)"),
    .service("seller_name: ''", "4:18: services.a.seller_name: found \"\"; expected \(name)"),
    Case(
      "version: 1\nlimits: {descendants: \"5\"}",
      "2:23: limits.descendants: found \"5\"; expected a whole number from 1 to 1000000, without "
        + "quotes"),
    Case(
      "version: 1\nlimits: {descendants: 0x10}",
      "2:23: limits.descendants: found \"0x10\"; expected a whole number from 1 to 1000000, "
        + "without quotes"),
    Case("version: 1\nlimits: 30d", "2:9: limits: found \"30d\"; expected a mapping"),
    Case("version: 1\nservices:", "2:10: services: there is no value; expected a mapping"),
    Case("version: 1\nservices: [a]", "2:11: services: found a list; expected a mapping"),
    Case(
      "version: 1\nservices: {a: {}}", "2:15: services.a: \"origins\" is missing",
      "2:15: services.a: \"challenge_path\" is missing"),
    Case(
      "version: 1\nservices: {a: {origins: [], challenge_path: /}}",
      "2:25: services.a.origins: found an empty list; expected at least one origin"),
  ])
  func `a wrong value is refused with what is allowed`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test(arguments: [
    Case("services: {}", "1:1: \"version\" is missing"),
    Case(
      "version: 2\nsomething_new: {}",
      "1:10: version: version 2 of the format; this program reads 1"),
    Case(
      "version: '1'",
      "1:10: version: found \"1\"; expected a whole number from 1 to 9999, "
        + "without quotes"),
    Case(
      "version: 1.0",
      "1:10: version: found \"1.0\"; expected a whole number from 1 to 9999, "
        + "without quotes"),
    Case("", "1:1: found an empty file; expected a mapping"),
    Case("# nothing\n", "1:1: found an empty file; expected a mapping"),
    Case("- version", "1:1: found a list; expected a mapping"),
    Case("version", "1:1: found \"version\"; expected a mapping"),
  ])
  func `a file without a version that is read is refused`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test(arguments: [
    Case.service(
      "hash_binding: none",
      "4:19: services.a.hash_binding: `hash_binding: none` needs `payees` or a `price_ceiling`: "
        + "without them nothing binds what is paid to what is bought"),
    .service(
      "hash_binding: none\npayees: []",
      "4:19: services.a.hash_binding: `hash_binding: none` needs `payees` or a `price_ceiling`: "
        + "without them nothing binds what is paid to what is bought"),
    .service("hash_binding: none\nprice_ceiling: 1sat"),
    .service("hash_binding: none\npayees: [03\(String(repeating: "ab", count: 32))]"),
    .service(
      "hash_binding: none\nprice_ceiling: 1",
      "5:20: services.a.price_ceiling: found \"1\"; expected \(positive)"),
    .service(
      "caveats: []",
      "4:14: services.a.caveats: nothing could be handed out: the tokens carry no caveat "
        + "(`caveats: []`) and may not be given out without one; list a caveat, or say "
        + "`bare: allow`"),
    .service("caveats: []\nbare: allow"),
    .service(
      "invoices: allow",
      "4:15: services.a.invoices: `invoices: allow` needs `payees`: without them an agent could "
        + "have itself paid"),
    .service("invoices: allow\npayees: [03\(String(repeating: "ab", count: 32))]"),
    Case(
      """
      version: 1
      services:
        a: {invoices: allow, payees: [03\(String(repeating: "ab", count: 32))]}
      """),
    Case(
      """
      version: 1
      services:
        a: {invoices: allow, payees: [03\(String(repeating: "ab", count: 32))], challenge_path: /}
      """, "3:6: services.a: \"origins\" is missing"),
    Case(
      """
      version: 1
      services:
        Weather: {origins: [https://a.example], challenge_path: /}
        weather: {origins: [https://b.example], challenge_path: /}
        we ather: {origins: [https://c.example], challenge_path: /}
      """, "4:3: services: the id differs from \"Weather\" only in upper and lower case",
      "5:3: services: found \"we ather\"; expected \(name)"),
  ])
  func `rules over several keys say why`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test func `all mistakes are told at once in the order of their lines, at most twenty`() {
    let lines = (1...23).map { "  k\($0): 1" }.joined(separator: "\n")
    let said = policyComplaint("limits:\n\(lines)\nx: 1")
    #expect(said.count == 21)
    #expect(said.first == "1:1: \"version\" is missing")
    #expect(said.dropFirst().first?.hasPrefix("2:3: limits: unknown key \"k1\"") == true)
    #expect(said.last == "and 5 more")
  }

  @Test func `what is shown of a file cannot forge a line or reach a terminal`() {
    let long = String(repeating: "x", count: 500)
    let said = policyComplaint("version: 1\n\"a\\n\\e[31m\\u202Eb\": 1\n\(long): 1")
    #expect(
      said == [
        "2:1: unknown key \"a\\u{a}\\u{1b}[31m\\u{202e}b\"; expected version, limits, services or "
          + "claims",
        "3:1: unknown key \"\(long.prefix(80))…\"; expected version, limits, services or claims",
      ])
  }
}
