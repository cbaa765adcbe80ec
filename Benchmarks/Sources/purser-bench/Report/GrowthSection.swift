/// The part of the report about a ledger that has grown.
enum GrowthSection {
  static func text(_ measured: GrowthMeasurement) -> String {
    let ledger = measured.ledger
    func quantile(_ result: LoadResult, _ fraction: Double) -> String {
      Markdown.milliseconds(result.latency.quantile(fraction))
    }
    let table = Markdown.table(
      ["", "empty", "grown"],
      [
        [
          "start to first answer, s", Markdown.number(measured.smallStart, digits: 2),
          Markdown.number(measured.grownStart, digits: 2),
        ],
        ["in memory after that, MB", "", Markdown.megabytes(measured.resident)],
        [
          "in memory after the spending, MB", "",
          Markdown.megabytes(measured.residentAfterSpending),
        ],
        [
          "one spend at a time, p50, ms", quantile(measured.smallSpend, 0.5),
          quantile(measured.grownSpend, 0.5),
        ],
        [
          "one spend at a time, p99, ms", quantile(measured.smallSpend, 0.99),
          quantile(measured.grownSpend, 0.99),
        ],
        [
          "`ledger verify` and `audit verify`, s", "",
          Markdown.number(measured.verification),
        ],
      ])
    let grants = Markdown.count(Double(ledger.grants))
    let open = Markdown.count(Double(ledger.openGrants))
    let events = Markdown.count(Double(ledger.events))
    let size = Markdown.number(Double(measured.fileSize) / 1e9)
    return """
      ## Growth

      \(grants) grants, of which \(open) are open, a settled hold at every leaf, and \(events)
      audit events: \(size) GB, in the page cache. The rows were written by the bench, the events'
      texts and hashes by the code of the ledger; both verifications pass.

      \(table)
      """
  }

  static func goals(_ measured: GrowthMeasurement) -> [Goal] {
    let spend =
      Double(measured.grownSpend.latency.quantile(0.5))
      / Double(max(measured.smallSpend.latency.quantile(0.5), 1))
    return [
      .atMost(2, "grown ledger: start to first answer", measured.grownStart, unit: "s"),
      .atMost(
        200, "grown ledger: memory", Double(measured.residentAfterSpending) / 1e6, unit: "MB"),
      .atMost(1.1, "grown ledger: p50 of a spend against an empty one", spend, unit: "×"),
    ]
  }
}
