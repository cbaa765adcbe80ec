import PurserCore
import PurserTesting
import Testing

@Suite struct MethodPatternTests {
  private static let names = [
    "spend.reserve", "spend.settle", "spend.x", "grant.create", "grant.get", "gran.t", "spen.d",
  ]
  private static let patterns = names + ["spend.*", "grant.*", "gran.*"]

  @Test(arguments: [
    ("spend.*", "spend.reserve", true), ("spend.*", "spender.reserve", false),
    ("spend.*", "spend", false), ("spend.reserve", "spend.reserve", true),
    ("spend.reserve", "spend.reserves", false), ("spend.*", "grant.get", false),
  ])
  func `a pattern allows what it names`(pattern: String, name: String, isAllowed: Bool) {
    #expect(MethodPattern.match(name, any: [pattern]) == isAllowed)
  }

  @Test func `what two lists have in common allows what both allow`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let lists = (0..<2).map { _ in Self.patterns.filter { _ in random.once(in: 3) } }
      let common = MethodPattern.common(lists[0], lists[1])
      for name in Self.names {
        let isAllowed = lists.allSatisfy { MethodPattern.match(name, any: $0) }
        #expect(
          MethodPattern.match(name, any: common) == isAllowed,
          "seed \(seed): \(lists) have \(common) in common, for \(name)")
      }
      #expect(Set(common).count == common.count, "seed \(seed)")
    }
  }
}
