import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet
import Testing

extension EndToEnd {
  /// Sellers whose answers should cost them a refusal and nobody any money.
  @Suite struct BadChallengeTests {
    @Test func `no challenge that should not be paid is paid, and the daemon goes on`()
      async throws
    {
      try await Installation.use { installation in
        let cases = try Self.cases(network: installation.network)
        let seller = try CannedSeller(
          Dictionary(uniqueKeysWithValues: cases.map { ("/\($0.name)", $0.answer) }))
        defer { seller.close() }
        try installation.writePolicy(
          cases.map { Self.policy($0.name, origin: seller.origin) }.joined(separator: "\n"))
        _ = try installation.startDaemon()
        let grant = try installation.grant(.init("buyer", spend: 1_000_000))
        let agent = try installation.agent(grant.token)
        for badCase in cases {
          let refusal = try Self.refusal {
            _ = try agent.call(
              CredentialRequest.self, CredentialRequest.Parameters(service: badCase.name))
          }
          let error = try require(refusal, "\(badCase.name) was bought")
          try check(
            error.reason == badCase.reason, "\(badCase.name): \(error.reason): \(error.message)")
          if let rule = badCase.rule {
            try check(error.data["rule"] == .string(rule), "\(badCase.name): \(error.data)")
          }
        }
        let paid = try installation.network.payments(of: Installation.payer)
        try check(paid.isEmpty, "money moved: \(paid.count) payments")
        let view = try agent.call(GrantGet.self, GrantGet.Parameters())
        try check(view.heldMsat == .zero && view.settledMsat == .zero, "something is held")
        try Books(installation).verify()
      }
    }

    struct BadCase {
      let name: String
      let answer: [UInt8]
      let reason: String
      var rule: String?
    }

    private static func policy(_ name: String, origin: String) -> String {
      """
        \(name):
          origins: ["\(origin)"]
          challenge_path: /\(name)
          price_ceiling: 50sat
      """
    }

    static func refusal(_ body: () throws -> Void) throws -> RPCError? {
      do {
        try body()
        return nil
      } catch ClientError.refused(let error) { return error }
    }

    private static func cases(network: SimulatedNetwork) throws -> [BadCase] {
      let wrongSum = try Challenge(service: "checksum") { _ in }.header(spoilsInvoice: true)
      return [
        BadCase(
          name: "not-402", answer: CannedSeller.http("200 OK", []), reason: "upstream"),
        BadCase(
          name: "redirect",
          answer: CannedSeller.http("302 Found", ["Location: http://127.0.0.1:1/"]),
          reason: "upstream"),
        BadCase(name: "hang-up", answer: [], reason: "upstream"),
        BadCase(name: "no-http", answer: Array("hello\n".utf8), reason: "upstream"),
        BadCase(
          name: "no-header", answer: CannedSeller.http("402 Payment Required", []),
          reason: "upstream"),
        BadCase(
          name: "megabyte",
          answer: CannedSeller.http(
            "402 Payment Required",
            ["WWW-Authenticate: L402 token=\"\(String(repeating: "A", count: 1 << 20))\""]),
          reason: "upstream"),
        BadCase(name: "checksum", answer: wrongSum, reason: "payment_failed"),
        try made("no-amount", "payment_failed") { $0.draft.amountMsat = nil },
        try made("network", "payment_failed") { $0.draft.network = .bitcoin },
        try made("expired", "payment_failed") { $0.draft.timestampSeconds -= 7200 },
        try made("hash", "upstream") { $0.tokenHash = randomBytes(32) },
        try made("dear", "forbidden", rule: "policy:price_ceiling") {
          $0.draft.amountMsat = 50_001
        },
      ]
    }

    private static func made(
      _ name: String, _ reason: String, rule: String? = nil,
      _ change: (inout Challenge) -> Void
    ) throws -> BadCase {
      let challenge = try Challenge(service: name, change)
      return BadCase(name: name, answer: try challenge.header(), reason: reason, rule: rule)
    }

    /// A challenge that is good but for what a test changes.
    struct Challenge {
      let service: String
      var draft: InvoiceDraft
      /// The payment hash that the token names.
      var tokenHash: [UInt8]

      init(service: String, _ change: (inout Challenge) -> Void) throws {
        self.service = service
        tokenHash = randomBytes(32)
        draft = InvoiceDraft(
          network: .regtest, amountMsat: 5000,
          timestampSeconds: UInt64(Date().timeIntervalSince1970), paymentHash: tokenHash,
          paymentSecret: randomBytes(32), purpose: .description(service))
        change(&self)
      }

      func header(spoilsInvoice: Bool = false) throws -> [UInt8] {
        var invoice = try draft.signed(privateKey: Array(repeating: 7, count: 32)).text
        if spoilsInvoice {
          invoice = String(invoice.dropLast()) + (invoice.last == "q" ? "p" : "q")
        }
        let challenge = try L402Seller(masterKey: randomBytes(32)).mint(
          paymentHash: tokenHash, tokenID: randomBytes(32), invoice: invoice,
          terms: [L402Terms(service: L402Service(name: service))])
        return CannedSeller.http(
          "402 Payment Required", ["WWW-Authenticate: \(challenge.headerValue())"])
      }
    }
  }
}
