import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters
private typealias Offer = ScriptedSeller.Offer
private typealias PaymentOffer = ScriptedSeller.PaymentOffer

@Suite struct PaymentSchemeTests {
  /// A daemon whose seller sells single requests alone.
  private static func daemon(
    _ change: (inout Service) -> Void = { _ in }
  ) throws -> TestDaemon {
    let daemon = try TestDaemon { policy in
      if var service = policy.services["bare"] {
        change(&service)
        policy.services["bare"] = service
      }
    }
    daemon.seller.offers {
      $0.hasL402 = false
      $0.payment = PaymentOffer()
    }
    return daemon
  }

  @Test func `a seller of single requests is paid, and answered with its challenge`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    let reply = try await daemon.call(CredentialRequest.self, Ask(service: "bare"), token: token)
    #expect(reply.scheme == "Payment")
    #expect(reply.bare)
    #expect(reply.grpcMacaroon == nil)
    #expect(reply.costMsat == msat(1007))
    #expect(try daemon.seller.takesPayment(reply.authorization))
    #expect(try !daemon.seller.takesPayment(reply.authorization))
    let enforcers = Dictionary(
      uniqueKeysWithValues: reply.restrictions.map { ($0.condition, $0.enforcedBy) })
    #expect(enforcers["uses"] == .seller)
    #expect(enforcers["services"] == .advisory)
    // The seller ends it, but later than the grant asked for.
    #expect(enforcers["valid_until"] == .advisory)
    #expect(reply.expiresAt == daemon.clock.now().seconds + 3600)
  }

  @Test func `a credential for one use is used up when it is handed out`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    let first = try await daemon.call(
      CredentialRequest.self, Ask(service: "bare"), token: token)
    let second = try await daemon.call(
      CredentialRequest.self, Ask(service: "bare"), token: token)
    #expect(first.credential != second.credential)
    #expect(first.authorization != second.authorization)
    #expect(daemon.wallet.orders.count == 2)
    let entries = try await daemon.call(VaultList.self, .init()).credentials
    #expect(entries.map(\.state) == ["retired", "retired"])
    #expect(entries.allSatisfy { $0.scope != nil })
  }

  @Test func `the same key gets the same credential, and pays once`() async throws {
    let daemon = try Self.daemon()
    let token = daemon.top()
    var replies: [String] = []
    for _ in 0..<2 {
      let reply = try await daemon.call(
        CredentialRequest.self, Ask(service: "bare"), token: token, key: "again")
      replies.append(reply.authorization)
    }
    #expect(replies[0] == replies[1])
    #expect(daemon.wallet.orders.count == 1)
  }

  @Test func `requests at the same time get a credential each`() async throws {
    let daemon = try Self.daemon()
    let tokens = [daemon.top(), daemon.top(id: 2), daemon.top(id: 3)]
    let used = try await withThrowingTaskGroup(of: String.self) { group in
      for token in tokens + tokens {
        group.addTask {
          try await daemon.call(CredentialRequest.self, Ask(service: "bare"), token: token)
            .authorization
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(used.count == 6)
    #expect(daemon.wallet.orders.count == 6)
    for authorization in used { #expect(try daemon.seller.takesPayment(authorization)) }
  }

  @Test func `what was paid and never handed out serves the next request of that grant alone`()
    async throws
  {
    let daemon = try Self.daemon()
    let (token, other) = (daemon.top(), daemon.top(id: 2))
    daemon.wallet.pays { _ in .unknown(reason: "no answer") }
    let pending = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: token)
    #expect(pending?.reason == "payment_pending")
    // Nothing else is bought for that grant meanwhile.
    let again = try await daemon.error(CredentialRequest.self, Ask(service: "bare"), token: token)
    #expect(again?.reason == "payment_pending")
    #expect(daemon.wallet.orders.count == 1)
    let order = try #require(daemon.wallet.orders.first)
    let preimage = try #require(daemon.seller.preimage(for: order.invoice.paymentHash))
    daemon.wallet.looksUp { _ in .settled(preimage: preimage, fee: msat(7)) }
    try await daemon.coordinator.recoverPayments()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      guard let preimage = seller.preimage(for: order.invoice.paymentHash) else {
        return .failed(reason: "no route")
      }
      return .settled(preimage: preimage, fee: msat(7))
    }
    let others = try await daemon.call(CredentialRequest.self, Ask(service: "bare"), token: other)
    #expect(daemon.wallet.orders.count == 2)
    let own = try await daemon.call(CredentialRequest.self, Ask(service: "bare"), token: token)
    #expect(daemon.wallet.orders.count == 2)
    #expect(own.credential != others.credential)
    #expect(try daemon.seller.takesPayment(own.authorization))
  }

  private static let tampered: [(String, @Sendable (inout PaymentOffer) -> Void, String)] = [
    ("another amount", { $0.amount = "2" }, "upstream"),
    ("a number of msat beyond 64 bits", { $0.amount = "18446744073709551615" }, "upstream"),
    ("another hash", { $0.paymentHash = String(repeating: "ab", count: 32) }, "upstream"),
    ("another network", { $0.network = "mainnet" }, "upstream"),
    ("dollars", { $0.currency = "usd" }, "upstream"),
    ("cards", { $0.method = "card" }, "upstream"),
    ("a session", { $0.intent = "session" }, "upstream"),
    ("an end in the past", { $0.expires = "2020-01-01T00:00:00Z" }, "payment_failed"),
  ]

  @Test(arguments: tampered.indices)
  func `a request that disagrees with its invoice is not paid`(index: Int) async throws {
    let (name, change, reason) = Self.tampered[index]
    let daemon = try Self.daemon()
    daemon.seller.offers { offer in
      var payment = PaymentOffer()
      change(&payment)
      offer.payment = payment
    }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.reason == reason, "\(name): \(error?.message ?? "bought")")
    #expect(daemon.wallet.orders.isEmpty)
  }

  private static let invoices: [(String, @Sendable (inout Offer) -> Void, String)] = [
    ("another network", { $0.network = .bitcoin }, "payment_failed"),
    ("an invoice about to expire", { $0.expirySeconds = 5 }, "payment_failed"),
    ("money locked for weeks", { $0.minFinalCLTV = 2017 }, "payment_failed"),
    ("a price over the ceiling", { $0.amountMsat = 51_000 }, "forbidden"),
    ("a price with a fraction of a satoshi", { $0.amountMsat = 1001 }, "upstream"),
  ]

  @Test(arguments: invoices.indices)
  func `the invoice is checked as that of L402 is`(index: Int) async throws {
    let (name, change, reason) = Self.invoices[index]
    let daemon = try Self.daemon()
    daemon.seller.offers(change)
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.reason == reason, "\(name): \(error?.message ?? "bought")")
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `only a pinned payee is paid`() async throws {
    let daemon = try Self.daemon { $0.payees = [[2] + randomBytes(32)] }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:payees"))
  }

  @Test func `it is handed out only where the policy takes what nothing narrows`() async throws {
    let daemon = try Self.daemon { $0.bare = .deny }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:bare"))
    #expect(error?.message.contains("held mode") == true)
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test(arguments: [
    ([Service.Scheme.l402, .lsat, .payment], "L402"), ([.payment, .l402], "Payment"),
    ([.l402], "L402"), ([.payment], "Payment"),
  ])
  func `of what a seller offers the policy's first scheme is paid`(
    schemes: [Service.Scheme], expected: String
  ) async throws {
    let daemon = try Self.daemon { $0.schemes = schemes }
    daemon.seller.offers { $0.hasL402 = true }
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(reply.scheme == expected)
  }

  @Test func `a scheme that the policy leaves out is not paid`() async throws {
    let daemon = try Self.daemon { $0.schemes = [.l402, .lsat] }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    #expect(error?.data["rule"] == .string("policy:schemes"))
    #expect(daemon.wallet.orders.isEmpty)
  }

  @Test func `an agent brings the challenge of its own request`() async throws {
    let pinned = try TestDaemon { $0.services["pinned"]?.bare = .allow }
    pinned.seller.offers {
      $0.hasL402 = false
      $0.payment = PaymentOffer()
    }
    let headers = pinned.seller.challenge()
    let token = pinned.top()
    let quote = try await pinned.call(
      ChallengeQuote.self, .init(service: "pinned", wwwAuthenticate: headers), token: token)
    #expect(quote.amountMsat == msat(1000))
    let reply = try await pinned.call(
      ChallengePay.self, .init(service: "pinned", wwwAuthenticate: headers), token: token)
    #expect(reply.scheme == "Payment")
    #expect(try pinned.seller.takesPayment(reply.authorization))
    // It is used up: reported or not, it stays so.
    let report = try await pinned.call(
      CredentialReport.self, .init(credential: reply.credential, problem: .usedUp), token: token)
    #expect(report.state == .retired)
    #expect(report.replacement == nil)
  }

  @Test func `a credential for one use cannot be imported`() async throws {
    let daemon = try Self.daemon()
    let reply = try await daemon.call(
      CredentialRequest.self, Ask(service: "bare"), token: daemon.top())
    let error = try await daemon.error(
      VaultImport.self, .init(service: "bare", authorization: reply.authorization))
    #expect(error?.code == -32602)
  }
}
