internal import PurserCore

/// The tokens of a workload: trees of random grants, some nodes with several tokens that state
/// different things.
struct TokenForest {
  private struct Entry {
    let token: GrantToken
    let chain: GrantChain
  }

  private let maker = GrantMaker()
  private let paceMs: UInt64
  private var entries: [Entry] = []
  private var nonces: [[UInt8]] = []
  private static let most = 90

  init(paceMs: UInt64) { self.paceMs = paceMs }

  var chains: [GrantChain] { entries.map(\.chain) }

  func any(_ random: inout SeededGenerator) -> GrantChain {
    entries[Int.random(in: entries.indices, using: &random)].chain
  }

  /// Mostly one whose time is not over.
  func usable(_ now: Timestamp, _ random: inout SeededGenerator) -> GrantChain {
    for _ in 0..<6 {
      let chain = any(&random)
      if chain.expiredNode(at: now) == nil { return chain }
    }
    return any(&random)
  }

  /// Drops most of the tokens at and below `node`, which is revoked.
  mutating func drop(below node: NodeID, _ random: inout SeededGenerator) {
    let kept = entries.filter { entry in
      !entry.chain.levels.contains { $0.node == node } || random.once(in: 5)
    }
    if kept.count > 10 { entries = kept }
  }

  /// Adds a token, and drops one that is over when there are many.
  mutating func renew(_ now: Timestamp, _ random: inout SeededGenerator) {
    if random.once(in: 12) { addTop(now, &random) }
    if random.once(in: 4) { narrow(now, &random) }
    addChild(now, &random)
  }

  mutating func addTop(_ now: Timestamp, _ random: inout SeededGenerator) {
    var caveats: [GrantCaveat] = [.spend(random.amount(20_000...200_000))]
    if random.once(in: 3) { caveats += windows(&random, widest: 20_000) }
    if random.once(in: 3) { caveats.append(end(now, &random, within: 800)) }
    add(maker.top(random.id(), caveats), now, &random)
  }

  /// A copy of a token with more caveats: the same node, whose limits are tighter in that hand.
  private mutating func narrow(_ now: Timestamp, _ random: inout SeededGenerator) {
    let entry = entries[Int.random(in: entries.indices, using: &random)]
    var further: [GrantCaveat] = []
    if random.once(in: 2) { further.append(.spend(random.amount(100...20_000))) }
    if entry.chain.holder.windows.count < 3 { further += windows(&random, widest: 20_000) }
    guard entry.chain.holder.windows.count + further.count <= GrantLevel.mostWindows,
      let token = try? entry.token.attenuated(with: further)
    else { return }
    add(token, now, &random)
  }

  @discardableResult
  mutating func addChild(
    _ now: Timestamp, _ random: inout SeededGenerator, isEscrow: Bool = false
  ) -> GrantChain {
    var parent = entries[Int.random(in: entries.indices, using: &random)]
    for _ in 0..<4 where parent.chain.expiredNode(at: now) != nil {
      parent = entries[Int.random(in: entries.indices, using: &random)]
    }
    guard parent.chain.levels.count < 7 else { return parent.chain }
    // The nonce of a sibling makes another token for its node.
    let isVariant = !nonces.isEmpty && random.once(in: 4)
    let nonce =
      isVariant ? nonces[Int.random(in: nonces.indices, using: &random)] : random.bytes(16)
    nonces.append(nonce)
    if nonces.count > 12 { nonces.removeFirst() }
    var stated = caveats(now, &random)
    if isEscrow { stated += [.spend(random.amount(100...3000)), end(now, &random, within: 400)] }
    let child = maker.child(of: parent.token, nonce: nonce, stated)
    return add(child, now, &random)
  }

  @discardableResult
  private mutating func add(
    _ token: GrantToken, _ now: Timestamp, _ random: inout SeededGenerator
  ) -> GrantChain {
    let chain = maker.chain(token)
    if entries.count >= Self.most {
      let over = entries.indices.filter { entries[$0].chain.expiredNode(at: now) != nil }
      entries.remove(at: over.randomElement(using: &random) ?? entries.count / 2)
    }
    entries.append(Entry(token: token, chain: chain))
    return chain
  }

  private mutating func caveats(
    _ now: Timestamp, _ random: inout SeededGenerator
  ) -> [GrantCaveat] {
    var caveats: [GrantCaveat] = []
    if random.once(in: 3) { caveats.append(.name("n\u{e9} \u{0}\(random.next() % 10)")) }
    if !random.once(in: 4) { caveats.append(.spend(random.amount(100...6000))) }
    if random.once(in: 2) { caveats += windows(&random, widest: 4000) }
    if random.once(in: 4) {
      caveats.append(
        .calls(CallLimit(UInt64.random(in: 0...30, using: &random), per: Self.window(&random))))
    }
    if random.once(in: 8) {
      let window = random.once(in: 2) ? Self.window(&random) : nil
      caveats.append(.approveAbove(SpendLimit(random.amount(0...900), per: window)))
    }
    if random.once(in: 5) { caveats.append(.payment(random.amount(50...800))) }
    if random.once(in: 2) { caveats.append(end(now, &random, within: 400)) }
    return caveats
  }

  private func end(
    _ now: Timestamp, _ random: inout SeededGenerator, within steps: UInt64
  ) -> GrantCaveat {
    .validUntil(now.seconds + 1 + UInt64.random(in: 0...steps * paceMs / 1000, using: &random))
  }

  private func windows(_ random: inout SeededGenerator, widest: UInt64) -> [GrantCaveat] {
    let count = random.once(in: 6) ? 4 : Int.random(in: 1...2, using: &random)
    return (0..<count).map { _ in
      .spendPer(SpendLimit(random.amount(300...widest), per: Self.window(&random)))
    }
  }

  /// From a few windows of each resolution and of the calendar, so that they meet again.
  static func window(_ random: inout SeededGenerator) -> SpendWindow {
    if random.once(in: 3) {
      let period: [CalendarPeriod] = [.day, .week, .month]
      return .calendar(
        period[Int.random(in: 0..<3, using: &random)],
        zone: TestCalendar.zones[Int.random(in: TestCalendar.zones.indices, using: &random)])
    }
    let lengths: [UInt64] = [
      10, 60, 900, 901, 3600, 21_600, 21_601, 86_400, 86_401, 604_800, SpendWindow.longestSeconds,
    ]
    return .rolling(seconds: lengths[Int.random(in: lengths.indices, using: &random)])
  }
}
