import PurserCore
import PurserTesting
import Testing

/// Explained decisions against a plain evaluation of the conjunction, over random policies, chains
/// and ledgers.
@Suite struct DecisionTests {
  /// What a random level states, apart from how a chain says it.
  struct Level {
    var spend: UInt64?
    var window: UInt64?
    var payment: UInt64?
    var services: Set<String>?
    var capabilities: Set<String>?
    var end: UInt64?
    var spent: UInt64 = 0
    var operations: UInt64 = 0
    var calls: UInt64?
    var approveAbove: UInt64?
    var approveAboveInWindow: UInt64?
    var methods: [String]?
    var user: UInt32?
    var mark: NodeMark.State?

    var caveats: [GrantCaveat] {
      var caveats: [GrantCaveat] = []
      if let spend { caveats.append(.spend(amount(spend))) }
      if let window {
        caveats.append(.spendPer(SpendLimit(amount(window), per: .rolling(seconds: 3600))))
      }
      if let payment { caveats.append(.payment(amount(payment))) }
      if let services { caveats.append(.services(services.sorted())) }
      if let capabilities { caveats.append(.capabilities(service: "a", capabilities.sorted())) }
      if let end { caveats.append(.validUntil(end)) }
      if let methods { caveats.append(.methods(methods)) }
      if let calls { caveats.append(.calls(CallLimit(calls, per: .rolling(seconds: 60)))) }
      if let approveAbove { caveats.append(.approveAbove(SpendLimit(amount(approveAbove)))) }
      if let most = approveAboveInWindow {
        caveats.append(.approveAbove(SpendLimit(amount(most), per: .rolling(seconds: 3600))))
      }
      if let user { caveats.append(.peer(.user(user))) }
      return caveats
    }
  }

  static func amount(_ value: UInt64) -> Msat { Msat(value) ?? .max }

  /// One random situation: a policy, a chain over a ledger, and a proposal.
  struct Situation {
    var policy = Policy()
    var levels: [Level] = []
    var proposal = Proposal()
    let now = Timestamp(seconds: 1_800_000_000)

    init(_ random: inout SeededGenerator) {
      for id in ["a", "b"] where !random.once(in: 5) {
        var service = Service(id: id, origins: ["https://\(id)"], challengePath: "/")
        service.capabilities = random.once(in: 3) ? [] : ["x", "y"]
        service.priceCeiling = random.once(in: 2) ? random.amount(1...100) : nil
        service.feeLimit = random.amount(0...5)
        service.approveAbove = random.once(in: 4) ? random.amount(1...100) : nil
        service.payees = random.once(in: 2) ? [[2]] : []
        service.bringChallenges =
          Service.BringChallenges.allCases.randomElement(using: &random) ?? .deny
        policy.services[id] = service
      }
      if random.once(in: 3) { policy.ceilings.spend = random.amount(20...300) }
      if random.once(in: 3) { policy.ceilings.payment = random.amount(20...100) }
      if random.once(in: 8) { policy.ceilings.validUntilSeconds = now.seconds }
      for _ in 0..<Int.random(in: 1...5, using: &random) { levels.append(level(&random)) }
      proposal.service = random.once(in: 6) ? nil : ["a", "b"].randomElement(using: &random)
      proposal.capabilities =
        random.once(in: 2) ? nil : [["x"], ["y"], ["x", "y"], ["z"]].randomElement(using: &random)
      proposal.amount = random.once(in: 8) ? nil : random.amount(1...80)
      proposal.payee = random.once(in: 2) ? nil : [[2], [3]].randomElement(using: &random)
      proposal.isBrought = random.once(in: 4)
      if random.once(in: 2) {
        let process = PeerProcess(processID: 9, userID: random.once(in: 4) ? 2 : 1, groupID: 1)
        proposal.peer = PeerIdentity(process, isVouched: true)
      }
    }

    private func level(_ random: inout SeededGenerator) -> Level {
      var level = Level()
      if random.once(in: 3) { level.spend = .random(in: 20...300, using: &random) }
      if random.once(in: 4) { level.window = .random(in: 20...300, using: &random) }
      if random.once(in: 4) { level.payment = .random(in: 20...100, using: &random) }
      if random.once(in: 4) {
        level.services = [["a"], ["a", "b"], ["b"], []].randomElement(using: &random)
      }
      if random.once(in: 4) {
        level.capabilities = [["x"], ["x", "y"], []].randomElement(using: &random)
      }
      if random.once(in: 10) { level.end = now.seconds + (random.once(in: 2) ? 0 : 1) }
      if random.once(in: 3) { level.spent = .random(in: 0...60, using: &random) }
      use(&level, &random)
      if random.once(in: 20) { level.mark = random.once(in: 2) ? .frozen : .revoked }
      return level
    }

    /// How the level may be used, and was.
    private func use(_ level: inout Level, _ random: inout SeededGenerator) {
      if random.once(in: 4) { level.operations = .random(in: 0...3, using: &random) }
      if random.once(in: 6) { level.calls = .random(in: 1...6, using: &random) }
      if random.once(in: 6) { level.approveAbove = .random(in: 1...100, using: &random) }
      if random.once(in: 6) { level.approveAboveInWindow = .random(in: 1...200, using: &random) }
      if random.once(in: 8) {
        level.methods = [["credential.*"], ["credential.request", "spend.*"], ["challenge.pay"]]
          .randomElement(using: &random)
      }
      if random.once(in: 8) { level.user = 1 }
    }

    /// The chain of `levels`.
    func chain(of levels: [Level]) -> GrantChain {
      let maker = GrantMaker()
      guard let id = NodeID(bytes: [UInt8](repeating: 1, count: 16)), let first = levels.first
      else { preconditionFailure("16 bytes are an id, and a chain has a top") }
      let token = levels.dropFirst().reduce(maker.top(id, first.caveats)) { token, level in
        maker.child(of: token, nonce: [UInt8](repeating: 7, count: 16), level.caveats)
      }
      return maker.chain(token)
    }

    /// The decision of the rules.
    func decide(_ levels: [Level]) throws -> Decision {
      let chain = chain(of: levels)
      let operations = levels.indices.map { index in
        (chain.levels[index].node, levels[index...].reduce(0) { $0 + $1.operations })
      }
      let records = SpentRecords(
        now: now, operations: Dictionary(uniqueKeysWithValues: operations))
      let nodes = levels.indices.map { index in
        Node(
          id: chain.levels[index].node, number: UInt64(index + 1),
          parent: index == 0 ? nil : chain.levels[index - 1].node, name: nil,
          stated: chain.levels[index].limits, createdAt: now,
          mark: levels[index].mark.map { NodeMark(state: $0, setBy: nil) },
          settled: amount(spent(levels, from: index)))
      }
      return try policy.decide(proposal, by: chain) { question throws(Refusal) in
        var state = LedgerState(
          nodes: nodes, lastNumber: UInt64(nodes.count), bounds: policy.bounds,
          calendar: TestCalendar())
        return try state.examine(chain, for: question, at: now, records: records)
      }
    }

    /// What was spent at the level `index` and below.
    func spent(_ levels: [Level], from index: Int) -> UInt64 {
      levels[index...].reduce(0) { $0 + $1.spent }
    }

    /// The decision, worked out plainly: every condition there is, all at once.
    func plainDecision(_ levels: [Level]) -> String {
      var conditions = levels.map { $0.mark == nil && $0.end.map { now.seconds < $0 } ?? true }
      conditions.append(policy.ceilings.validUntilSeconds.map { now.seconds < $0 } ?? true)
      conditions += levels.map { allowsAccess(by: $0) }
      var asks = false
      let service = proposal.service.flatMap { policy.services[$0] }
      if let id = proposal.service {
        conditions += levels.map { $0.services?.contains(id) ?? true }
        conditions.append(service != nil)
      }
      if let service {
        conditions.append(allowsCapabilities(of: service, levels))
        if let price = proposal.amount, let ceiling = service.priceCeiling {
          conditions.append(price <= ceiling)
        }
        if proposal.isBrought {
          conditions.append(service.bringChallenges != .deny)
          if service.bringChallenges == .pinned { conditions.append(!service.payees.isEmpty) }
          asks = service.bringChallenges == .approve && service.payees.isEmpty
        }
        if let payee = proposal.payee, !service.payees.isEmpty {
          conditions.append(service.payees.contains(payee))
        }
      }
      if let price = proposal.amount?.value {
        let total = price + (service?.feeLimit.value ?? 0)
        asks = asks || service?.approveAbove.map { total > $0.value } ?? false
        asks = asks || proposal.service != nil && isAboveThreshold(total, levels)
        conditions.append(fits(total, levels))
      }
      return conditions.contains(false) ? "deny" : asks ? "approve" : "allow"
    }

    private func allowsCapabilities(of service: Service, _ levels: [Level]) -> Bool {
      let granted = service.id == "a" ? levels.compactMap(\.capabilities) : []
      if let asked = proposal.capabilities {
        return asked.allSatisfy { name in
          service.capabilities.contains(name) && granted.allSatisfy { $0.contains(name) }
        }
      }
      let offered = service.capabilities.isEmpty ? ["x", "y"] : service.capabilities
      return granted.isEmpty
        || offered.contains { name in granted.allSatisfy { $0.contains(name) } }
    }

    private func allowsAccess(by level: Level) -> Bool {
      let method =
        proposal.service == nil
        ? "spend.reserve" : proposal.isBrought ? "challenge.pay" : "credential.request"
      let group = method.prefix { $0 != "." } + ".*"
      let isCallable = level.methods.map { $0.contains(method) || $0.contains("\(group)") } ?? true
      guard let user = level.user, let peer = proposal.peer else { return isCallable }
      return isCallable && peer.process.userID == user
    }

    private func isAboveThreshold(_ total: UInt64, _ levels: [Level]) -> Bool {
      levels.indices.contains { index in
        let inWindow = spent(levels, from: index) + total
        return levels[index].approveAbove.map { total > $0 } ?? false
          || levels[index].approveAboveInWindow.map { inWindow > $0 } ?? false
      }
    }

    private func fits(_ total: UInt64, _ levels: [Level]) -> Bool {
      let ceilings = policy.ceilings
      let isBelowCeilings =
        ceilings.payment.map { total <= $0.value } ?? true
        && ceilings.spend.map { spent(levels, from: 0) + total <= $0.value } ?? true
      return isBelowCeilings
        && levels.indices.allSatisfy { index in
          let used = spent(levels, from: index) + total
          let operations = levels[index...].reduce(0) { $0 + $1.operations }
          let level = levels[index]
          return level.payment.map { total <= $0 } ?? true && level.spend.map { used <= $0 } ?? true
            && level.window.map { used <= $0 } ?? true
            && level.calls.map { operations < $0 } ?? true
        }
    }
  }

  /// Rows of nodes whose spending was all a moment ago.
  struct SpentRecords: LedgerRecords {
    let now: Timestamp
    let operations: [NodeID: UInt64]

    func node(_ id: NodeID) -> Node? { nil }
    func buckets(of node: Node, _ kind: SpendSeries.Kind) -> [SpendSeries.Bucket] { [] }
    func charges(
      at node: Node, since start: Timestamp, _ kind: SpendSeries.Kind
    ) -> [SpendSeries.Bucket] {
      let amount = kind.measure == .calls ? operations[node.id] ?? 0 : node.settled.value
      return [.init(number: now.milliseconds / kind.resolution.bucketMs, amount: amount)]
    }
    func logExtent() -> LogExtent { LogExtent(gone: 0, archived: 0, end: 0) }
    func endedHold(_ id: HoldID) -> Hold? { nil }
    func payment(hash: [UInt8]) -> Payment? { nil }
    func hasWalletPayment(hash: [UInt8]) -> Bool { false }
    func idempotencyRecord(for claim: IdempotencyClaim) -> IdempotencyRecord? { nil }
    func credential(_ id: CredentialID) -> Credential? { nil }
    func hasCopy(of credential: CredentialID, at node: NodeID) -> Bool { false }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `the explained decision is the plain conjunction, and never grows along a chain`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    var counts: [String: Int] = [:]
    for round in 0..<300 {
      let situation = Situation(&random)
      var last = 2
      for depth in 1...situation.levels.count {
        // What is spent below counts above whether the level is shown or not.
        var levels = Array(situation.levels[..<depth])
        levels[depth - 1].spent += situation.levels[depth...].reduce(0) { $0 + $1.spent }
        levels[depth - 1].operations +=
          situation.levels[depth...].reduce(0) { $0 + $1.operations }
        let decision = try situation.decide(levels)
        let wanted = situation.plainDecision(levels)
        let place: Comment = "seed \(seed), round \(round), depth \(depth)"
        try #require(decision.word == wanted, "\(place): \(decision) of \(situation)")
        #expect(decision.rank <= last, place)
        last = decision.rank
        counts[wanted, default: 0] += 1
      }
    }
    for word in ["allow", "approve", "deny"] {
      #expect(counts[word, default: 0] > 3, "seed \(seed): too few to say anything: \(counts)")
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `deciding stops at the first refusal that explaining puts down`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<300 {
      let situation = Situation(&random)
      guard let id = situation.proposal.service else { continue }
      let chain = situation.chain(of: situation.levels)
      var explaining = RuleTrace.explaining
      _ = try situation.policy.service(id, for: chain, trace: &explaining)
      var deciding = RuleTrace.deciding
      var refusal: Refusal?
      do throws(Refusal) {
        _ = try situation.policy.service(id, for: chain, trace: &deciding)
      } catch { refusal = error }
      #expect(
        refusal == explaining.findings.compactMap(\.refusal).first, "seed \(seed), round \(round)")
      #expect(deciding.findings.isEmpty)
    }
  }
}

extension Decision {
  fileprivate var word: String { ["deny", "approve", "allow"][rank] }

  fileprivate var rank: Int {
    switch verdict {
    case .deny: 0
    case .approve: 1
    case .allow: 2
    }
  }
}
