import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// The ledger with its thread and its queue against the plain model, in groups and over restarts.
///
/// What the disk does to it is the simulation's.
@Suite struct ModelTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `groups of random requests leave on disk what the model counts`(seed: UInt64) async throws {
    let harness = try Harness()
    var workload = LedgerWorkload(seed: seed, now: harness.clock.now())
    var settings = Harness.quiet
    settings.bounds = workload.bounds
    settings.calendar = TestCalendar()
    settings.bounds.idempotencyLifetimeMs = .max
    var ledger = try harness.open(settings)
    var model = ModelLedger(bounds: workload.bounds)
    // The opening looks for what has run out before it takes the first command.
    var hasSwept = false
    for round in 0..<30 {
      harness.clock.move(milliseconds: Int64(workload.pause(at: ledger.now())))
      if workload.random.once(in: 5) {
        ledger.close()
        ledger = try harness.open(settings)
        hasSwept = false
      }
      let now = ledger.now()
      if !hasSwept { model.sweep(at: now) }
      hasSwept = true
      let count = Int.random(in: 1...30, using: &workload.random)
      let requests = (0..<count).map { _ in workload.next(at: now) }
      let expected = requests.map { model.apply($0, at: now) }
      let answers = await ledger.submitAll(requests)
      for (index, (answer, wanted)) in zip(answers, expected).enumerated() {
        let place = "seed \(seed), round \(round), \(requests[index].command)"
        try #require(Self.answer(answer) == wanted, "\(place): \(answer)")
      }
      try compare(ledger, with: model, "seed \(seed), round \(round)")
    }
    let audit = try ledger.verifyAudit()
    #expect(audit.fault == nil && audit.events == model.events, "seed \(seed)")
  }

  private static func answer(_ result: Result<Applied, Refusal>) -> ModelLedger.Answer {
    switch result {
    case .success(let applied): .done(applied.outcome)
    case .failure(let refusal): .refused(refusal.kind, refusal.shortfall)
    }
  }

  private func compare(
    _ ledger: SQLiteLedger, with model: ModelLedger, _ place: Comment
  ) throws {
    let nodes = try ledger.allNodes()
    #expect(Set(nodes.map(\.id)) == model.knownNodes, place)
    for node in nodes { #expect(model.difference(of: node) == nil, place) }
    #expect(try ledger.marks(among: Array(model.marks.keys)) == model.marks, place)
    for hold in model.holds { #expect(try ledger.hold(hold.id) == hold, place) }
    #expect(
      Set(try ledger.openPayments().map(\.hold))
        == Set(model.payments.values.filter(\.state.isOpen).map(\.hold)), place)
    for payment in model.payments.values {
      #expect(try ledger.payment(hold: payment.hold) == payment, place)
    }
    let credentials = try ledger.credentials(service: nil)
    #expect(credentials.count == model.credentials.count, place)
    #expect(credentials.allSatisfy { model.credentials[$0.id] == $0 }, place)
    #expect(try ledger.verifyLedger().faults == [], place)
  }
}
