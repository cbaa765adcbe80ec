/// Something that Purser is meant to reach, and what was measured of it.
struct Goal {
  let text: String
  /// The bound, as a number and its unit.
  let wanted: String
  let measured: String
  let isMet: Bool

  /// A goal that is met at `bound` and above.
  static func atLeast(_ bound: Double, _ text: String, _ value: Double) -> Goal {
    Goal(
      text: text, wanted: "≥ \(Markdown.number(bound)) ×",
      measured: "\(Markdown.number(value, digits: 2)) ×", isMet: value >= bound)
  }

  /// A goal that is met at `bound` and below.
  static func atMost(_ bound: Double, _ text: String, _ value: Double, unit: String) -> Goal {
    Goal(
      text: text, wanted: "≤ \(Markdown.number(bound)) \(unit)",
      measured: "\(Markdown.number(value, digits: 2)) \(unit)", isMet: value <= bound)
  }

  static func table(_ goals: [Goal]) -> String {
    Markdown.table(
      ["goal", "wanted", "measured", "met"],
      goals.map { [$0.text, $0.wanted, $0.measured, $0.isMet ? "yes" : "**no**"] })
  }
}
