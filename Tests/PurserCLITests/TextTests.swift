import FoundationEssentials
import PurserAPI
import PurserCore
import Testing

@testable import purser

@Suite struct TextTests {
  @Test func `a table's text starts below its heading and its numbers end there`() {
    var table = TextTable(.number("COST"), .text("STATE"), .text("NAME"))
    table.add("5sat", "active", "a")
    table.add("1234sat", "frozen", "a longer name")
    #expect(
      table.lines(whenEmpty: "none") == [
        "   COST  STATE   NAME",
        "   5sat  active  a",
        "1234sat  frozen  a longer name",
      ])
  }

  @Test func `a table without rows says so`() {
    #expect(TextTable(.text("NAME")).lines(whenEmpty: "no grants") == ["no grants"])
  }

  @Test func `facts that are not known are left out and the others are aligned`() {
    let lines = TextTable.facts([("id", "1"), ("parent", nil), ("state", "active")])
    #expect(lines == ["id     1", "state  active"])
    #expect(TextTable.facts([("id", nil)]).isEmpty)
  }

  @Test func `times are told in universal time, and as numbers where there is no such year`() {
    #expect(TimeText.utc(seconds: 0) == "1970-01-01 00:00:00Z")
    #expect(TimeText.utc(seconds: 253_402_300_799) == "9999-12-31 23:59:59Z")
    #expect(TimeText.utc(seconds: 253_402_300_800) == "253402300800")
    #expect(TimeText.utc(seconds: .max) == "18446744073709551615")
  }

  @Test(arguments: [
    ("/tmp/a-b_c.1", "/tmp/a-b_c.1"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
    ("$HOME;é", "'$HOME;é'"), ("a[b{c|d~e`f", "'a[b{c|d~e`f'"),
  ])
  func `a path is one word of a shell's command line`(text: String, word: String) {
    #expect(ShellWord.quoted(text) == word)
  }
}

@Suite struct TreeDrawingTests {
  @Test func `branches join each row to the one it lies below`() {
    #expect(
      TreeDrawing.prefixes(depths: [0, 1, 2, 2, 1, 2, 0, 1]) == [
        "", "├─ ", "│  ├─ ", "│  └─ ", "└─ ", "   └─ ", "", "└─ ",
      ])
    #expect(TreeDrawing.prefixes(depths: []).isEmpty)
  }

  @Test func `depths that no tree has are drawn as the nearest that one has`() {
    #expect(TreeDrawing.prefixes(depths: [3, 5, -2, 9]) == ["", "└─ ", "", "└─ "])
  }

  /// A tree drawn from its definition: a row is a corner when no sister follows, and there is a
  /// bar for each grant above that has one.
  private struct Branch {
    var below: [Branch] = []

    func draw(into rows: inout [(depth: Int, prefix: String)], depth: Int, lead: String) {
      for (index, branch) in below.enumerated() {
        let isLast = index == below.count - 1
        rows.append((depth, depth == 0 ? "" : lead + (isLast ? "└─ " : "├─ ")))
        let bar = depth == 0 ? "" : isLast ? "   " : "│  "
        branch.draw(into: &rows, depth: depth + 1, lead: lead + bar)
      }
    }

    static func random(_ state: inout UInt64, depth: Int) -> Branch {
      var branch = Branch()
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      guard depth < 5 else { return branch }
      for _ in 0..<(state >> 33) % 4 { branch.below.append(random(&state, depth: depth + 1)) }
      return branch
    }
  }

  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func `random trees are drawn as their definition says`(seed: UInt64) {
    var state = seed
    var rows: [(depth: Int, prefix: String)] = []
    Branch.random(&state, depth: 0).draw(into: &rows, depth: 0, lead: "")
    #expect(TreeDrawing.prefixes(depths: rows.map(\.depth)) == rows.map(\.prefix))
  }
}

@Suite struct GrantTextTests {
  private static func id(_ digit: Character) -> String { String(repeating: digit, count: 32) }

  private static func grant(
    _ digit: Character, below parent: Character? = nil, name: String? = nil
  ) throws -> GrantView {
    var json: [String: CanonicalJSON] = [
      "node": .string(id(digit)), "state": .string("active"), "settled_msat": .integer(1500),
      "held_msat": .integer(2000), "descendants": .integer(0),
      "windows": .array([]), "escrow": .bool(false), "escrowed_msat": .integer(0),
    ]
    if let parent { json["parent"] = .string(id(parent)) }
    if let name { json["name"] = .string(name) }
    return try WireJSON.decode(
      GrantView.self, from: Array(CanonicalJSON.object(json).text.utf8))
  }

  @Test func `the tree shows figures, branches, short ids and names`() throws {
    let grants = try [
      Self.grant("1", name: "top"), Self.grant("2", below: "1"),
      Self.grant("3", below: "1", name: "second"), Self.grant("4", below: "9"),
    ]
    #expect(
      GrantText.tree(grants) == [
        " SETTLED  HELD  LIMIT  STATE   GRANT",
        "1500msat  2sat      -  active  11111111 top",
        "1500msat  2sat      -  active  ├─ 22222222",
        "1500msat  2sat      -  active  └─ 33333333 second",
        "1500msat  2sat      -  active  44444444",
      ])
    #expect(GrantText.tree([]) == ["no grants"])
  }

  @Test func `a name cannot move the cursor or turn the line round`() throws {
    let hostile = "a\u{1b}[2Jb\u{202e}c\r\nd\u{7f}\u{2028}"
    let grant = try Self.grant("1", name: hostile)
    for lines in [GrantText.tree([grant]), GrantText.list([grant]), GrantText.facts(grant)] {
      let text = lines.joined()
      #expect(text.contains("a[2Jbcd"))
      #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
      #expect(!text.unicodeScalars.contains("\u{202e}") && !text.contains("\u{2028}"))
    }
  }

  @Test func `a shortened id names the one grant that it fits`() throws {
    let tree = GrantTree.Reply(
      grants: try [Self.grant("1"), Self.grant("2")], truncated: false)
    let short = try #require(NodeArgument(argument: "22222222"))
    #expect(try short.resolve(in: tree).hex == Self.id("2"))
    let foreign = try #require(NodeArgument(argument: "33333333"))
    #expect(throws: CommandFailure.self) { try foreign.resolve(in: tree) }
    let twice = GrantTree.Reply(
      grants: try [Self.grant("2"), Self.grant("2")], truncated: false)
    #expect(throws: CommandFailure.self) { try short.resolve(in: twice) }
    let partial = GrantTree.Reply(grants: tree.grants, truncated: true)
    #expect(throws: CommandFailure.self) { try short.resolve(in: partial) }
  }

  @Test(arguments: ["", "1234567", "1234567G", "1234567A", id("1") + "1", "12345678 "])
  func `what is no id is not taken for one`(text: String) {
    #expect(NodeArgument(argument: text) == nil)
  }
}
