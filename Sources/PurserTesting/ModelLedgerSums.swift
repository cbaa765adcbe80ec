public import PurserCore

// What counts at a node: everything is added up from the holds each time.
extension ModelLedger {
  /// The nodes from `id` to the top.
  func path(to id: NodeID) -> [NodeID] {
    var path = [id]
    while let parent = path.last.flatMap({ nodes[$0]?.parent }) { path.append(parent) }
    return path
  }

  /// The nodes that were met.
  public var knownNodes: Set<NodeID> { Set(nodes.keys) }

  /// A hold, open or ended.
  public func hold(_ id: HoldID) -> Hold? { places[id].map { holds[$0] } }

  /// What was spent, and what is set aside, at `node` and below.
  func sums(at node: NodeID) -> (settled: UInt64, held: UInt64) {
    var settled: UInt64 = 0
    var held: UInt64 = 0
    for place in holdsBelow[node] ?? [] {
      settled += holds[place].settled.value
      if holds[place].state == .held { held += holds[place].amount.value }
    }
    return (settled, held)
  }

  /// What the escrows below `node` have taken and not spent; one inside another is part of that
  /// one.
  func escrowed(at node: NodeID) -> UInt64 {
    var total: UInt64 = 0
    for escrow in escrows where funders(of: escrow).contains(node) { total += unspent(escrow) }
    return total
  }

  /// What an escrow has neither spent nor set aside.
  func unspent(_ escrow: NodeID) -> UInt64 {
    let (settled, held) = sums(at: escrow)
    let limit = nodes[escrow]?.limit(per: nil)?.value ?? 0
    return limit - min(limit, settled + held)
  }

  /// The nodes that an escrow was taken from: up to the nearest that has one itself, or to the top.
  func funders(of escrow: NodeID) -> [NodeID] {
    var funders: [NodeID] = []
    for node in path(to: escrow).dropFirst() {
      funders.append(node)
      if nodes[node]?.isEscrowed == true { break }
    }
    return funders
  }

  /// How many nodes are below `node`.
  func descendants(of node: NodeID) -> UInt64 {
    UInt64(nodesBelow[node]?.count ?? 0)
  }

  /// The first moment that counts in a rolling window: the beginning of its first bucket.
  ///
  /// This is the over-count that is allowed, and all of it: less than one bucket.
  static func start(ofRolling seconds: UInt64, at now: Timestamp) -> Timestamp {
    let width = SpendWindow.rolling(seconds: seconds).resolution.bucketMs
    let start = now.milliseconds - min(now.milliseconds, seconds * 1000)
    return Timestamp(milliseconds: start / width * width)
  }

  /// The first moment that counts in `window`, and the end of one of the calendar.
  func bounds(
    of window: SpendWindow, at now: Timestamp
  ) throws(Refused) -> (start: Timestamp, end: Timestamp?) {
    switch window {
    case .rolling(let seconds): return (Self.start(ofRolling: seconds, at: now), nil)
    case .calendar(let period, let zone):
      guard let bounds = calendar.bounds(of: period, zone: zone, at: now) else {
        throw Refused("forbidden caveat:window")
      }
      return (bounds.start, bounds.end)
    }
  }

  /// What the charges at `node` and below amount to that were admitted from `start` on.
  func spent(at node: NodeID, since start: Timestamp) -> UInt64 {
    charges(at: node, .amount).reduce(0) { $0 + ($1.time >= start ? $1.weight : 0) }
  }

  /// When something was admitted at `node` and below, and how much it counts; all but `replaced`.
  func charges(
    at node: NodeID, _ measure: SpendSeries.Measure, but replaced: Hold? = nil
  ) -> [(time: Timestamp, weight: UInt64)] {
    let held = (holdsBelow[node] ?? []).map { holds[$0] }.filter { $0.id != replaced?.id }
      .map { (time: $0.admittedAt, weight: measure == .calls ? 1 : $0.weight.value) }
    guard measure == .calls else { return held }
    let issued = copies.filter { $0.isCounted && path(to: $0.node).contains(node) }
    return held + issued.map { (time: $0.issuedAt, weight: 1) }
  }

  /// When so much has left a rolling window that `room` is not exceeded, if nothing else is spent.
  func renewal(
    ofRolling seconds: UInt64, at node: NodeID, _ measure: SpendSeries.Measure, now: Timestamp,
    but replaced: Hold?, room: UInt64
  ) -> Timestamp? {
    let width = SpendWindow.rolling(seconds: seconds).resolution.bucketMs
    let start = Self.start(ofRolling: seconds, at: now)
    var counting = charges(at: node, measure, but: replaced).filter { $0.time >= start }
      .sorted { $0.time < $1.time }[...]
    while counting.reduce(0, { $0 + $1.weight }) > room, let oldest = counting.first {
      let bucket = oldest.time.milliseconds / width
      counting = counting.drop { $0.time.milliseconds / width == bucket }
      if counting.reduce(0, { $0 + $1.weight }) <= room {
        return Timestamp(milliseconds: (bucket + 1) * width + seconds * 1000)
      }
    }
    return nil
  }
}

// Comparing it with what a ledger keeps.
extension ModelLedger {
  /// How a ledger's node differs from the model's; nil when it does not.
  public func difference(of node: Node) -> String? {
    guard let entry = nodes[node.id] else { return "node \(node.id) was never met" }
    let (settled, held) = sums(at: node.id)
    let escrowed = escrowed(at: node.id)
    let descendants = descendants(of: node.id)
    let agrees =
      node.settled.value == settled && node.held.value == held && node.escrowed.value == escrowed
      && node.descendants == descendants && node.parent == entry.parent && node.name == entry.name
      && node.mark == marks[node.id] && node.isEscrowed == entry.isEscrowed
      && Set(node.stated) == Set(entry.stated) && Set(node.registered) == Set(entry.registered)
      && node.paymentLimit == entry.paymentLimit
      && node.validUntilSeconds == entry.validUntilSeconds
    guard !agrees else { return nil }
    return """
      node \(node), the model: settled \(settled), held \(held), escrowed \(escrowed), \
      descendants \(descendants), mark \(String(describing: marks[node.id])), \(entry)
      """
  }

  /// How a ledger's series differs from what the holds add up to, as far back as a window reaches;
  /// nil when it does not.
  public func difference(
    of series: SpendSeries, _ measure: SpendSeries.Measure, at node: NodeID, now: Timestamp
  ) -> String? {
    let width = series.resolution.bucketMs
    let reach = min(now.milliseconds, series.resolution.reachSeconds * 1000)
    let first = (now.milliseconds - reach) / width
    var found: [UInt64: UInt64] = [:]
    for bucket in series.buckets where bucket.number >= first && bucket.amount > 0 {
      found[bucket.number] = bucket.amount
    }
    var wanted: [UInt64: UInt64] = [:]
    for (time, weight) in charges(at: node, measure) where weight > 0 {
      let number = time.milliseconds / width
      if number >= first { wanted[number, default: 0] += weight }
    }
    guard found != wanted else { return nil }
    return "\(measure) of node \(node) in steps of \(width) ms: \(found), the model: \(wanted)"
  }

  /// How the windows of a node differ from what the holds add up to; nil when they do not.
  public func differenceOfWindows(at id: NodeID, in state: LedgerState, now: Timestamp) -> String? {
    guard let entry = nodes[id] else { return nil }
    for window in Set((entry.stated + entry.registered).compactMap(\.window)) {
      let key = SeriesKey(node: id, kind: SpendSeries.Kind(.amount, window.resolution))
      guard let series = state.series[key], let bounds = try? bounds(of: window, at: now) else {
        continue
      }
      let first = series.bucketNumber(at: bounds.start)
      let found = series.buckets.reversed().prefix { $0.number >= first }
        .reduce(0) { $0 + $1.amount }
      let wanted = spent(at: id, since: bounds.start)
      if found != wanted {
        return "node \(id), window \(window.text): \(found), the model: \(wanted)"
      }
    }
    return nil
  }
}
