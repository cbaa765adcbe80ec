import PurserConfig
import PurserCore
import Testing

@Suite struct YAMLTests {
  @Test(arguments: [
    ("version: 1\n\tlimits: {}", "2:1: not valid YAML: "),
    ("version: [1", "1:10: not valid YAML: while parsing a flow sequence, "),
    ("version: \"1", "1:10: not valid YAML: while scanning a quoted scalar"),
    ("version: 1\n  limits: {}", "2:9: not valid YAML: mapping values are not allowed"),
    ("a: *b", "1:4: not valid YAML: found undefined alias"),
    ("version: 1\nversion: 1", "1:1: \"version\" stands more than once in the same mapping"),
    ("version: 1\nservices: {a: {}, b: {}, a: {}}", "2:12: \"a\" stands more than once"),
    ("version: 1\n---\nversion: 1", "3:1: a second document (after `---`) is refused"),
    ("version: !!int 1", "1:10: tags (!name) are refused"),
    ("version: !x 1", "1:10: tags (!name) are refused"),
    ("!x {version: 1}", "1:1: tags (!name) are refused"),
    ("version: 1\n!x limits: {}", "2:1: tags (!name) are refused"),
    ("version: 1\n[limits]: {}", "2:1: a key must be a plain word"),
    ("version: 1\u{7}", "1:11: a control character (U+7)"),
    ("version: 1\n# \u{1b}[2J", "2:3: a control character (U+1B)"),
    ("version: 1\n# caf\u{e9}\u{85}", "2:7: a control character (U+85)"),
    ("version: 1\0", "1:11: a control character (U+0)"),
  ])
  func `what is not plain YAML is refused with its place`(text: String, expected: String) {
    let said = policyComplaint(text)
    #expect(said.count == 1)
    #expect(said.first?.hasPrefix(expected) == true, "\(said)")
  }

  @Test(arguments: [
    "a: &x 1", "&x a: 1", "a: [&x 1]", "a: {b: &x 1}", "a: {\"b\":&x 1}", "- &x",
    "# see &x", "a: 'b &x'", "a:\n  &x", "!t &x a", "--- &x a",
  ])
  func `an anchor is refused wherever it stands`(text: String) {
    #expect(
      policyComplaint(text).map { $0.drop { $0 != " " } } == [
        " anchors (&name) are refused, inside comments and quotes too; write the value out"
      ])
  }

  @Test(arguments: ["? a", "a: {? b: 1}", "[?a]", "- ? a", "?\n- a", "# why ?", "\t? a"])
  func `a question mark that could start a key is refused`(text: String) {
    let said = policyComplaint(text).first ?? ""
    #expect(
      said.drop { $0 != " " }
        == " a ? before a key is refused, inside comments and quotes too; a key is a plain word")
  }

  @Test func `an ampersand or a question mark inside a text is text`() {
    let said = policyComplaint(
      """
      version: 1 # research & development, R&D, why?
      services:
        a: {origins: [https://a.example], challenge_path: "/?a=&b=1&c=2&d"}
      """)
    #expect(said == [])
  }

  @Test(.timeLimit(.minutes(1))) func `aliases that would unfold without end are refused`() {
    var lines = ["a0: &a0 [x, x]"]
    for level in 1...64 {
      lines.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]")
    }
    lines.append("*a64 : 1")
    let said = policyComplaint(lines.joined(separator: "\n"))
    #expect(said.first?.hasPrefix("1:5: anchors") == true)
    #expect(said.last == "and 45 more")
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func `nesting without end is refused`(opening: String) {
    let said = policyComplaint(String(repeating: opening, count: 100_000))
    #expect(said.first?.contains("Maximum nesting level reached") == true, "\(said)")
  }

  @Test(arguments: [
    "{}", "1", "a", "~", "''", "[]", "a:", ":", "- ", "---", "...", "%YAML 1.1", "\"", "\u{feff}",
  ])
  func `a text too short to be a policy is refused`(text: String) {
    #expect(!policyComplaint(text).isEmpty)
  }

  @Test func `Windows line ends and a byte order mark are taken`() throws {
    let text = "\u{feff}version: 1\r\nlimits:\r\n  descendants: 5\r\n"
    #expect(try PolicyFile.parse(text, file: "p.yaml").descendants == 5)
    #expect(
      policyComplaint("version: 1\r\nlimits:\r\n  descendant: 5\r\n") == [
        "3:3: limits: unknown key \"descendant\"; did you mean \"descendants\"?"
      ])
  }

  @Test func `a list and a policy have bounds`() {
    let many = (0..<257).map { "c\($0)" }.joined(separator: ", ")
    #expect(
      policyComplaint(
        """
        version: 1
        services:
          a: {origins: [https://a.example], challenge_path: /, capabilities: [\(many)]}
        """) == ["3:70: services.a.capabilities: more than 256 entries"])
    let services = (0...4096).map { "  s\($0): {}" }.joined(separator: "\n")
    #expect(
      policyComplaint("version: 1\nservices:\n\(services)") == [
        "3:3: services: more than 4096 entries"
      ])
  }
}
