import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// The ledger on disk against the plain model, in groups and over restarts.
///
/// Replay a failure with
/// the seed that is in its comment.
@Suite struct ModelTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `groups of random requests leave on disk what the model counts`(seed: UInt64) async throws {
    let bounds = LedgerState.Bounds(descendants: 24, holdLifetimeMs: 60_000)
    var settings = Harness.quiet
    settings.bounds = bounds
    let harness = try Harness()
    var ledger = try harness.open(settings)
    var model = ModelLedger(bounds: bounds)
    var workload = LedgerWorkload(seed: seed, now: harness.clock.now())
    for round in 0..<40 {
      harness.clock.move(milliseconds: Int64.random(in: 0...20_000, using: &workload.random))
      if workload.random.once(in: 5) {
        ledger.close()
        ledger = try harness.open(settings)
        // The opening looks for lapsed holds before it takes the first command.
        model.sweep(at: ledger.now())
      }
      let now = ledger.now()
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
    case .failure(let refusal): .refused(refusal.kind)
    }
  }

  private func compare(
    _ ledger: SQLiteLedger, with model: ModelLedger, _ place: Comment
  ) throws {
    let nodes = try ledger.nodes()
    #expect(Set(nodes.map(\.node.id)) == Set(model.nodes.keys), place)
    for summary in nodes {
      let node = summary.node
      #expect(node.settled.value == model.settled(at: node.id), place)
      #expect(node.held.value == model.held(at: node.id), place)
      #expect(node.descendants == model.descendants(of: node.id), place)
      #expect(node.parent == model.nodes[node.id]?.parent, place)
      #expect(summary.mark == model.marks[node.id], place)
    }
    #expect(try ledger.marks(among: Array(model.marks.keys)) == model.marks, place)
    for claim in model.claims.values {
      #expect(try ledger.hold(claim.hold.id) == claim.hold, place)
    }
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
