/// What was measured, as Markdown.
struct Report {
  var machine: Machine
  var command: String
  var speed: Speed?
  var macaroons: MacaroonMeasurement?
  var memory: MemoryMeasurement?
  var flood: FloodMeasurement?
  var growth: GrowthMeasurement?

  var text: String {
    let sections = [
      Self.introduction, machineSection, goalsSection, speed.map(SpeedSection.text),
      macaroons.map(MacaroonSection.text), memory.map(memorySection),
      flood.map(FloodSection.text), growth.map(GrowthSection.text),
    ]
    return sections.compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    # Benchmarks

    Written by `make bench`, which measures everything below in one run on one machine. It is a
    program of its own in `Benchmarks/`; the peers' scripts, functions and settings are in
    `Benchmarks/peers/`. Ratios carry over to other machines better than figures do.
    """

  private var machineSection: String {
    let facts = [("command", "`\(command)`")] + machine.facts
    return "## The machine\n\n" + Markdown.table(["", ""], facts.map { [$0.0, $0.1] })
  }

  private var goalsSection: String? {
    var goals = speed.map(SpeedSection.goals) ?? []
    goals += macaroons.map(MacaroonSection.goals) ?? []
    if let memory {
      goals.append(
        .atMost(
          60, "memory with 10,000 grants and 1,000 idle connections",
          Double(memory.withGrantsAndConnections) / 1e6, unit: "MB"))
    }
    goals += flood.map(FloodSection.goals) ?? []
    goals += growth.map(GrowthSection.goals) ?? []
    return goals.isEmpty ? nil : "## Goals\n\n" + Goal.table(goals)
  }

  private func memorySection(_ memory: MemoryMeasurement) -> String {
    """
    ## Memory

    What the daemon has in memory (`VmRSS`), made through its API: the grants by `grant.create`, the
    connections with a session each, from four processes.

    \(Markdown.table(
      ["", "MB"],
      [
        ["after the start", Markdown.megabytes(memory.afterStart)],
        ["with 10,000 grants", Markdown.megabytes(memory.withGrants)],
        [
          "with 10,000 grants and 1,000 idle connections",
          Markdown.megabytes(memory.withGrantsAndConnections),
        ],
      ]))
    """
  }
}
