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

  var weightBefore: Msat { heldBefore }
  var weightAfter: Msat { heldAfter.adding(settled) ?? .max }
}

// The counters of a node and of every node above it: the only place that changes them.
extension LedgerState {
  /// Sees to it that everything that a move at `id` touches is in memory.
  mutating func prepareMove(
    at id: NodeID, now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    var next: NodeID? = id
    while let current = next {
      guard let node = nodes[current] else {
        throw .storage("the row of a grant is missing; run 'purser ledger verify'")
      }
      for resolution in node.resolutions {
        try load(resolution, of: node, now: now, records: records)
      }
      next = node.parent
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
      if !nodes.values[place].resolutions.isEmpty || !unwrittenSeries.isEmpty {
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
      nodes[id]?.resolutions.formUnion(fresh)
      step.changes.append(.terms(id))
    }
    guard let resolutions = nodes[id]?.resolutions, !resolutions.isEmpty else { return }
    for resolution in SpendSeries.Resolution.allCases where resolutions.contains(resolution) {
      let key = SeriesKey(node: id, resolution: resolution)
      guard let width = series[key]?.resolution.bucketMs else { continue }
      if move.admittedBefore == move.admittedAfter {
        series[key]?.change(at: move.admittedAfter, from: move.weightBefore, to: move.weightAfter)
      } else {
        series[key]?.change(at: move.admittedBefore, from: move.weightBefore, to: .zero)
        series[key]?.change(at: move.admittedAfter, from: .zero, to: move.weightAfter)
        step.changes.append(.bucket(key, move.admittedBefore.milliseconds / width))
      }
      if let first = series[key]?.forget(at: step.now) {
        step.changes.append(.forgotten(key, before: first))
      }
      if fresh.contains(resolution) {
        step.changes.append(.series(key))
      } else {
        step.changes.append(.bucket(key, move.admittedAfter.milliseconds / width))
      }
    }
  }

  /// Sees to it that the series of `node` at `resolution` is in memory.
  ///
  /// The node says that it is kept only once it is written, with the next move: until then a
  /// restart has to add it up again.
  mutating func load(
    _ resolution: SpendSeries.Resolution, of node: Node, now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) {
    let key = SeriesKey(node: node.id, resolution: resolution)
    guard series[key] == nil else { return }
    if node.resolutions.contains(resolution) {
      series[key] = SpendSeries(
        resolution: resolution, buckets: try records.buckets(of: node, resolution))
      return
    }
    // A window that is seen for the first time counts what was spent before it was.
    let reachMs = resolution.reachSeconds * 1000
    // From the beginning of a bucket on: one that lacked a part of its charges would give back more
    // than it counts.
    let first = (now.milliseconds - min(now.milliseconds, reachMs)) / resolution.bucketMs
    let start = Timestamp(milliseconds: first * resolution.bucketMs)
    series[key] = SpendSeries(
      resolution: resolution,
      buckets: try records.charges(at: node, since: start, resolution))
    unwrittenSeries[node.id, default: []].insert(resolution)
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
