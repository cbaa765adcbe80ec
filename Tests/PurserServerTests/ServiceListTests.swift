import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct ServiceListTests {
  private func names(_ reply: ServiceList.Reply) -> [String] { reply.services.map(\.service) }

  @Test func `a token sees the services that it may use and no others`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.services(["data", "bare"]))
    let worker = daemon.child(top, .services(["data"]))
    let own = try await daemon.call(ServiceList.self, NoParameters(), token: worker)
    #expect(names(own) == ["data"])
    #expect(
      names(try await daemon.call(ServiceList.self, NoParameters(), token: top)) == [
        "bare", "data",
      ])
    let all = try await daemon.call(ServiceList.self, NoParameters())
    #expect(names(all) == ["bare", "data", "pinned"])
    let nobody = try await daemon.error(ServiceList.self, NoParameters(), in: daemon.agents)
    #expect(nobody?.kind == .unauthenticated)
    let data = try #require(own.services.first)
    #expect(data.origins == ["http://data"] && data.challengePath == "/")
    #expect(data.priceCeilingMsat == msat(50_000) && data.roots == .shared && !data.hasCredential)
  }

  @Test func `it says what becomes of a challenge that an agent brings`() async throws {
    let daemon = try TestDaemon { policy in
      policy.services["data"]?.bringChallenges = .approve
      policy.services["bare"]?.bringChallenges = .deny
    }
    let list = try await daemon.call(ServiceList.self, NoParameters(), token: daemon.top())
    #expect(list.services.map(\.bringChallenges) == [.deny, .approve, .pinned])
    // Pinned, with no payee listed: none is ever paid.
    let unpinned = try await TestDaemon().call(ServiceList.self, NoParameters())
    #expect(unpinned.services.map(\.bringChallenges) == [.deny, .deny, .pinned])
  }

  @Test func `it says for whom the vault has a credential`() async throws {
    let daemon = try TestDaemon { $0.services["data"]?.roots = .perGrant }
    let (mine, other) = (daemon.top(id: 1), daemon.top(id: 2))
    func ready(_ token: GrantToken) async throws -> [String] {
      try await daemon.call(ServiceList.self, NoParameters(), token: token).services
        .filter(\.hasCredential).map(\.service)
    }
    #expect(try await ready(mine) == [])
    for service in ["data", "bare"] {
      _ = try await daemon.call(
        CredentialRequest.self, .init(service: service), token: mine)
    }
    #expect(try await ready(mine) == ["bare", "data"])
    #expect(try await ready(other) == ["bare"])
    #expect(try await ready(daemon.child(mine)) == ["bare"])
  }

  @Test func `it asks nothing of methods, and nothing is told to a grant that was stopped`()
    async throws
  {
    let daemon = try TestDaemon()
    let buyer = daemon.top(.methods(["credential.request"]))
    #expect(
      names(try await daemon.call(ServiceList.self, NoParameters(), token: buyer)).count == 3)
    _ = try await daemon.call(GrantFreeze.self, .init(target: buyer.text))
    let frozen = try await daemon.error(ServiceList.self, NoParameters(), token: buyer)
    #expect(frozen?.kind == .frozen)
  }
}
