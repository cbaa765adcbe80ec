import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization
import Testing

@testable import PurserServer

/// The policy while the daemon runs: reloaded, explained, and what it says of buying.
@Suite struct PolicyTests {
  /// A seller whose entry in the policy is changed while it is asked.
  struct ChangingSeller: SellerConnection {
    let seller: ScriptedSeller
    let policies: PolicySource

    func challenge(of service: Service) async throws(SellerError) -> SellerAnswer {
      var policy = policies.current.policy
      policy.services[service.id]?.feeLimit = msat(1)
      policies.replace(with: PolicyEdition(policy: policy))
      return try await seller.challenge(of: service)
    }

    func present(
      _ authorization: String, to service: Service
    ) async throws(SellerError) -> SellerAnswer {
      try await seller.present(authorization, to: service)
    }
  }

  private static func reload(_ daemon: TestDaemon, _ change: (inout Policy) -> Void) async throws
    -> PolicyReload.Reply
  {
    var policy = daemon.coordinator.policy
    change(&policy)
    let digest = Hex.encode(SHA256.hash(Array("\(policy)".utf8)))
    let edition = PolicyEdition(policy: policy, files: [.init(name: "p.yaml", digest: digest)])
    daemon.files.reading.withLock { $0 = .read(edition, warnings: ["be careful"]) }
    return try await daemon.call(PolicyReload.self, NoParameters())
  }

  @Test func `a reload is in force for the next request and is one event`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let reply = try await Self.reload(daemon) { policy in
      policy.services["data"] = nil
      policy.services["bare"]?.priceCeiling = msat(1)
      policy.claims["boss"] = Claim(name: "boss", claimant: Claimant(userID: 1))
      policy.ceilings.payment = msat(50)
    }
    #expect(reply.ok && reply.warnings == ["be careful"])
    let changes = [
      "changed services.bare", "removed services.data", "added claims.boss",
      "changed limits.grant_payment",
    ]
    #expect(reply.changes == changes)
    let refused = try await daemon.error(
      CredentialRequest.self, .init(service: "data"), token: token)
    #expect(refused?.data["rule"] == .string("policy:services"))
    let spent = try await daemon.error(SpendCharge.self, .init(amountMsat: msat(51)), token: token)
    #expect(spent?.reason == "budget_exceeded")
    #expect(spent?.data["rule"] == .string("policy:grant_payment"))
    #expect(try daemon.actions() == ["policy.reload"])
    let event = try #require(daemon.ledger.events(after: 0, limit: 1, under: nil).first?.text)
    #expect(event.contains(#""added":["claims.boss"]"#))
    #expect(event.contains(#""removed":["services.data"]"#))
    #expect(event.contains(#""kind":"operator""#) && event.contains(#""sha256":""#))
  }

  @Test func `files with a mistake leave the policy and the log as they are`() async throws {
    let daemon = try TestDaemon()
    let before = daemon.coordinator.policy
    daemon.files.reading.withLock { $0 = .refused(["p.yaml:1:1: wrong"]) }
    let reply = try await daemon.call(PolicyReload.self, NoParameters())
    #expect(!reply.ok && reply.mistakes == ["p.yaml:1:1: wrong"] && reply.changes == [])
    #expect(daemon.coordinator.policy == before)
    #expect(try daemon.actions() == [])
  }

  @Test func `a reload that changes nothing is no event`() async throws {
    let daemon = try TestDaemon()
    let reply = try await daemon.call(PolicyReload.self, NoParameters())
    #expect(reply.ok && reply.changes == [])
    #expect(try daemon.actions() == [])
  }

  @Test func `a policy that the disk does not take is not in force`() async throws {
    let daemon = try TestDaemon()
    let watched = WatchedLedger(daemon.ledger) { command in
      if case .changePolicy = command { true } else { false }
    }
    let handler = daemon.handler(ledger: watched)
    daemon.files.reading.withLock { $0 = .read(PolicyEdition(policy: Policy()), warnings: []) }
    let line = Array(#"{"jsonrpc":"2.0","id":1,"method":"policy.reload"}"#.utf8)
    let answer = await handler.answer(line, in: daemon.operators) ?? []
    #expect(String(decoding: answer, as: UTF8.self).contains(#""reason":"storage""#))
    #expect(daemon.coordinator.policy.services["data"] != nil)
  }

  @Test func `agents neither reload nor ask for an explanation`() async throws {
    let daemon = try TestDaemon()
    for method in ["policy.reload", "policy.explain"] {
      let answer = await daemon.line(
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{}}"#)
      #expect(answer?.contains("method_not_found") == true, "\(method)")
    }
  }

  @Test func `a service that is changed under a purchase is not paid by the older policy`()
    async throws
  {
    let daemon = try TestDaemon()
    let sellers = ChangingSeller(seller: daemon.seller, policies: daemon.coordinator.policies)
    let handler = RequestHandler(
      daemon.coordinator(sellers: sellers), refusals: daemon.refusals, log: quietLog)
    let token = daemon.top()
    let request = RPCRequest<CredentialRequest>(
      id: .number(1), .init(service: "data"), options: CallOptions(token: token.text))
    let answer = await handler.answer(try WireJSON.encode(request), in: daemon.agents) ?? []
    #expect(String(decoding: answer, as: UTF8.self).contains(#""reason":"conflict""#))
    #expect(try daemon.counters(token) == (0, 0))
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `a top-level grant states no more than the ceilings`() async throws {
    let daemon = try TestDaemon { policy in
      policy.ceilings = GrantCeilings(
        spend: msat(100), windows: [SpendLimit(msat(50), per: .rolling(seconds: 3600))],
        payment: msat(30), validUntilSeconds: ManualClock().now().seconds + 500)
    }
    var wide: [(GrantCreate.Parameters, String)] = []
    var parameters = GrantCreate.Parameters()
    parameters.spendMsat = msat(101)
    wide.append((parameters, "policy:grant_spend"))
    parameters = GrantCreate.Parameters()
    parameters.windows = [WindowLimit(limitMsat: msat(51), per: "60m")]
    wide.append((parameters, "policy:grant_spend"))
    parameters = GrantCreate.Parameters()
    parameters.paymentMsat = msat(31)
    wide.append((parameters, "policy:grant_payment"))
    parameters = GrantCreate.Parameters()
    parameters.ttlSeconds = 500
    wide.append((parameters, "policy:valid_until"))
    for (parameters, rule) in wide {
      let refused = try await daemon.error(GrantCreate.self, parameters)
      #expect(refused?.data["rule"] == .string(rule), "\(parameters)")
    }
    let made = try await daemon.call(GrantCreate.self, GrantCreate.Parameters())
    #expect(made.validUntil == daemon.clock.now().seconds + 500)
  }

  @Test func `a refusal three levels up is explained level by level`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(10_000)), .services(["data", "pinned"]))
    let second = daemon.child(top, .spend(msat(3000)), .name("team"))
    let third = daemon.child(second, .spend(msat(9000)))
    let worker = daemon.child(third, .services(["data"]), .payment(msat(2000)))
    let other = daemon.child(second, nonce: 8)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(2500)), token: other)
    let ask = PolicyExplain.Parameters(
      target: worker.text, service: "data", amountMsat: msat(1000))
    let reply = try await daemon.call(PolicyExplain.self, ask)
    #expect(reply.decision == "deny" && reply.rule == "caveat:spend_msat")
    let chain = daemon.maker.chain(worker)
    #expect(reply.levels == chain.levels.map(\.node))
    let refusing = reply.rules.filter { $0.verdict == "refuses" }
    #expect(refusing.map(\.level) == [1] && refusing.first?.node == chain.levels[1].node)
    #expect(refusing.first?.says.contains("3sat in all, of which 2500msat are used") == true)
    let rules = reply.rules.map { "\($0.level.map(String.init) ?? "-") \($0.rule)" }
    #expect(
      rules == [
        "0 ledger:state", "0 caveat:services", "0 caveat:spend_msat", "0 policy:descendants",
        "1 ledger:state", "1 caveat:spend_msat", "1 policy:descendants", "2 ledger:state",
        "2 caveat:spend_msat", "2 policy:descendants", "3 ledger:state", "3 caveat:services",
        "3 caveat:payment_msat", "3 policy:descendants", "- policy:services",
        "- policy:price_ceiling",
      ])
    // The holder gets the same refusal, without the figures above its own.
    let refused = try await daemon.error(
      SpendReserve.self, .init(amountMsat: msat(1100)), token: worker)
    #expect(refused?.reason == "budget_exceeded" && refused?.data["above"] == .bool(true))
    #expect(try daemon.counters(top) == (2500, 0))
  }

  /// A limit of the top, the rule that it is explained by, and what becomes of a purchase three
  /// levels below it.
  static let limitsFarUp: [(caveats: [GrantCaveat], rule: String, decision: String)] = [
    ([.methods(["spend.*"])], "caveat:methods", "deny"),
    ([.methods(["spend.*", "credential.*"])], "caveat:methods", "allow"),
    ([.peer(.user(7))], "caveat:peer", "allow"),
    ([.calls(CallLimit(1, per: .rolling(seconds: 60)))], "caveat:calls", "deny"),
    ([.calls(CallLimit(2, per: .rolling(seconds: 60)))], "caveat:calls", "allow"),
    ([.approveAbove(SpendLimit(msat(1099)))], "caveat:approve_above_msat", "approve"),
    ([.approveAbove(SpendLimit(msat(1100)))], "caveat:approve_above_msat", "allow"),
    (
      [.approveAbove(SpendLimit(msat(1399), per: .rolling(seconds: 60)))],
      "caveat:approve_above_msat", "approve"
    ),
    ([.spend(msat(1399))], "caveat:spend_msat", "deny"),
    ([.payment(msat(1099))], "caveat:payment_msat", "deny"),
    ([.services(["pinned"])], "caveat:services", "deny"),
    ([.capabilities(service: "data", ["write"])], "caveat:data_capabilities", "deny"),
  ]

  @Test(arguments: limitsFarUp.indices)
  func `every kind of limit takes part in what is explained three levels below it`(
    index: Int
  ) async throws {
    let (caveats, rule, decision) = Self.limitsFarUp[index]
    let daemon = try TestDaemon()
    let top = daemon.maker.top(node(1), caveats)
    let third = daemon.child(daemon.child(top))
    let worker = daemon.child(third)
    // It counts at the top, and at none of those on the way down to the worker.
    let spent = Charge(
      hold: try #require(HoldID(bytes: [UInt8](repeating: 5, count: 16))),
      chain: daemon.maker.chain(daemon.child(top, nonce: 8)), amount: msat(300))
    _ = try await daemon.ledger.submit(
      LedgerRequest(actor: .daemon, command: .charge(spent)), from: 1)
    let reply = try await daemon.call(
      PolicyExplain.self,
      .init(
        target: worker.text, service: "data", capabilities: ["read"], amountMsat: msat(1000)))
    #expect(reply.decision == decision)
    #expect(reply.rule == (decision == "allow" ? nil : rule))
    let verdict = ["deny": "refuses", "approve": "approve"][decision] ?? "passes"
    let found = reply.rules.filter { $0.rule == rule }
    #expect(found.map(\.level) == [0] && found.map(\.verdict) == [verdict])
  }

  @Test func `what is proposed is called by the names that the API has`() {
    #expect(Proposal().calledMethod == SpendReserve.name)
    #expect(Proposal(service: "a").calledMethod == CredentialRequest.name)
    #expect(Proposal(service: "a", isBrought: true).calledMethod == ChallengePay.name)
    #expect(Proposal(method: AuditMine.name).calledMethod == "audit.mine")
  }

  @Test func `what is explained of a stopped grant names the level that was stopped`() async throws
  {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let child = daemon.child(top)
    _ = try await daemon.call(GrantFreeze.self, .init(target: child.text))
    let leaf = daemon.child(child, nonce: 3)
    let reply = try await daemon.call(PolicyExplain.self, .init(target: leaf.text))
    #expect(reply.decision == "deny" && reply.rule == "ledger:state")
    #expect(reply.rules.first { $0.verdict == "refuses" }?.level == 1)
  }

  @Test func `what a grant buys for itself alone serves no other grant`() async throws {
    let daemon = try TestDaemon { $0.services["data"]?.roots = .perGrant }
    let first = daemon.child(daemon.top(), nonce: 1)
    let second = daemon.child(daemon.top(), nonce: 2)
    let bought = try await daemon.call(CredentialRequest.self, .init(service: "data"), token: first)
    let again = try await daemon.call(CredentialRequest.self, .init(service: "data"), token: first)
    let other = try await daemon.call(
      CredentialRequest.self, .init(service: "data"), token: second)
    #expect(bought.credential == again.credential && again.costMsat == .zero)
    #expect(other.credential != bought.credential && other.costMsat > .zero)
  }

  @Test(arguments: Service.BringChallenges.allCases)
  func `whether agents bring challenges is the policy's to say`(
    bringing: Service.BringChallenges
  ) async throws {
    let daemon = try TestDaemon { $0.services["pinned"]?.bringChallenges = bringing }
    let refused = try await daemon.error(
      ChallengePay.self,
      .init(service: "pinned", wwwAuthenticate: daemon.seller.challenge()), token: daemon.top())
    let rule = bringing == .deny ? CanonicalJSON.string("policy:bring_challenges") : nil
    #expect(refused?.data["rule"] == rule)
  }

  @Test func `a brought challenge without a listed payee waits for an operator where it may`()
    async throws
  {
    let daemon = try TestDaemon { $0.services["data"]?.bringChallenges = .approve }
    let token = daemon.top()
    let pay = ChallengePay.Parameters(
      service: "data", wwwAuthenticate: daemon.seller.challenge())
    try await Self.expectWaiting(
      try await daemon.error(ChallengePay.self, pay, token: token), in: daemon)
    let paid = try await daemon.call(ChallengePay.self, pay, token: token)
    #expect(paid.service == "data" && daemon.wallet.orders.count == 1)
  }

  @Test func `a payment above the threshold of its service is not made without an operator`()
    async throws
  {
    let daemon = try TestDaemon { $0.services["data"]?.approveAbove = msat(1) }
    let token = daemon.top()
    try await Self.expectWaiting(
      try await daemon.error(CredentialRequest.self, .init(service: "data"), token: token),
      in: daemon)
    let paid = try await daemon.call(CredentialRequest.self, .init(service: "data"), token: token)
    #expect(paid.costMsat > .zero && daemon.wallet.orders.count == 1)
  }

  /// Approves the one payment that `error` says waits, of which nothing has gone yet.
  private static func expectWaiting(_ error: RPCError?, in daemon: TestDaemon) async throws {
    #expect(error?.reason == "approval_required")
    #expect(daemon.wallet.orders.isEmpty)
    let waiting = try await daemon.call(ApprovalList.self, .init()).approvals
    #expect(waiting.count == 1)
    let approval = try #require(waiting.first).approval
    #expect(error?.data["approval"] == .string(approval.hex))
    _ = try await daemon.call(ApprovalApprove.self, .init(approval: approval))
  }

  @Test func `a challenge's quote says which rule would have it wait`() async throws {
    let daemon = try TestDaemon { $0.services["data"]?.approveAbove = msat(1099) }
    let top = daemon.top(.approveAbove(SpendLimit(msat(10))))
    func quote(_ service: String, _ token: GrantToken) async throws -> ChallengeQuote.Reply {
      try await daemon.call(ChallengeQuote.self, .init(service: service), token: token)
    }
    #expect(try await quote("data", daemon.top(id: 2)).approvalRule == "policy:approve_above")
    #expect(try await quote("bare", top).approvalRule == "caveat:approve_above_msat")
    #expect(try await quote("bare", daemon.top(id: 2)).approvalRule == nil)
  }

  @Test func `a quote is refused for a method that the grant does not allow`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.methods(["spend.quote", "challenge.quote", "spend.charge"]))
    let spend = try await daemon.call(
      SpendQuote.self, .init(amountMsat: msat(1)), token: token)
    #expect(spend.passes)
    let only = daemon.child(token, .methods(["spend.quote"]))
    let refused = try await daemon.call(
      SpendQuote.self, .init(amountMsat: msat(1)), token: only)
    #expect(!refused.passes && refused.refusal?["rule"] == .string("caveat:methods"))
    let challenge = try await daemon.call(
      ChallengeQuote.self, .init(service: "data"), token: token)
    #expect(!challenge.quote.passes)
    #expect(challenge.quote.refusal?["rule"] == .string("caveat:methods"))
  }
}
