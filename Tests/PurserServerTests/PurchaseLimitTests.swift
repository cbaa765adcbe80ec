import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

/// What a request itself lets a purchase cost, and requests that may buy nothing.
@Suite struct PurchaseLimitTests {
  @Test func `a price above max_cost is refused before money moves, and at it paid`()
    async throws
  {
    let daemon = try TestDaemon()
    for service in ["data", "pinned"] {
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: service, maxCostMsat: msat(999)), token: daemon.top())
      #expect(error?.kind == .forbidden && error?.data["rule"] == .string("request:max_cost"))
    }
    let brought = try await daemon.error(
      ChallengePay.self,
      .init(
        service: "pinned", wwwAuthenticate: daemon.seller.challenge(), maxCostMsat: msat(999)),
      token: daemon.top())
    #expect(brought?.data["rule"] == .string("request:max_cost"))
    #expect(daemon.wallet.orders.isEmpty)
    #expect(try daemon.counters(daemon.top()) == (0, 0))
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", maxCostMsat: msat(1000)), token: daemon.top())
    #expect(reply.costMsat == msat(1007))
    // What is in the vault costs nothing, however little may be paid.
    let free = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", maxCostMsat: .zero), token: daemon.top(id: 2))
    #expect(free.credential == reply.credential && free.costMsat == .zero)
  }

  @Test func `the wallet is given the least of the fee limits`() async throws {
    for (most, given) in [(nil, 100), (40, 40), (100, 100), (5000, 100), (7, 7)]
      as [(UInt64?, UInt64)]
    {
      let daemon = try TestDaemon()
      _ = try await daemon.call(
        CredentialRequest.self, Ask(service: "data", maxFeeMsat: most.map { msat($0) }),
        token: daemon.top())
      #expect(daemon.wallet.orders.map(\.feeLimit) == [msat(given)], "\(String(describing: most))")
    }
  }

  @Test func `a wallet that may take more than max_fee without being told pays nothing`()
    async throws
  {
    let daemon = try TestDaemon()
    daemon.wallet.reserves(msat(2000))
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", maxFeeMsat: msat(1999)), token: daemon.top())
    #expect(error?.kind == .forbidden && error?.data["rule"] == .string("request:max_fee"))
    #expect(daemon.wallet.orders.isEmpty)
    _ = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", maxFeeMsat: msat(2000)), token: daemon.top())
    #expect(daemon.wallet.orders.map(\.feeLimit) == [msat(2000)])
  }

  @Test func `a key is for the limits that it came with`() async throws {
    let daemon = try TestDaemon()
    let first = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", maxCostMsat: msat(1000)), token: daemon.top(),
      key: "k")
    let again = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", maxCostMsat: msat(1000)), token: daemon.top(),
      key: "k")
    #expect(first == again)
    let other = try await daemon.error(
      CredentialRequest.self, Ask(service: "data", maxCostMsat: msat(2000)), token: daemon.top(),
      key: "k")
    #expect(other?.kind == .conflict)
  }

  @Test func `one caller's limit is no reason to refuse those who wait for the same purchase`()
    async throws
  {
    let daemon = try TestDaemon()
    let gate = Gate()
    let slow = SlowSeller(seller: daemon.seller, gate: gate)
    let coordinator = daemon.coordinator(sellers: slow)
    let handler = RequestHandler(coordinator, refusals: daemon.refusals, log: quietLog)
    async let poor = answer(of: handler, daemon, Ask(service: "data", maxCostMsat: msat(1)), 1)
    await gate.waitForArrivals(1)
    async let rich = answer(of: handler, daemon, Ask(service: "data"), 2)
    // Room for the second to join the first; it passes on its own too.
    for _ in 0..<1000 { await Task.yield() }
    gate.open()
    #expect(try await poor?.data["rule"] == .string("request:max_cost"))
    #expect(try await rich == nil)
    #expect(daemon.wallet.orders.count == 1)
  }

  private func answer(
    of handler: RequestHandler, _ daemon: TestDaemon, _ ask: CredentialRequest.Parameters,
    _ id: UInt8
  ) async throws -> RPCError? {
    let request = RPCRequest<CredentialRequest>(
      id: .number(1), ask, options: CallOptions(token: daemon.top(id: id).text))
    let line = try WireJSON.encode(request)
    let reply = await handler.answer(line, in: daemon.agents, from: .peer) ?? []
    let outcome = try WireJSON.decode(RPCResponse<CredentialReply>.self, from: reply).outcome
    guard case .failure(let error) = outcome else { return nil }
    return error
  }

  @Test func `buy never asks nobody for anything`() async throws {
    let daemon = try TestDaemon()
    let asked = Ask(service: "data", buy: .never)
    let error = try await daemon.error(CredentialRequest.self, asked, token: daemon.top())
    #expect(error?.kind == .notFound)
    #expect(daemon.wallet.orders.isEmpty && daemon.seller.fetches == 0)
    let bought = try await daemon.call(
      CredentialRequest.self, Ask(service: "data", buy: .ifNeeded), token: daemon.top())
    let copy = try await daemon.call(CredentialRequest.self, asked, token: daemon.top())
    #expect(copy.credential == bought.credential && copy.costMsat == .zero)
    // A refused root is retired without another in its place.
    daemon.seller.answers(402)
    let report = try await daemon.call(
      CredentialReport.self,
      .init(credential: copy.credential, problem: .refused, buy: .never), token: daemon.top())
    #expect(report.state == .retired && report.replacement == nil)
    #expect(daemon.wallet.orders.count == 1)
  }
}

/// A seller that answers when a gate is open.
private struct SlowSeller: SellerConnection {
  let seller: ScriptedSeller
  let gate: Gate

  func challenge(of service: Service) async throws(SellerError) -> SellerAnswer {
    await gate.pass()
    return try await seller.challenge(of: service)
  }

  func present(
    _ authorization: String, to service: Service
  ) async throws(SellerError) -> SellerAnswer {
    try await seller.present(authorization, to: service)
  }
}
