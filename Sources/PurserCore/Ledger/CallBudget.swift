// Whether one more operation fits: the limits on calls of every level.
extension LedgerState {
  /// Refuses when one more operation would exceed a limit on calls of any level.
  ///
  /// The holder's own level is asked first, since it is the one whose figures the holder may see.
  mutating func checkCalls(
    of chain: GrantChain, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    for level in chain.levels.reversed() {
      try checkCalls(of: level, replacing: nil, at: now, records: records)
    }
  }

  /// As above, for one level; an operation that takes the place of `replaced` counts once.
  mutating func checkCalls(
    of level: GrantLevel, replacing replaced: Hold?, at now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) {
    for limit in level.calls {
      let (start, end) = try bounds(of: limit.window, at: now)
      let counted = replaced.map { (at: $0.admittedAt, weight: UInt64(1)) }
      let used = try use(
        of: limit.window, .calls, since: start, at: level.node, but: counted, now, records)
      guard used >= limit.count else { continue }
      var refusal = CallShortfall(node: level.node, limit: limit, used: used, renewsAt: nil)
      if limit.count > 0 {
        refusal.renewsAt = renewal(
          of: limit.window, .calls, at: level.node, since: start, ending: end, but: counted,
          excess: used + 1 - limit.count)
      }
      throw .callsExceeded(refusal)
    }
  }

  /// Counts an operation that moves no money at `id` and every node above it.
  mutating func countCall(
    at id: NodeID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) {
    try prepareMove(at: id, now: step.now, records: records)
    let move = ChargeMove(admittedBefore: step.now, admittedAfter: step.now, isNew: true)
    apply(move, at: id, step: &step)
  }
}
