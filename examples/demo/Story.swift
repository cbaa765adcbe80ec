internal import LibCrypto
internal import Macaroons
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// What happens, step by step, with a check after each.
struct Story {
  let stage: Stage
  private let checks = Checks()

  init(stage: Stage) { self.stage = stage }

  func tell() async throws {
    let orchestrator = try grantToOrchestrator()
    let (researcher, reporter, analyst) = try mintWorkers(orchestrator)
    try await buyAndUse(researcher)
    try await shareWhatWasBought(analyst)
    let copy = try await tryAnotherService(reporter)
    try reachTheLimit(researcher)
    try widenOwnToken(researcher)
    try await outliveTheGrant(reporter, copy)
    try Report(stage: stage, checks: checks).print(
      workers: [researcher, reporter, analyst])
  }

  private func grantToOrchestrator() throws -> Orchestrator {
    heading("An operator gives the orchestrator 500 sat for a day")
    var limits = GrantCreate.Parameters()
    limits.name = "orchestrator"
    limits.spendMsat = Msat(500_000)
    limits.ttlSeconds = 86_400
    let reply = try PurserConnection(path: stage.operatorSocket).call(GrantCreate.self, limits)
    say("node \(reply.node)")
    return Orchestrator(
      agent: Agent(name: "orchestrator", token: reply.token, socket: stage.agentSocket))
  }

  private func mintWorkers(_ orchestrator: Orchestrator) throws -> (Agent, Agent, Agent) {
    heading("The orchestrator mints three workers, one of them offline")
    var limits = GrantCreate.Parameters()
    limits.name = "researcher"
    limits.spendMsat = Msat(25_000)
    let researcher = try orchestrator.mint(limits)
    say("researcher: 25 sat, any service (one call)")

    limits = GrantCreate.Parameters()
    limits.name = "reporter"
    limits.spendMsat = Msat(100_000)
    limits.services = ["news"]
    limits.ttlSeconds = 8
    let reporter = try orchestrator.mint(limits)
    say("reporter: 100 sat, news only, for 8 seconds (one call)")

    let analyst = try orchestrator.mintOffline(
      "analyst", [.spend(Msat(80_000) ?? .zero), .services(["market-data", "news"])])
    say("analyst: 80 sat, market-data and news (offline: no call at all)")
    return (researcher, reporter, analyst)
  }

  private func buyAndUse(_ researcher: Agent) async throws {
    heading("The researcher buys market data and uses it")
    let (status, _) = try await Agent.get(stage.origin + "/market-data/prices", nil)
    try checks.expect(status == 402, "without a credential the paywall answers 402")
    let credential = try researcher.credential(for: "market-data", capabilities: ["prices"])
    try checks.expect(credential.costMsat > .zero, "it cost \(credential.costMsat)")
    for restriction in credential.restrictions {
      say("\(restriction.condition)=\(restriction.value): enforced by \(restriction.enforcedBy)")
    }
    let (paid, body) = try await Agent.get(stage.origin + "/market-data/prices", credential)
    try checks.expect(paid == 200, "with it the paywall answers 200: \(body.prefix(60))")
    let (elsewhere, _) = try await Agent.get(stage.origin + "/news/latest", credential)
    try checks.expect(elsewhere != 200, "at another service it is worth nothing (\(elsewhere))")
  }

  private func shareWhatWasBought(_ analyst: Agent) async throws {
    heading("The analyst, whom the daemon never met, uses the same purchase and makes its own")
    let shared = try analyst.credential(for: "market-data")
    try checks.expect(shared.costMsat == .zero, "market data is in the vault: no second payment")
    let (status, _) = try await Agent.get(stage.origin + "/market-data/prices", shared)
    try checks.expect(status == 200, "its own copy works")
    let news = try analyst.credential(for: "news")
    try checks.expect(news.costMsat > .zero, "news was bought for \(news.costMsat)")
    let (read, _) = try await Agent.get(stage.origin + "/news/latest", news)
    try checks.expect(read == 200, "and works")
  }

  private func reachTheLimit(_ researcher: Agent) throws {
    heading("The researcher reaches its limit")
    let own = try researcher.call(GrantGet.self, GrantGet.Parameters())
    let left = try checks.require(own.remainingMsat, "the researcher has a limit")
    say("spent \(own.settledMsat), left \(left)")
    let tooMuch = try checks.require(left.adding(Msat(1) ?? .zero), "one millisatoshi more")
    let refusal = try Agent.refusal {
      _ = try researcher.call(
        SpendReserve.self, SpendReserve.Parameters(amountMsat: tooMuch))
    }
    try checks.expect(
      refusal?.reason == "budget_exceeded", "one msat more than that: \(reason(refusal))")
    let hold = try researcher.call(SpendReserve.self, SpendReserve.Parameters(amountMsat: left))
    try checks.expect(hold.amountMsat == left, "exactly that can be set aside")
    let again = try Agent.refusal {
      _ = try researcher.call(
        SpendReserve.self, SpendReserve.Parameters(amountMsat: Msat(1) ?? .zero))
    }
    try checks.expect(again?.reason == "budget_exceeded", "then nothing is left: \(reason(again))")
    let ended = try researcher.call(SpendRelease.self, SpendRelease.Parameters(hold: hold.hold))
    try checks.expect(ended.releasedMsat == left, "and given back")
  }

  private func tryAnotherService(_ reporter: Agent) async throws -> CredentialReply {
    heading("The reporter reads the news, and tries a service that it was not given")
    let copy = try reporter.credential(for: "news")
    let (status, _) = try await Agent.get(stage.origin + "/news/latest", copy)
    try checks.expect(status == 200, "its copy of what the analyst bought works")
    let refusal = try Agent.refusal { _ = try reporter.credential(for: "market-data") }
    try checks.expect(refusal?.reason == "forbidden", "market data: \(reason(refusal))")
    try checks.expect(
      refusal?.data["rule"] == .string("caveat:services"), "by its services caveat")
    return copy
  }

  private func widenOwnToken(_ researcher: Agent) throws {
    heading("The researcher tries to widen its own token")
    let own = try GrantToken(parsing: researcher.token)
    let appended = try own.attenuated(with: [.spend(Msat(1_000_000_000) ?? .zero)])
    let bigger = Agent(name: "", token: appended.text, socket: researcher.socket)
    let refusal = try Agent.refusal {
      _ = try bigger.call(
        SpendReserve.self, SpendReserve.Parameters(amountMsat: Msat(400_000) ?? .zero))
    }
    try checks.expect(
      refusal?.reason == "budget_exceeded", "a larger limit appended: \(reason(refusal))")

    var bytes = try own.macaroon.serialized(.v2)
    let limit = Array("spend_msat=25000".utf8)
    if let start = bytes.indices.first(where: { bytes[$0...].starts(with: limit) }) {
      bytes[start + 11] = UInt8(ascii: "9")
    }
    let forged = Agent(
      name: "", token: GrantToken.prefix + Base64.encode(bytes, .urlUnpadded),
      socket: researcher.socket)
    let forgery = try Agent.refusal { _ = try forged.call(GrantGet.self, GrantGet.Parameters()) }
    try checks.expect(
      forgery?.reason == "unauthenticated", "the number changed in place: \(reason(forgery))")
  }

  private func outliveTheGrant(_ reporter: Agent, _ copy: CredentialReply) async throws {
    heading("The reporter outlives its grant")
    _ = try await waitFor("the grant to end") {
      try reporter.call(GrantGet.self, GrantGet.Parameters()).state == .expired ? true : nil
    }
    let refusal = try Agent.refusal { _ = try reporter.credential(for: "news") }
    try checks.expect(refusal?.reason == "expired", "a new copy: \(reason(refusal))")
    let (status, _) = try await Agent.get(stage.origin + "/news/latest", copy)
    try checks.expect(
      status != 200, "its old copy ended with the grant, at the seller too (\(status))")
  }

  private func reason(_ error: RPCError?) -> String {
    error.map { "\($0.reason) (\($0.message))" } ?? "not refused"
  }
}

/// Prints the title of a step.
func heading(_ text: String) { print("\n== \(text)") }

/// Prints a line below the title.
func say(_ text: String) { print("   \(text)") }

/// Checks that stop the story when one does not hold.
struct Checks {
  func expect(_ holds: Bool, _ what: String) throws {
    say("\(holds ? "ok" : "NOT OK"): \(what)")
    guard holds else { throw DemoFailure(description: what) }
  }

  func require<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw DemoFailure(description: what) }
    return value
  }
}
