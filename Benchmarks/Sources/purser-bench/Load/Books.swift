/// What the top of a tree has settled and held, itself and everything below it, in msat.
struct Books {
  let settled: UInt64
  let held: UInt64
}

extension LoadResult {
  /// Checks that the counters moved by just what the answers said.
  func check(before: Books, after: Books, of server: String) throws(BenchError) {
    try require(
      after.settled == before.settled + settles * Amounts.settled
        && after.held == before.held + (reserves - settles) * Amounts.reserved,
      "the books of \(server) do not fit its answers: \(before), then \(after), after "
        + "\(reserves) reservations and \(settles) settlements")
  }
}
