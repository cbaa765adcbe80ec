import PurserCore
import PurserTesting
import Testing

/// The ledger's rules, without a disk, against a plain model of them, over random requests.
///
/// Replay a failure with the seed that is in its comment.
@Suite struct LedgerModelTests {
  @Test(arguments: 1...16 as ClosedRange<UInt64>)
  func `random requests are answered and counted as the model does`(seed: UInt64) throws {
    var run = Run(seed: seed)
    for step in 0..<400 {
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
    #expect(first.records.series == second.records.series)
  }

  /// One sequence of requests, to the ledger and to the model.
  struct Run {
    var workload: LedgerWorkload
    var now: Timestamp
    var state: LedgerState
    var records = MemoryRecords()
    var model: ModelLedger
    var events: [AuditEvent] = []
    var answersDone = 0
    var answersRefused = 0
    var differs = false
    private var last: (request: LedgerRequest, real: ModelLedger.Answer, model: ModelLedger.Answer)?

    init(seed: UInt64) {
      now = ManualClock().now()
      workload = LedgerWorkload(seed: seed, now: now)
      state = LedgerState(bounds: workload.bounds, calendar: TestCalendar())
      model = ModelLedger(bounds: workload.bounds)
    }

    mutating func step() {
      now = now.adding(milliseconds: workload.pause(at: now))
      if workload.random.once(in: 10) { sweep() }
      if workload.random.once(in: 20) { records.over.formUnion(state.letGo(at: now, atMost: 10)) }
      // A restart: the state is made anew from the rows.
      if workload.random.once(in: 25) { state = records.state(bounds: workload.bounds) }
      let request = workload.next(at: now)
      last = (request, apply(request), model.apply(request, at: now))
      if case .refused = last?.model {
        workload.note(request, isDone: false)
      } else {
        workload.note(request, isDone: true)
      }
    }

    private mutating func sweep() {
      model.sweep(at: now)
      for hold in state.lapsedHolds(at: now) {
        _ = apply(LedgerRequest(actor: .daemon, command: .expire(hold: hold)))
      }
      for escrow in state.lapsedEscrows(at: now) {
        _ = apply(LedgerRequest(actor: .daemon, command: .endEscrow(escrow)))
      }
    }

    private mutating func apply(_ request: LedgerRequest) -> ModelLedger.Answer {
      let before = state
      do throws(Refusal) {
        let applied = try state.apply(request, at: now, records: records)
        for change in applied.changes { records.write(change, of: state) }
        if let event = applied.event { events.append(event) }
        answersDone += 1
        return .done(applied.outcome)
      } catch {
        answersRefused += 1
        // Nodes may have been brought in, as their rows are.
        #expect(before.nodes.allSatisfy { state.nodes[$0.key] == $0.value })
        #expect(before.openHolds == state.openHolds)
        return .refused(error.kind, error.shortfall)
      }
    }

    mutating func check(_ place: Comment) {
      if let last, last.real != last.model {
        differs = true
        Issue.record("\(place): \(last.request.command): \(last.real), the model: \(last.model)")
      }
      differs = differs || UInt64(events.count) != model.events
      #expect(UInt64(events.count) == model.events, place)
      #expect(Set(state.openPayments.keys) == Set(model.openPayments), place)
      #expect(Set(records.nodes.keys) == model.knownNodes, place)
      for (id, row) in records.nodes {
        let isRow = state.nodes[id] ?? row == row
        guard let difference = isRow ? model.difference(of: row) : "its row differs" else {
          continue
        }
        differs = true
        Issue.record("\(place): \(id): \(difference)")
      }
    }
  }
}

extension ModelLedger {
  var openPayments: [HoldID] { payments.values.filter(\.state.isOpen).map(\.hold) }
}
