import PurserCore
import PurserTesting
import Testing

/// Limits for windows of time.
///
/// The clock of the fixture starts on a Friday, 2027-01-15 08:00 UTC.
@Suite struct LedgerWindowTests {
  private static func limit(_ amount: UInt64, _ window: String) -> GrantCaveat {
    guard let limit = SpendLimit("\(amount)/\(window)") else {
      preconditionFailure("\(window) is a window")
    }
    return .spendPer(limit)
  }

  /// The shortfall at the window of `command`, which must be refused by one.
  private func shortfall(
    _ ledger: inout LedgerFixture, _ command: Command
  ) throws -> BudgetShortfall {
    do throws(Refusal) { _ = try ledger.apply(command) } catch {
      return try #require(error.shortfall)
    }
    Issue.record("it was admitted")
    throw CancellationError()
  }

  @Test func `a refusal says what the window holds, what is missing and when it renews`() throws {
    var ledger = LedgerFixture(middle: [Self.limit(100, "1h")])
    #expect(ledger.refusal(of: ledger.charge(1, 70, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 600)
    let found = try shortfall(&ledger, ledger.charge(2, 40, by: ledger.leaf))
    #expect(found.node == ledger.middle.node && found.limit == .window(.rolling(seconds: 3600)))
    #expect(found.limitAmount.value == 100 && found.used.value == 70 && found.asked.value == 40)
    #expect(found.shortfall.value == 10 && found.remaining.value == 30)
    // The step of 15 seconds in which the 70 were spent has to be over as well.
    #expect(found.renewsAt == Timestamp(seconds: 1_800_000_000 + 3600 + 15))
  }

  @Test(arguments: [
    ("10s", 10, 1), ("15m", 900, 1), ("901s", 901, 15), ("6h", 21_600, 15), ("1d", 86_400, 60),
    ("7d", 604_800, 900), ("366d", 31_622_400, 900),
  ])
  func `a rolling window renews to the millisecond, at most one step late`(
    window: String, seconds: UInt64, step: UInt64
  ) throws {
    var ledger = LedgerFixture(leaf: [Self.limit(100, window)])
    ledger.now = ledger.now.adding(milliseconds: 123)
    #expect(ledger.refusal(of: ledger.charge(1, 60, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 3)
    #expect(ledger.refusal(of: ledger.charge(2, 40, by: ledger.leaf)) == nil)
    let renewsAt = try #require(
      try shortfall(&ledger, ledger.charge(3, 60, by: ledger.leaf)).renewsAt)
    let exact = 1_800_000_000_123 + seconds * 1000
    #expect(renewsAt.milliseconds > exact && renewsAt.milliseconds <= exact + step * 1000)
    ledger.now = Timestamp(milliseconds: renewsAt.milliseconds - 1)
    #expect(ledger.refusal(of: ledger.charge(3, 60, by: ledger.leaf)) != nil)
    ledger.now = renewsAt
    #expect(ledger.refusal(of: ledger.charge(3, 60, by: ledger.leaf)) == nil)
  }

  @Test(
    arguments: [
      // The end of the day, week and month that 2027-01-15 08:00 UTC, a Friday, is in.
      ("day@UTC", 1_800_057_600), ("week@UTC", 1_800_230_400), ("month@UTC", 1_801_440_000),
      ("day@Test/Half", 1_800_055_800), ("day@Test/Quarters", 1_800_060_300),
      ("day@Test/Summer", 1_800_054_000),
    ] as [(String, UInt64)])
  func `a window of the calendar renews at the end of its period`(
    window: String, end: UInt64
  ) throws {
    var ledger = LedgerFixture(leaf: [Self.limit(100, window)])
    #expect(ledger.refusal(of: ledger.charge(1, 80, by: ledger.leaf)) == nil)
    let found = try shortfall(&ledger, ledger.charge(2, 21, by: ledger.leaf))
    #expect(found.renewsAt == Timestamp(seconds: end))
    ledger.now = Timestamp(milliseconds: end * 1000 - 1)
    #expect(ledger.refusal(of: ledger.charge(2, 21, by: ledger.leaf)) != nil)
    ledger.now = Timestamp(seconds: end)
    #expect(ledger.refusal(of: ledger.charge(2, 100, by: ledger.leaf)) == nil)
  }

  @Test func `what is more than the window allows at all never fits`() throws {
    var ledger = LedgerFixture(leaf: [Self.limit(100, "1h"), Self.limit(500, "day@UTC")])
    #expect(try shortfall(&ledger, ledger.charge(1, 101, by: ledger.leaf)).renewsAt == nil)
    ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf))
    #expect(try shortfall(&ledger, ledger.charge(3, 501, by: ledger.leaf)).renewsAt == nil)
  }

  @Test func `several windows of one grant bind at once`() throws {
    var ledger = LedgerFixture(
      leaf: [Self.limit(50, "1m"), Self.limit(80, "1h"), Self.limit(90, "day@UTC")])
    #expect(ledger.refusal(of: ledger.charge(1, 50, by: ledger.leaf)) == nil)
    let minute = "budget_exceeded spend_msat/1m \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf)) == minute)
    ledger.advance(seconds: 61)
    let hour = "budget_exceeded spend_msat/1h \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.charge(2, 31, by: ledger.leaf)) == hour)
    #expect(ledger.refusal(of: ledger.charge(2, 30, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 3 * 3600)
    let day = "budget_exceeded spend_msat/day@UTC \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.charge(3, 11, by: ledger.leaf)) == day)
    #expect(ledger.refusal(of: ledger.charge(3, 10, by: ledger.leaf)) == nil)
  }

  @Test func `a window seen for the first time counts what was spent before it was`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.charge(1, 60, by: ledger.leaf))
    ledger.refusal(of: ledger.reserve(2, 30, by: ledger.other))
    ledger.advance(seconds: 30)
    let narrowed = ledger.narrowed(top: [Self.limit(100, "1h")])
    let full = "budget_exceeded spend_msat/1h \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(3, 11, by: narrowed)) == full)
    #expect(ledger.refusal(of: ledger.charge(3, 10, by: narrowed)) == nil)
  }

  @Test func `a refusal that looked at a new window leaves it to be counted after a restart`() {
    var ledger = LedgerFixture()
    ledger.refusal(of: ledger.charge(1, 60, by: ledger.leaf))
    let narrowed = ledger.narrowed(top: [Self.limit(100, "1h")])
    let full = "budget_exceeded spend_msat/1h \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(2, 50, by: narrowed)) == full)
    // Something else of the node is written, and nothing of the window.
    let freeze = NodeMarking(action: .freeze, node: ledger.top.node)
    let unfreeze = NodeMarking(action: .unfreeze, node: ledger.top.node)
    for marking in [freeze, unfreeze] { ledger.refusal(of: .mark(marking)) }
    ledger.restart()
    #expect(ledger.refusal(of: ledger.charge(2, 50, by: narrowed)) == full)
    #expect(ledger.refusal(of: ledger.charge(2, 40, by: narrowed)) == nil)
  }

  @Test func `a first spend below counts in the windows above, after a restart too`() {
    var ledger = LedgerFixture()
    let narrowed = ledger.narrowed(top: [Self.limit(100, "1h")])
    ledger.refusal(of: ledger.charge(1, 10, by: ledger.top))
    ledger.refusal(of: ledger.charge(2, 10, by: narrowed))
    ledger.restart()
    // By a token without the window, at a node that is new.
    #expect(ledger.refusal(of: ledger.charge(3, 70, by: ledger.other)) == nil)
    let full = "budget_exceeded spend_msat/1h \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(4, 11, by: narrowed)) == full)
    ledger.restart()
    #expect(ledger.refusal(of: ledger.charge(4, 11, by: narrowed)) == full)
    #expect(ledger.refusal(of: ledger.charge(4, 10, by: narrowed)) == nil)
  }

  @Test func `a window that nobody asked for in a long time has forgotten what is over`() {
    var ledger = LedgerFixture()
    let narrowed = ledger.narrowed(top: [Self.limit(100, "15m")])
    ledger.refusal(of: ledger.charge(0, 1, by: ledger.top))
    ledger.refusal(of: ledger.charge(1, 1, by: narrowed))
    for number in 2..<202 as Range<UInt8> {
      ledger.advance(seconds: 10)
      #expect(ledger.refusal(of: ledger.charge(number, 1, by: ledger.top)) == nil)
    }
    // 90 in the last 15 minutes, and the one of just 15 minutes ago.
    let full = "budget_exceeded spend_msat/15m \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(210, 10, by: narrowed)) == full)
    #expect(ledger.refusal(of: ledger.charge(210, 9, by: narrowed)) == nil)
  }

  @Test func `a hold from just before a window was first seen takes nothing out of it`() {
    var ledger = LedgerFixture()
    ledger.now = Timestamp(milliseconds: 1_800_000_000_100)
    let payment = ledger.payment(1, by: ledger.top)
    ledger.refusal(of: .beginPayment(payment, by: ledger.top))
    ledger.now = Timestamp(milliseconds: 1_800_000_000_600)
    ledger.refusal(of: ledger.charge(2, 90, by: ledger.top))
    // Half a second after one and half a second before the other leaves the window.
    ledger.now = Timestamp(milliseconds: 1_800_000_900_300)
    let narrowed = ledger.narrowed(top: [Self.limit(300, "15m")])
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: narrowed)) == nil)
    let failed = Command.finishPayment(hold: payment.hold, .failed(reason: "no route"))
    #expect(ledger.refusal(of: failed) == nil)
    let full = "budget_exceeded spend_msat/15m \(ledger.top.node)"
    #expect(ledger.refusal(of: ledger.charge(4, 210, by: narrowed)) == full)
    #expect(ledger.refusal(of: ledger.charge(4, 209, by: narrowed)) == nil)
  }

  @Test func `a charge counts in the window in which it was admitted, whenever it ends`() {
    var ledger = LedgerFixture(leaf: [Self.limit(100, "1m")])
    ledger.refusal(of: ledger.reserve(1, 60, by: ledger.leaf))
    ledger.refusal(of: ledger.reserve(2, 40, by: ledger.leaf))
    ledger.advance(seconds: 30)
    let full = "budget_exceeded spend_msat/1m \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.charge(3, 1, by: ledger.leaf)) == full)
    // What is given back makes room in the window of its admission.
    ledger.refusal(of: ledger.settle(1, 20))
    #expect(ledger.refusal(of: ledger.charge(3, 40, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 31)
    // The two of a minute ago have left, though one is still open; the 40 of later have not.
    #expect(ledger.refusal(of: ledger.charge(4, 61, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.charge(4, 60, by: ledger.leaf)) == nil)
    // Settled now, it counts then.
    ledger.refusal(of: ledger.settle(2, 40))
    ledger.advance(seconds: 30)
    #expect(ledger.refusal(of: ledger.charge(5, 40, by: ledger.leaf)) == nil)
  }

  @Test func `an extension is admitted anew, in the window of now`() throws {
    var ledger = LedgerFixture(leaf: [Self.limit(100, "1m")])
    ledger.refusal(of: ledger.reserve(1, 60, by: ledger.leaf))
    ledger.advance(seconds: 50)
    let full = "budget_exceeded spend_msat/1m \(ledger.leaf.node)"
    #expect(ledger.refusal(of: ledger.extend(1, 101, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.extend(1, 90, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 30)
    // The window of its first admission is over; it counts in that of its extension.
    #expect(ledger.refusal(of: ledger.charge(2, 11, by: ledger.leaf)) == full)
    #expect(ledger.refusal(of: ledger.charge(2, 10, by: ledger.leaf)) == nil)
    ledger.advance(seconds: 31)
    #expect(ledger.refusal(of: ledger.charge(3, 90, by: ledger.leaf)) == nil)
  }

  @Test func `when an extension renews does not count on the hold that it replaces`() throws {
    var ledger = LedgerFixture(leaf: [Self.limit(100, "1m")])
    ledger.refusal(of: ledger.reserve(1, 10, by: ledger.leaf))
    ledger.advance(seconds: 10)
    ledger.refusal(of: ledger.charge(2, 90, by: ledger.leaf))
    ledger.advance(seconds: 10)
    let found = try shortfall(&ledger, ledger.extend(1, 11, by: ledger.leaf))
    #expect(found.used.value == 90 && found.shortfall.value == 1)
    #expect(found.renewsAt == Timestamp(seconds: 1_800_000_000 + 10 + 60 + 1))
  }

  @Test func `a day whose clocks change is longer or shorter`() throws {
    // 2027-03-28 and 2027-10-31 in Test/Summer, from 23:00 and 22:00 UTC the evening before.
    for (start, hours) in [(1_806_188_400, 23), (1_824_933_600, 25)] as [(UInt64, UInt64)] {
      var ledger = LedgerFixture(leaf: [Self.limit(100, "day@Test/Summer")])
      ledger.now = Timestamp(seconds: start)
      #expect(ledger.refusal(of: ledger.charge(1, 100, by: ledger.leaf)) == nil)
      ledger.advance(seconds: hours * 3600 - 1)
      let found = try shortfall(&ledger, ledger.charge(2, 1, by: ledger.leaf))
      #expect(found.renewsAt == Timestamp(seconds: start + hours * 3600))
      ledger.advance(seconds: 1)
      #expect(ledger.refusal(of: ledger.charge(2, 1, by: ledger.leaf)) == nil)
    }
  }

  @Test func `a time zone that is not known refuses, and makes no grant`() {
    var ledger = LedgerFixture(leaf: [Self.limit(100, "day@Nowhere")])
    let forbidden = "forbidden caveat:window"
    #expect(ledger.refusal(of: ledger.charge(1, 1, by: ledger.leaf)) == forbidden)
    let create = Command.createGrant(GrantRegistration(chain: ledger.leaf))
    #expect(ledger.refusal(of: create) == "invalid")
    #expect(ledger.state.nodes.isEmpty)
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `never too little is counted, and less than one step too much`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for window in ["10s", "15m", "1h", "1d", "30d"] {
      guard let limit = SpendLimit("1000/\(window)"), case .rolling(let seconds) = limit.window,
        let step = limit.window?.resolution.bucketMs
      else { continue }
      var ledger = LedgerFixture(leaf: [.spendPer(limit)])
      var admitted: [(at: UInt64, amount: UInt64)] = []
      for number in 0..<200 as Range<UInt8> {
        let pause = UInt64.random(in: 0...seconds * 200, using: &random)
        ledger.now = ledger.now.adding(milliseconds: pause)
        let now = ledger.now.milliseconds
        let amount = UInt64.random(in: 1...300, using: &random)
        func spent(within milliseconds: UInt64) -> UInt64 {
          admitted.filter { $0.at + milliseconds >= now }.reduce(0) { $0 + $1.amount }
        }
        let isAdmitted = ledger.refusal(of: ledger.charge(number, amount, by: ledger.leaf)) == nil
        if isAdmitted {
          #expect(spent(within: seconds * 1000) + amount <= 1000, "seed \(seed), \(window)")
          admitted.append((now, amount))
        } else {
          #expect(spent(within: seconds * 1000 + step) + amount > 1000, "seed \(seed), \(window)")
        }
      }
    }
  }
}
