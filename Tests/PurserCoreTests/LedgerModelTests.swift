import PurserCore
import PurserTesting
import Testing

/// The ledger's rules against a plain model of them, over random requests.
///
/// Replay a failure with the seed that is in its comment.
@Suite struct LedgerModelTests {
  static let bounds = LedgerState.Bounds(descendants: 24, holdLifetimeMs: 60_000)

  @Test(arguments: 1...24 as ClosedRange<UInt64>)
  func `random requests are answered and counted as the model does`(seed: UInt64) throws {
    var run = Run(seed: seed)
    for step in 0..<350 {
      run.step()
      run.check("seed \(seed), step \(step)")
      if run.differs { return }
    }
    #expect(run.answersDone > 20, "seed \(seed): too little was admitted to say anything")
    #expect(run.answersRefused > 20, "seed \(seed): too little was refused to say anything")
  }

  @Test(arguments: 100...104 as ClosedRange<UInt64>)
  func `the same requests at the same times give the same ledger`(seed: UInt64) {
    var first = Run(seed: seed)
    var second = Run(seed: seed)
    for _ in 0..<300 {
      first.step()
      second.step()
    }
    #expect(first.events == second.events)
    #expect(first.records.nodes == second.records.nodes)
    #expect(first.records.holds == second.records.holds)
  }

  /// One sequence of requests, to the ledger and to the model.
  struct Run {
    var workload: LedgerWorkload
    var now: Timestamp
    var state = LedgerState(bounds: LedgerModelTests.bounds)
    var records = MemoryRecords()
    var model = ModelLedger(bounds: LedgerModelTests.bounds)
    var events: [AuditEvent] = []
    var answersDone = 0
    var answersRefused = 0
    var differs = false
    private var last: (request: LedgerRequest, real: ModelLedger.Answer, model: ModelLedger.Answer)?

    init(seed: UInt64) {
      now = ManualClock().now()
      workload = LedgerWorkload(seed: seed, now: now)
    }

    mutating func step() {
      now = now.adding(milliseconds: UInt64.random(in: 0...4000, using: &workload.random))
      if workload.random.once(in: 20) { sweep() }
      // A restart: the state is made anew from the rows.
      if workload.random.once(in: 25) { state = records.state(bounds: LedgerModelTests.bounds) }
      let request = workload.next(at: now)
      last = (request, apply(request), model.apply(request, at: now))
    }

    private mutating func sweep() {
      model.sweep(at: now)
      for hold in state.lapsedHolds(at: now) {
        _ = apply(LedgerRequest(actor: .daemon, command: .expire(hold: hold)))
      }
    }

    private mutating func apply(_ request: LedgerRequest) -> ModelLedger.Answer {
      let before = state
      do throws(Refusal) {
        let applied = try state.apply(request, at: now, records: records)
        for change in applied.changes { records.write(change) }
        if let event = applied.event { events.append(event) }
        answersDone += 1
        return .done(applied.outcome)
      } catch {
        answersRefused += 1
        #expect(before.nodes == state.nodes && before.openHolds == state.openHolds)
        return .refused(error.kind)
      }
    }

    mutating func check(_ place: Comment) {
      if let last, last.real != last.model {
        differs = true
        Issue.record("\(place): \(last.request.command): \(last.real), the model: \(last.model)")
      }
      checkCounters(place)
      differs = differs || UInt64(events.count) != model.events || state.marks != model.marks
      #expect(UInt64(events.count) == model.events, place)
      #expect(state.marks == model.marks, place)
      #expect(Set(state.openPayments.keys) == Set(model.openPayments), place)
    }

    private mutating func checkCounters(_ place: Comment) {
      #expect(Set(state.nodes.keys) == Set(model.nodes.keys), place)
      for (id, node) in state.nodes {
        let agrees =
          node.settled.value == model.settled(at: id) && node.held.value == model.held(at: id)
          && node.descendants == model.descendants(of: id) && records.nodes[id] == node
        // No limit is exceeded, but where a wallet let more leave than was held.
        let isWithin =
          model.overruns.contains(id)
          || node.settled.value + node.held.value <= (node.spendLimit ?? .max).value
        if !agrees || !isWithin {
          differs = true
          Issue.record("\(place): node \(id) counts \(node)")
        }
      }
    }
  }
}

extension ModelLedger {
  var openPayments: [HoldID] { payments.values.filter(\.state.isOpen).map(\.hold) }
}
