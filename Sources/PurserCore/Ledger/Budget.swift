/// What is about to be set aside or spent.
struct ProspectiveCharge {
  /// How much, fee included.
  let amount: Msat
  /// The hold that it takes the place of; its amount is free for it.
  var replaces: Hold?
}

// Whether an amount fits: every limit of every level.
extension LedgerState {
  /// Refuses when `charge` would exceed a limit of any level.
  ///
  /// The limits are those of the presented chain, and those registered for its nodes: a copy of a
  /// token that somebody narrowed shares its node's counters, and must not narrow the node for the
  /// others. The holder's own level is asked first, since it is the one whose figures the holder
  /// may see. Above an escrow the totals are not asked: what the escrow took is there already.
  mutating func checkBudget(
    of chain: GrantChain, for charge: ProspectiveCharge, at now: Timestamp,
    records: some LedgerRecords
  ) throws(Refusal) {
    var trace = RuleTrace.deciding
    try checkBudget(of: chain, for: charge, at: now, records: records, trace: &trace)
  }

  mutating func checkBudget(
    of chain: GrantChain, for charge: ProspectiveCharge, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    var isFunded = false
    for level in chain.levels.reversed() {
      if let limit = level.paymentLimit {
        try trace.apply(
          "caveat:payment_msat", at: level.node, says: "\(limit) for one payment or hold"
        ) { () throws(Refusal) in
          guard charge.amount > limit else { return }
          throw .budgetExceeded(shortfall(of: .payment, limit, at: level.node, charge))
        }
      }
      if !isFunded { try checkTotal(of: level, for: charge, trace: &trace) }
      let place = nodes.index(forKey: level.node)
      let isEscrowed = place.map { nodes.values[$0].isEscrowed } ?? false
      let hasRegistered = place.map { !nodes.values[$0].registered.isEmpty } ?? false
      if hasRegistered || !level.windows.isEmpty {
        try checkWindows(of: level, for: charge, at: now, records: records, trace: &trace)
      }
      try checkCalls(
        of: level, replacing: charge.replaces, at: now, records: records, trace: &trace)
      isFunded = isFunded || isEscrowed
    }
    if bounds.ceilings.limitSpending {
      try checkCeilings(
        of: chain, for: charge, isFunded: isFunded, at: now, records: records, trace: &trace)
    }
  }

  private func checkTotal(
    of level: GrantLevel, for charge: ProspectiveCharge, trace: inout RuleTrace
  ) throws(Refusal) {
    let place = nodes.index(forKey: level.node)
    let registered = place.flatMap { nodes.values[$0].registered.amount(per: nil) }
    let used = place.map { nodes.values[$0].used } ?? .zero
    let stated = Self.tighter(level.spendLimit, registered)
    guard !trace.isExplaining || stated != nil else { return }
    try trace.apply(
      "caveat:spend_msat", at: level.node,
      says: Self.describe(stated: level.spendLimit, registered: registered, used: used)
    ) { () throws(Refusal) in
      try checkRoom(at: level.node, beside: used, within: stated ?? .max, for: charge)
    }
  }

  private static func describe(stated: Msat?, registered: Msat?, used: Msat) -> String {
    let limit = tighter(stated, registered) ?? .max
    let origin = registered == limit && stated != limit ? "as it was set" : "in all"
    let left = limit.subtractingToZero(used)
    return "\(limit) \(origin), of which \(used) are used and \(left) are left"
  }

  /// Refuses when `charge` does not fit under `limit` beside what counts at `id` already.
  func checkRoom(
    at id: NodeID, within limit: Msat, for charge: ProspectiveCharge
  ) throws(Refusal) {
    try checkRoom(at: id, beside: nodes[id]?.used ?? .zero, within: limit, for: charge)
  }

  func checkRoom(
    at id: NodeID, beside used: Msat, within limit: Msat, for charge: ProspectiveCharge
  ) throws(Refusal) {
    let others = used.subtractingToZero(charge.replaces?.amount ?? .zero)
    guard let total = others.adding(charge.amount), total <= limit else {
      var refusal = shortfall(of: .spend, limit, at: id, charge)
      refusal.used = others
      throw .budgetExceeded(refusal)
    }
  }

  private mutating func checkWindows(
    of level: GrantLevel, for charge: ProspectiveCharge, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    let registered = nodes[level.node]?.registered ?? []
    for limit in level.windows {
      let amount = min(limit.amount, registered.amount(per: limit.window) ?? .max)
      try checkWindow(
        SpendLimit(amount, per: limit.window), at: level.node, for: charge, at: now,
        records: records, trace: &trace)
    }
    // Those that the token does not state, though they are registered.
    for limit in registered where level.windows.amount(per: limit.window) == nil {
      try checkWindow(
        limit, at: level.node, for: charge, at: now, records: records, trace: &trace)
    }
  }

  private mutating func checkWindow(
    _ limit: SpendLimit, at id: NodeID, for charge: ProspectiveCharge, at now: Timestamp,
    records: some LedgerRecords, trace: inout RuleTrace
  ) throws(Refusal) {
    guard let window = limit.window else { return }
    let says =
      trace.isExplaining
      ? describe(window, limit.amount, at: id, for: charge, at: now, records: records) : ""
    try trace.apply("caveat:spend_msat", at: id, says: says) { () throws(Refusal) in
      try check(window, limit.amount, at: id, for: charge, at: now, records: records)
    }
  }

  /// What a limit for a window says, and what counts against it, for people.
  mutating func describe(
    _ window: SpendWindow, _ limit: Msat, at id: NodeID, for charge: ProspectiveCharge,
    at now: Timestamp, records: some LedgerRecords
  ) -> String {
    var used: UInt64 = 0
    if let bounds = try? bounds(of: window, at: now) {
      let replaced = charge.replaces.map { (at: $0.admittedAt, weight: $0.amount.value) }
      used =
        (try? use(of: window, .amount, since: bounds.start, at: id, but: replaced, now, records))
        ?? 0
    }
    let amount = Msat(used) ?? .max
    let left = limit.subtractingToZero(amount)
    return "\(limit) per \(window.text), of which \(amount) are used and \(left) are left"
  }

  mutating func check(
    _ window: SpendWindow, _ limit: Msat, at id: NodeID, for charge: ProspectiveCharge,
    at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) {
    let (start, end) = try bounds(of: window, at: now)
    let replaced = charge.replaces.map { (at: $0.admittedAt, weight: $0.amount.value) }
    let used = try use(of: window, .amount, since: start, at: id, but: replaced, now, records)
    let (total, overflow) = used.addingReportingOverflow(charge.amount.value)
    guard !overflow, total <= limit.value else {
      var refusal = shortfall(of: .window(window), limit, at: id, charge)
      refusal.used = Msat(used) ?? .max
      // What is larger than the limit itself never fits.
      if charge.amount <= limit {
        refusal.renewsAt = renewal(
          of: window, .amount, at: id, since: start, ending: end, but: replaced,
          excess: total - limit.value)
      }
      throw .budgetExceeded(refusal)
    }
  }

  /// What counts in `window` at `id` by one measure, leaving out what is to be replaced.
  mutating func use(
    of window: SpendWindow, _ measure: SpendSeries.Measure, since start: Timestamp, at id: NodeID,
    but replaced: (at: Timestamp, weight: UInt64)?, _ now: Timestamp,
    _ records: some LedgerRecords
  ) throws(Refusal) -> UInt64 {
    guard let node = nodes[id] else { return 0 }
    let kind = SpendSeries.Kind(measure, window.resolution)
    let key = SeriesKey(node: id, kind: kind)
    try load(kind, of: node, now: now, records: records)
    let total = series[key]?.total(of: window, since: start) ?? 0
    guard let replaced, let series = series[key],
      series.bucketNumber(at: replaced.at) >= series.bucketNumber(at: start)
    else { return total }
    return total - min(replaced.weight, total)
  }

  /// The first moment that counts in `window`, and for one of the calendar its end.
  mutating func bounds(
    of window: SpendWindow, at now: Timestamp
  ) throws(Refusal) -> (start: Timestamp, end: Timestamp?) {
    switch window {
    case .rolling(let seconds):
      let length = seconds * 1000
      return (Timestamp(milliseconds: now.milliseconds - min(now.milliseconds, length)), nil)
    case .calendar(let period, let zone):
      if let known = periods[window], known.start <= now, now < known.end {
        return (known.start, known.end)
      }
      guard let found = calendar.bounds(of: period, zone: zone, at: now) else {
        throw .forbidden(
          rule: "caveat:window",
          explanation: "a window names a time zone that is not known here, such as Europe/Paris is")
      }
      if periods.count >= Self.mostPeriods { periods.removeAll() }
      periods[window] = found
      return (found.start, found.end)
    }
  }

  /// When so much will have left the window that the same fits, if nothing else comes.
  ///
  /// `replaced` is what is to be replaced: it makes no room by leaving the window.
  func renewal(
    of window: SpendWindow, _ measure: SpendSeries.Measure, at id: NodeID, since start: Timestamp,
    ending: Timestamp?, but replaced: (at: Timestamp, weight: UInt64)?, excess: UInt64
  ) -> Timestamp? {
    guard case .rolling(let seconds) = window else { return ending }
    let kind = SpendSeries.Kind(measure, window.resolution)
    guard var series = series[SeriesKey(node: id, kind: kind)] else { return nil }
    if let replaced { series.change(at: replaced.at, from: replaced.weight, to: 0) }
    guard let last = series.bucket(from: series.bucketNumber(at: start), reaching: excess)
    else { return nil }
    let width = series.resolution.bucketMs
    return Timestamp(milliseconds: (last + 1) * width).adding(milliseconds: seconds * 1000)
  }

  func shortfall(
    of limit: BudgetShortfall.Limit, _ amount: Msat, at id: NodeID, _ charge: ProspectiveCharge
  ) -> BudgetShortfall {
    let node = nodes[id]
    return BudgetShortfall(
      node: id, limit: limit, limitAmount: amount, settled: node?.settled ?? .zero,
      held: node?.held ?? .zero, escrowed: node?.escrowed ?? .zero, used: .zero,
      asked: charge.amount)
  }

  /// The most that the limits of one level leave for one charge; nil where it has none.
  mutating func room(
    under level: GrantLevel, at now: Timestamp, records: some LedgerRecords
  ) throws(Refusal) -> Msat? {
    let node = nodes[level.node]
    let registered = node?.registered ?? []
    var room = level.paymentLimit
    if let limit = Self.tighter(level.spendLimit, registered.amount(per: nil)) {
      room = Self.tighter(room, limit.subtractingToZero(node?.used ?? .zero))
    }
    for limit in level.windows + registered {
      guard let window = limit.window else { continue }
      let (start, _) = try bounds(of: window, at: now)
      let used = try use(
        of: window, .amount, since: start, at: level.node, but: nil, now, records)
      room = Self.tighter(room, limit.amount.subtractingToZero(Msat(used) ?? .max))
    }
    return room
  }

  private static let mostPeriods = 64

  /// The tighter of two limits, where nil is none.
  static func tighter(_ first: Msat?, _ second: Msat?) -> Msat? {
    guard let first, let second else { return first ?? second }
    return min(first, second)
  }
}

extension Node {
  /// What counts against its total limit: spent, set aside, and taken by escrows below.
  public var used: Msat {
    settled.adding(held).flatMap { $0.adding(escrowed) } ?? .max
  }
}
