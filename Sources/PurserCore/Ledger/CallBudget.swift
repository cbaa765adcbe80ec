// Whether one more operation fits: the limits on calls of every level.
extension LedgerState {
  /// Refuses when one more operation would exceed a limit on calls of any level.
  ///
  /// The holder's own level is asked first, since it is the one whose figures the holder may see.
  mutating func checkCalls(
    of chain: GrantChain, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    var trace = RuleTrace.deciding
    for level in chain.levels.reversed() {
      try checkCalls(of: level, replacing: nil, at: now, records: records, trace: &trace)
    }
  }

  /// As above, for one level; an operation that takes the place of `replaced` counts once.
  mutating func checkCalls(
    of level: GrantLevel, replacing replaced: Hold?, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    for limit in level.calls {
      let counted = replaced.map { (at: $0.admittedAt, weight: UInt64(1)) }
      let says =
        trace.isExplaining
        ? describe(limit, at: level.node, but: counted, now: now, records: records) : ""
      try trace.apply("caveat:calls", at: level.node, says: says) { () throws(Refusal) in
        try check(limit, at: level.node, but: counted, now: now, records: records)
      }
    }
  }

  private mutating func check(
    _ limit: CallLimit, at id: NodeID, but counted: (at: Timestamp, weight: UInt64)?,
    now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    let (start, end) = try bounds(of: limit.window, at: now)
    let used = try use(of: limit.window, .calls, since: start, at: id, but: counted, now, records)
    guard used >= limit.count else { return }
    var refusal = CallShortfall(node: id, limit: limit, used: used, renewsAt: nil)
    if limit.count > 0 {
      refusal.renewsAt = renewal(
        of: limit.window, .calls, at: id, since: start, ending: end, but: counted,
        excess: used + 1 - limit.count)
    }
    throw .callsExceeded(refusal)
  }

  /// What a limit on operations says, and how many count against it, for people.
  private mutating func describe(
    _ limit: CallLimit, at id: NodeID, but counted: (at: Timestamp, weight: UInt64)?,
    now: Timestamp, records: some LedgerRecords
  ) -> String {
    var used: UInt64 = 0
    if let start = try? bounds(of: limit.window, at: now).start {
      used =
        (try? use(of: limit.window, .calls, since: start, at: id, but: counted, now, records)) ?? 0
    }
    return "\(limit.count) operations per \(limit.window.text), and there were \(used)"
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
