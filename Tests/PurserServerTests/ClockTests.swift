import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// Whoever can set the machine's clock back, or gets it to be, gains nothing by it.
@Suite struct ClockTests {
  private static let one = SpendCharge.Parameters(amountMsat: msat(1))

  private static func windows(_ amount: UInt64) -> [GrantCaveat] {
    [
      .spendPer(SpendLimit(msat(amount), per: .rolling(seconds: 3600))),
      .spendPer(SpendLimit(msat(amount), per: .calendar(.day, zone: "Etc/UTC"))),
    ]
  }

  @Test func `a clock set back ends no window early and gives back no operation`() async throws {
    var daemon = try TestDaemon()
    let spent = daemon.maker.top(node(1), Self.windows(100))
    let used = daemon.top(.calls(CallLimit(1, per: .rolling(seconds: 60))), id: 2)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(100)), token: spent)
    _ = try await daemon.call(SpendCharge.self, Self.one, token: used)
    let last = daemon.ledger.now()
    // To before the windows began, to an earlier day, and as far as clocks go.
    for back in [7200_000, 3 * 86_400_000, 0] as [Int64] {
      let earlier = back == 0 ? -Int64(daemon.clock.now().milliseconds) : -back
      daemon.clock.move(milliseconds: earlier)
      for isRestarted in [false, true] {
        if isRestarted { daemon = try TestDaemon(after: daemon) }
        #expect(daemon.ledger.now() == last)
        for token in [spent, used] {
          let error = try await daemon.error(SpendCharge.self, Self.one, token: token)
          #expect(error?.reason == "budget_exceeded", "\(back) ms back, restarted: \(isRestarted)")
        }
        let quote = try await daemon.call(
          SpendQuote.self, .init(amountMsat: msat(1)), token: spent)
        #expect(!quote.passes)
      }
      daemon.clock.move(milliseconds: -earlier)
    }
    #expect(try daemon.counters(spent) == (100, 0))
    #expect(try daemon.counters(used) == (1, 0))
  }

  @Test func `a clock set back makes no token, grant or hold last longer`() async throws {
    var daemon = try TestDaemon()
    let end = daemon.clock.now().seconds + 10
    let worker = daemon.child(daemon.top(), .validUntil(end))
    let other = daemon.top(id: 3)
    let hold = try await daemon.call(
      SpendReserve.self, .init(amountMsat: msat(5), ttlSeconds: 9), token: worker)
    daemon.clock.move(milliseconds: 11_000)
    // Something is written at this time.
    _ = try await daemon.call(SpendCharge.self, Self.one, token: other)
    let last = daemon.ledger.now()
    daemon.clock.move(milliseconds: -10_900)
    for isRestarted in [false, true] {
      if isRestarted { daemon = try TestDaemon(after: daemon) }
      let error = try await daemon.error(SpendCharge.self, Self.one, token: worker)
      #expect(error?.reason == "expired")
      let narrowed = daemon.child(worker, .validUntil(end + 1_000_000), nonce: 4)
      #expect(
        try await daemon.error(SpendCharge.self, Self.one, token: narrowed)?.reason == "expired")
      #expect(
        try await daemon.error(GrantCreate.self, .init(), token: worker)?.reason == "expired")
      let late = try await daemon.error(
        SpendExtend.self, .init(hold: hold.hold, ttlSeconds: 60), token: worker)
      #expect(["expired", "conflict"].contains(late?.reason ?? "-"))
    }
    // What is made now counts from the time on disk, not from the clock.
    var limits = GrantCreate.Parameters()
    limits.ttlSeconds = 60
    let made = try await daemon.call(GrantCreate.self, limits, token: other)
    #expect(made.validUntil == last.seconds + 60)
    let reserve = try await daemon.call(
      SpendReserve.self, .init(amountMsat: msat(5), ttlSeconds: 60), token: other)
    #expect(reserve.expiresAtMs == last.milliseconds + 60_000)
    #expect(try await daemon.call(LedgerVerify.self, NoParameters()).ok)
  }

  @Test func `a clock set back gives an operator's answer no longer life`() async throws {
    let daemon = try TestDaemon()
    let worker = daemon.top(.approveAbove(SpendLimit(msat(0))))
    let request = CredentialRequest.Parameters(service: "data")
    let asked = try await daemon.error(CredentialRequest.self, request, token: worker)
    guard case .string(let text)? = asked?.data["approval"], let id = ApprovalID(hex: text) else {
      Issue.record("no approval is asked for: \(String(describing: asked))")
      return
    }
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: id))
    daemon.clock.move(milliseconds: 3_601_000)
    _ = try await daemon.call(SpendCharge.self, Self.one, token: daemon.top(id: 5))
    daemon.clock.move(milliseconds: -300_000)
    let again = try await daemon.error(CredentialRequest.self, request, token: worker)
    #expect(again?.reason == "approval_required")
    #expect(again?.data["approval"] != asked?.data["approval"])
    #expect(daemon.wallet.orders.isEmpty)
  }
}
