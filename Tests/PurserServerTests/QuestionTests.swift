import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// Methods that look, or that only narrow: tokens, quotes, reports, and the caller's own log.
@Suite struct QuestionTests {
  @Test func `a token is read level by level, whoever's it is`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.name("boss"), .spend(msat(100)), .services(["data"]))
    let child = daemon.child(top, .payment(msat(5)), .depth(0), .validUntil(1_900_000_000))
    let own = try await daemon.call(TokenInspect.self, .init(), token: child)
    let shown = try await daemon.call(TokenInspect.self, .init(target: child.text))
    #expect(own == shown)
    #expect(own.node == daemon.maker.chain(child).node && own.state == .active)
    #expect(own.services == ["data"] && own.depth == 0 && own.validUntil == 1_900_000_000)
    #expect(
      own.levels.map { $0.caveats.map { "\($0.condition)=\($0.value) \($0.enforcedBy)" } } == [
        ["name=boss advisory", "spend_msat=100 purser", "services=data purser"],
        ["payment_msat=5 purser", "depth=0 purser", "valid_until=1900000000 purser"],
      ])
    _ = try await daemon.call(GrantFreeze.self, .init(target: top.text))
    let frozen = try await daemon.call(TokenInspect.self, .init(), token: child)
    #expect(frozen.state == .frozen)
    for target in ["purser1_", child.text + "A", "", nil] {
      let error = try await daemon.error(TokenInspect.self, .init(target: target))
      #expect(error?.kind == .invalidParameters)
    }
  }

  @Test func `a token is narrowed by a level of its own, within the caller's limits`() async throws
  {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(100)), .services(["data"]))
    var limits = GrantCreate.Parameters()
    limits.spendMsat = msat(30)
    limits.name = "worker"
    let reply = try await daemon.call(TokenAttenuate.self, .init(limits), token: top)
    let token = try GrantToken(parsing: reply.token)
    let chain = daemon.maker.chain(token)
    #expect(chain.levels.count == 2 && chain.node == reply.node)
    #expect(chain.holder.spendLimit == msat(30) && chain.holder.name == "worker")
    // Nothing is registered before it spends.
    #expect(try daemon.ledger.node(reply.node) == nil && daemon.actions().isEmpty)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(30)), token: token)
    #expect(try daemon.counters(top).settled == 30)
    limits.spendMsat = msat(101)
    let wider = try await daemon.error(TokenAttenuate.self, .init(limits), token: top)
    #expect(wider?.kind == .forbidden)
    let nobody = try await daemon.error(TokenAttenuate.self, .init(.init()))
    #expect(nobody?.kind == .unauthenticated)
    for name in ["escrow\":true", "ceiling_msat\":5"] {
      let answer = await daemon.line(
        #"{"jsonrpc":"2.0","id":1,"method":"token.attenuate","params":{"token":"\#(top.text)","\#(name)}}"#
      )
      #expect(answer?.contains("no parameter") == true)
    }
  }

  @Test func `a quote says what a charge would say, and changes nothing`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(100)))
    let child = daemon.child(top, .spend(msat(80)), .payment(msat(60)))
    func quote(_ amount: UInt64, _ token: GrantToken) async throws -> SpendQuote.Reply {
      try await daemon.call(SpendQuote.self, .init(amountMsat: msat(amount)), token: token)
    }
    let fits = try await quote(60, child)
    #expect(fits.passes && fits.remainingMsat == msat(60) && fits.refusal == nil)
    #expect(try daemon.actions().isEmpty && daemon.counters(top) == (0, 0))
    let large = try await quote(61, child)
    #expect(!large.passes && large.refusal?["limit"] == .string("payment_msat"))
    #expect(large.refusal?["remaining_msat"] == .integer(60))
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(55)), token: child)
    #expect(try await quote(25, child).remainingMsat == msat(25))
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(30)), token: top)
    // What the grant above has left is not for those below.
    let above = try await quote(20, child)
    #expect(above.refusal?["above"] == .bool(true) && above.refusal?["remaining_msat"] == nil)
    #expect(try await quote(15, child).passes)
    let free = try await quote(1, daemon.top(id: 7))
    #expect(free.passes && free.remainingMsat == nil)
    _ = try await daemon.call(GrantRevoke.self, .init(target: child.text))
    let revoked = try await quote(1, child)
    #expect(revoked.refusal?["reason"] == .string("revoked"))
    let zero = try await daemon.error(SpendQuote.self, .init(amountMsat: .zero), token: top)
    #expect(zero?.kind == .invalidParameters)
  }

  @Test func `a window that is full says when it renews`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(
      .spendPer(SpendLimit(msat(10), per: .rolling(seconds: 3600))))
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(8)), token: token)
    let quote = try await daemon.call(SpendQuote.self, .init(amountMsat: msat(5)), token: token)
    #expect(quote.refusal?["window"] == .string("1h") && quote.refusal?["renews_at"] != nil)
    #expect(
      try await daemon.call(SpendQuote.self, .init(amountMsat: msat(2)), token: token)
        .remainingMsat == msat(2))
  }

  @Test func `a challenge is priced without being paid`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1100)))
    let fetched = try await daemon.call(
      ChallengeQuote.self, .init(service: "data"), token: token)
    #expect(fetched.amountMsat == msat(1000) && fetched.feeLimitMsat == msat(100))
    #expect(fetched.quote.passes && fetched.payee == Hex.encode(daemon.seller.node))
    let brought = try await daemon.call(
      ChallengeQuote.self,
      .init(service: "pinned", wwwAuthenticate: daemon.seller.challenge()), token: token)
    #expect(brought.quote.passes && brought.service == "pinned")
    let poor = daemon.top(.spend(msat(1099)), id: 2)
    let quote = try await daemon.call(ChallengeQuote.self, .init(service: "data"), token: poor)
    #expect(!quote.quote.passes)
    let unpinned = try await daemon.error(
      ChallengeQuote.self, .init(service: "data", wwwAuthenticate: daemon.seller.challenge()),
      token: token)
    #expect(unpinned?.kind == .forbidden)
    #expect(daemon.wallet.orders.isEmpty)
    #expect(try daemon.actions().isEmpty)
  }

  @Test func `a report retires nothing that the seller still takes`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(5000)))
    let copy = try await daemon.call(CredentialRequest.self, .init(service: "data"), token: token)
    for _ in 0..<5 {
      let reply = try await daemon.call(
        CredentialReport.self, .init(credential: copy.credential, problem: .refused), token: token)
      #expect(reply.state == .active && reply.replacement == nil)
    }
    // However often it is reported, the seller is asked once in a while.
    #expect(daemon.seller.presented == 1)
    daemon.clock.move(milliseconds: 10_000)
    daemon.seller.answers(503)
    let error = try await daemon.error(
      CredentialReport.self, .init(credential: copy.credential, problem: .refused), token: token)
    #expect(error?.kind == .upstream)
    #expect(try daemon.activeCredentials() == 1)
  }

  @Test func `what the seller refuses is retired, and the reporter pays for the next`() async throws
  {
    let daemon = try TestDaemon()
    let (buyer, reporter) = (
      daemon.top(.spend(msat(5000)), id: 1), daemon.top(.spend(msat(5000)), id: 2)
    )
    let first = try await daemon.call(CredentialRequest.self, .init(service: "data"), token: buyer)
    daemon.seller.answers(402)
    let report = CredentialReport.Parameters(credential: first.credential, problem: .usedUp)
    let reply = try await daemon.call(CredentialReport.self, report, token: reporter, key: "k")
    let replacement = try #require(reply.replacement)
    #expect(reply.state == .retired && replacement.credential != first.credential)
    #expect(replacement.costMsat == msat(1007))
    #expect(try daemon.counters(reporter).settled == 1007 && daemon.counters(buyer).settled == 1007)
    let again = try await daemon.call(CredentialReport.self, report, token: reporter, key: "k")
    #expect(again == reply)
    // Who comes later gets what is there.
    let late = try await daemon.call(CredentialReport.self, report, token: buyer)
    #expect(late.replacement?.credential == replacement.credential)
    #expect(late.replacement?.costMsat == .zero && daemon.wallet.orders.count == 2)
    #expect(try daemon.actions().contains("vault.retire"))
  }

  @Test func `a credential of one grant alone is its own to report`() async throws {
    let daemon = try TestDaemon()
    let (owner, other) = (
      daemon.top(.spend(msat(5000)), id: 1), daemon.top(.spend(msat(5000)), id: 2)
    )
    let copy = try await daemon.call(
      ChallengePay.self, .init(service: "pinned", wwwAuthenticate: daemon.seller.challenge()),
      token: owner)
    let report = CredentialReport.Parameters(credential: copy.credential, problem: .refused)
    let stranger = try await daemon.error(CredentialReport.self, report, token: other)
    #expect(stranger?.kind == .notFound)
    let elsewhere = try await daemon.error(
      CredentialReport.self, report, token: daemon.top(.services(["data"]), id: 1))
    #expect(elsewhere?.kind == .notFound)
    let reply = try await daemon.call(CredentialReport.self, report, token: owner)
    #expect(reply.state == .retired && reply.replacement == nil)
    #expect(daemon.seller.presented == 0)
    #expect(try daemon.activeCredentials() == 0)
  }

  @Test func `a caller's own log has its subtree and nothing of those above`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(100)))
    let child = daemon.child(top)
    let sibling = daemon.child(top, nonce: 8)
    let below = daemon.child(child)
    for token in [top, child, sibling, below] {
      _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(1)), token: token)
    }
    _ = try await daemon.call(
      GrantFreeze.self, .init(node: daemon.maker.chain(child).node), token: top)
    let mine = try await daemon.call(AuditMine.self, .init(), token: child).events
    #expect(mine.map(\.action) == ["spend.charge", "spend.charge", "grant.freeze"])
    let chain = daemon.maker.chain(below)
    #expect(mine.compactMap(\.node) == [chain.levels[1].node, chain.node, chain.levels[1].node])
    // Who froze it is above.
    #expect(mine[2].by == "agent" && mine[2].actor == nil && mine[0].actor == chain.levels[1].node)
    let rest = try await daemon.call(
      AuditMine.self, .init(after: mine[0].seq, limit: 1), token: child
    ).events
    #expect(rest == [mine[1]])
    let bad = try await daemon.error(AuditMine.self, .init(limit: 1001), token: child)
    #expect(bad?.kind == .invalidParameters)
  }
}
