/// How one charge on a node changes: what is set aside for it, what was spent, and when it counts.
struct ChargeMove {
  var heldBefore = Msat.zero
  var heldAfter = Msat.zero
  /// What the move adds to what was spent.
  var settled = Msat.zero
  /// When the charge was admitted, as it counted before.
  let admittedBefore: Timestamp
  /// As it counts from now on.
  let admittedAfter: Timestamp
  /// Whether it is a new operation, which was not counted before.
  var isNew = false

  /// What counts of it in a series, before and from now on.
  func weights(_ measure: SpendSeries.Measure) -> (before: UInt64, after: UInt64) {
    switch measure {
    case .amount: (heldBefore.value, (heldAfter.adding(settled) ?? .max).value)
    case .calls: (isNew ? 0 : 1, 1)
    }
  }
}

// The counters of a node and of every node above it: the only place that changes them.
extension LedgerState {
  /// Sees to it that everything that a move at `id` touches is in memory.
  mutating func prepareMove(
    at id: NodeID, now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    var next: NodeID? = id
    while let current = next {
      guard let place = nodes.index(forKey: current) else {
        throw .storage("the row of a grant is missing; run 'purser ledger verify'")
      }
      next = nodes.values[place].parent
      guard !nodes.values[place].series.isEmpty else { continue }
      let node = nodes.values[place]
      for kind in node.series { try load(kind, of: node, now: now, records: records) }
    }
  }

  /// Moves the counters of `id` and of every node above it.
  ///
  /// What an escrow has not spent changes as its node's own counters do, so that the nodes above an
  /// escrow count the same before and after.
  mutating func apply(_ move: ChargeMove, at id: NodeID, step: inout Step) {
    var unspentBefore = Msat.zero
    var unspentAfter = Msat.zero
    var next: NodeID? = id
    // By its place, since finding a node costs more than moving its counters.
    while let current = next, let place = nodes.index(forKey: current) {
      nodes.values[place].apply(move, unspentBefore: &unspentBefore, unspentAfter: &unspentAfter)
      step.changes.append(.node(current))
      next = nodes.values[place].parent
      if !nodes.values[place].series.isEmpty || !unwrittenSeries.isEmpty {
        moveSeries(of: current, move, step: &step)
      }
    }
  }

  /// Changes by how much an escrow counts at `id` and every node above it.
  mutating func moveEscrow(
    at id: NodeID?, from before: Msat, to after: Msat, step: inout Step
  ) {
    var unspentBefore = before
    var unspentAfter = after
    let nothing = ChargeMove(admittedBefore: step.now, admittedAfter: step.now)
    var next = id
    while let current = next, nodes[current] != nil {
      nodes[current]?.apply(nothing, unspentBefore: &unspentBefore, unspentAfter: &unspentAfter)
      step.changes.append(.node(current))
      next = nodes[current]?.parent
    }
  }

  private mutating func moveSeries(of id: NodeID, _ move: ChargeMove, step: inout Step) {
    // Nearly always there is none that is new.
    let fresh = unwrittenSeries.isEmpty ? [] : unwrittenSeries.removeValue(forKey: id) ?? []
    if !fresh.isEmpty {
      nodes[id]?.series.formUnion(fresh)
      step.changes.append(.terms(id))
    }
    guard let kinds = nodes[id]?.series, !kinds.isEmpty else { return }
    for kind in SpendSeries.Kind.all where kinds.contains(kind) {
      let key = SeriesKey(node: id, kind: kind)
      let width = kind.resolution.bucketMs
      let (before, after) = move.weights(kind.measure)
      if move.admittedBefore == move.admittedAfter {
        // An operation that ends stays one.
        guard before != after || fresh.contains(kind) else { continue }
        series[key]?.change(at: move.admittedAfter, from: before, to: after)
      } else {
        series[key]?.change(at: move.admittedBefore, from: before, to: 0)
        series[key]?.change(at: move.admittedAfter, from: 0, to: after)
        step.changes.append(.bucket(key, move.admittedBefore.milliseconds / width))
      }
      if let first = series[key]?.forget(at: step.now) {
        step.changes.append(.forgotten(key, before: first))
      }
      if fresh.contains(kind) {
        step.changes.append(.series(key))
      } else {
        step.changes.append(.bucket(key, move.admittedAfter.milliseconds / width))
      }
    }
  }

  /// Sees to it that a series of `node` is in memory.
  ///
  /// The node says that it is kept only once it is written, with the next move: until then a
  /// restart has to add it up again.
  mutating func load(
    _ kind: SpendSeries.Kind, of node: Node, now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) {
    let key = SeriesKey(node: node.id, kind: kind)
    guard series[key] == nil else { return }
    let resolution = kind.resolution
    if node.series.contains(kind) {
      series[key] = SpendSeries(
        resolution: resolution, buckets: try records.buckets(of: node, kind))
      return
    }
    // A window that is seen for the first time counts what was spent before it was.
    let reachMs = resolution.reachSeconds * 1000
    // From the beginning of a bucket on: one that lacked a part of its charges would give back more
    // than it counts.
    let first = (now.milliseconds - min(now.milliseconds, reachMs)) / resolution.bucketMs
    let start = Timestamp(milliseconds: first * resolution.bucketMs)
    series[key] = SpendSeries(
      resolution: resolution, buckets: try records.charges(at: node, since: start, kind))
    unwrittenSeries[node.id, default: []].insert(kind)
  }
}

extension Node {
  /// Moves the counters, and says how the unspent part of the nearest escrow, seen from the node
  /// above, changed.
  ///
  /// Every amount was checked against a limit before, and an overrun is real money: no sum leaves
  /// the range of all bitcoin.
  fileprivate mutating func apply(
    _ move: ChargeMove, unspentBefore: inout Msat, unspentAfter: inout Msat
  ) {
    let ownBefore = unspentEscrow
    held = held.replacing(move.heldBefore, by: move.heldAfter)
    settled = settled.replacing(.zero, by: move.settled)
    escrowed = escrowed.replacing(unspentBefore, by: unspentAfter)
    guard isEscrowed else { return }
    unspentBefore = ownBefore
    unspentAfter = unspentEscrow
  }
}

extension Msat {
  /// This amount with `old` taken out and `new` put in, within the range of an amount.
  func replacing(_ old: Msat, by new: Msat) -> Msat {
    subtractingToZero(old).adding(new) ?? .max
  }
}
