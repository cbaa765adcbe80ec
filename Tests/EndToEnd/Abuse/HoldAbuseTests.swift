import Foundation
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet
import Testing

extension EndToEnd {
  /// Workers that would have money back that is on its way, or more than they set aside.
  @Suite struct HoldAbuseTests {
    @Test func `the hold of one's own payment is not one's own to end`() async throws {
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        try installation.writePolicy(seller.policy("data", feeLimit: 1000))
        _ = try installation.startDaemon()
        let token = try installation.grant(.init("worker", spend: 100_000)).token
        // The payment is on its way until an operator's node says so, which it never does here.
        try installation.network.inject(
          .pendingThenSettled(milliseconds: 86_400_000), into: Installation.payer)
        let challenge = try seller.challenge(for: "data", price: try msats(20_000))
        let pending = try BadChallengeTests.refusal {
          _ = try installation.agent(token).call(ChallengePay.self, challenge.parameters, key: "k")
        }
        guard let pending, pending.reason == "payment_pending",
          case .string(let hold)? = pending.data["hold"]
        else { throw Failure("the payment is not pending: \(pending, default: "it was paid")") }
        _ = try waitFor("that refusal to be noted") {
          let events = try installation.operatorConnection().call(AuditList.self, .init()).events
          return events.contains { $0.event.contains("payment_pending") } ? true : nil
        }
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        let below = try TokenParts(token).appending(["grant=\(Hex.encode(randomBytes(16)))"]).text
        var refused: [String: Int] = [:]
        for (method, parameters) in [
          ("spend.release", [:]), ("spend.settle", ["amount_msat": .integer(0)]),
          ("spend.settle", ["amount_msat": .integer(1)]), ("spend.extend", ["ttl_s": .integer(1)]),
          ("spend.extend", ["amount_msat": .integer(90_000)]),
        ] as [(String, [String: CanonicalJSON])] {
          let parameters = parameters.merging(["hold": .string(hold)]) { $1 }
          try attacker.isRefused("conflict", method, parameters, token: token)
          try attacker.isRefused("not_found", method, parameters, token: below)
          refused["\(method) conflict", default: 0] += 1
          refused["\(method) not_found", default: 0] += 1
        }
        try attacker.isRefused(
          "method_not_found", "payment.resolve",
          [
            "hold": .string(hold), "outcome": .string("failed"), "evidence": .string("trust me"),
          ], token: token)
        try untouched.verify(refused: refused)
        let held = try Books(installation).tree().values.map(\.heldMsat.value)
        try check(held.contains { $0 >= 20_000 }, "nothing is held for the payment: \(held)")
      }
    }

    @Test func `a reserve is not extended past any limit, in amount or in time`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}\nlimits: {hold_lifetime: 10m}")
        _ = try installation.startDaemon()
        var limits = GrantCreate.Parameters("top", spend: 10_000)
        limits.windows = [WindowLimit(limitMsat: try msats(900), per: "1h")]
        let top = try installation.grant(limits)
        var child = GrantCreate.Parameters("worker", spend: 800)
        child.paymentMsat = try msats(700)
        let parent = try installation.agent(top.token)
        let worker = try parent.call(GrantCreate.self, child)
        let sibling = try parent.call(GrantCreate.self, .init("sibling", spend: 800))
        let agent = try installation.agent(worker.token)
        let hold = try agent.call(
          SpendReserve.self, .init(amountMsat: try msats(600), ttlSeconds: 60)
        ).hold
        let others = try installation.agent(sibling.token).call(
          SpendReserve.self, .init(amountMsat: try msats(250))
        ).hold
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        let narrowed = try TokenParts(worker.token).appending(["spend_msat=610"]).text
        var refused: [String: Int] = [:]
        for (members, token, reason) in [
          // The window of the top, payment_msat and the total of its own, and what it narrowed.
          (["amount_msat": .integer(651)], worker.token, "budget_exceeded"),
          (["amount_msat": .integer(701)], worker.token, "budget_exceeded"),
          (["amount_msat": .integer(9_007_199_254_740_991)], worker.token, "budget_exceeded"),
          (["amount_msat": .integer(611)], narrowed, "budget_exceeded"),
          // Neither less nor shorter, nor for nothing, nor longer than the policy lets it.
          (["amount_msat": .integer(599)], worker.token, "invalid_params"),
          (["amount_msat": .integer(0)], worker.token, "invalid_params"),
          (["amount_msat": .integer(9_007_199_254_740_992)], worker.token, "invalid_params"),
          (["ttl_s": .integer(601)], worker.token, "invalid_params"),
          (["ttl_s": .integer(9_007_199_254_740_991)], worker.token, "invalid_params"),
          ([:], worker.token, "invalid_params"),
        ] as [([String: CanonicalJSON], String, String)] {
          let parameters = members.merging(["hold": .string(hold.hex)]) { $1 }
          let answer = try attacker.ask("spend.extend", parameters, token: token)
          guard case .failure(let error) = answer else { throw Failure("extended: \(members)") }
          try check(error.reason == reason, "\(members): \(error.reason), not \(reason)")
          if error.reason == "budget_exceeded" {
            refused["spend.extend budget_exceeded", default: 0] += 1
          }
        }
        try attacker.isRefused(
          "not_found", "spend.extend",
          ["hold": .string(others.hex), "amount_msat": .integer(251)], token: worker.token)
        try attacker.isRefused(
          "not_found", "spend.release", ["hold": .string(others.hex)], token: worker.token)
        try untouched.verifyState()
        let noted = try waitFor("the refusals to be noted") {
          let counts = try untouched.refusals().counts
          return counts["spend.release not_found"] == 1 ? counts : nil
        }
        try check(
          noted["spend.extend budget_exceeded"] == refused["spend.extend budget_exceeded"],
          "\(noted)")
        // What does fit is extended: to the last of the window.
        let extended = try agent.call(
          SpendExtend.self, .init(hold: hold, amountMsat: try msats(650), ttlSeconds: 500))
        try check(extended.amountMsat.value == 650, "\(extended)")
        try Books(installation).verify()
      }
    }
  }
}
