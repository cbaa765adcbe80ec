import PurserCore
import Testing

@Suite struct MsatTests {
  @Test(
    arguments: [
      ("0msat", 0), ("1msat", 1), ("500sat", 500_000), ("250_000msat", 250_000),
      ("0.001btc", 100_000_000), ("1.5sat", 1500), ("0.00000000001btc", 1),
      ("9007199254740991msat", 9_007_199_254_740_991), ("007sat", 7000),
    ] as [(String, UInt64)])
  func `an amount that people write is read to the millisatoshi`(text: String, value: UInt64) {
    #expect(Msat(text: text)?.value == value)
  }

  @Test(arguments: [
    "", "sat", "5", "5 sat", "-5sat", "+5sat", "1__0sat", "_1sat", "1_sat", "0.1msat", "1.0001sat",
    "1.sat", ".5sat", "1.2.3sat", "9007199254740992msat", "99999999999999999999999999999sat",
    "1e3sat", "٣sat", "1SAT", "0.000000000001btc",
  ])
  func `text that is no exact amount in range is refused`(text: String) {
    #expect(Msat(text: text) == nil)
  }

  @Test func `arithmetic that leaves the range has no result`() throws {
    let one = try #require(Msat(1))
    #expect(Msat.max.adding(one) == nil)
    #expect(Msat.zero.subtracting(one) == nil)
    #expect(Msat.zero.subtractingToZero(one) == .zero)
    #expect(Msat.max.subtracting(.max) == .zero)
    #expect(Msat(1 << 53) == nil)
  }
}

@Suite struct CanonicalJSONTests {
  @Test func `members stand in the order of their UTF-16 code units, as RFC 8785 has it`() {
    // RFC 8785 §3.2.3, the example's names.
    let names = ["\u{20ac}", "\r", "\u{fb33}", "1", "\u{1f600}", "\u{80}", "\u{f6}"]
    let value = CanonicalJSON.object(
      Dictionary(uniqueKeysWithValues: names.map { ($0, .integer(1)) }))
    #expect(
      value.text
        == "{\"\\r\":1,\"1\":1,\"\u{80}\":1,\"\u{f6}\":1,\"\u{20ac}\":1,\"\u{1f600}\":1,\"\u{fb33}\":1}"
    )
  }

  @Test func `text has the short escapes, lower-case hex for other controls, and nothing else`() {
    let text = CanonicalJSON.string(
      "\u{20ac}$\u{f}\u{a}A'\u{42}\u{22}\u{5c}\\\"/\u{8}\u{c}\t\u{7f}")
    #expect(text.text == "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\u{7f}\"")
  }

  @Test func `a nested value has no white space`() {
    let value = CanonicalJSON.object([
      "b": .array([.integer(-1), .bool(true), .string("")]), "a": .object([:]),
    ])
    #expect(value.text == "{\"a\":{},\"b\":[-1,true,\"\"]}")
  }
}
