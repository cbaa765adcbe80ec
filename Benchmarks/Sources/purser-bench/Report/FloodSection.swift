/// The part of the report about a worker that floods the daemon.
enum FloodSection {
  static func text(_ measured: FloodMeasurement) -> String {
    func row(_ name: String, _ result: LoadResult) -> [String] {
      [
        name, Markdown.count(result.perSecond),
        Markdown.milliseconds(result.latency.quantile(0.5)),
        Markdown.milliseconds(result.latency.quantile(0.99)),
      ]
    }
    let rate = Double(measured.refused) / measured.seconds
    return """
      ## A flood

      A worker with one request at a time, while a process of another grant keeps
      \(FloodSocket.connections) connections full of calls that are refused: by limits, for methods
      and holds that are not its own, as forgeries, each by a grant that the daemon has never met.
      \(Markdown.count(Double(measured.refused))) calls in \(Int(measured.seconds)) s,
      \(Markdown.count(rate)) a second; the middle one of \(FloodMeasurement.rounds) rounds counts.

      \(Markdown.table(
        ["", "operations/s", "p50, ms", "p99, ms"],
        [row("quiet", measured.quiet), row("during the flood", measured.flooded)]))

      All of them are in the audit log, in \(measured.events) events. With the flood alone the
      database grew by \(measured.growth / 1024) KiB, for \(measured.growthEvents) events.
      """
  }

  static func goals(_ measured: FloodMeasurement) -> [Goal] {
    let quiet = Double(max(measured.quiet.latency.quantile(0.99), 1))
    return [
      .atMost(
        3, "flood of refused calls: another worker's p99 against a quiet one",
        Double(measured.flooded.latency.quantile(0.99)) / quiet, unit: "×")
    ]
  }
}
