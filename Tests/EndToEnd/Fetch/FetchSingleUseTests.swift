import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserWallet
import Synchronization
import Testing

extension EndToEnd {
  /// `purser fetch` at a seller of the Payment scheme, where each payment is good for one request.
  @Suite struct FetchSingleUseTests {
    /// A 402 whose challenge is for `path` alone.
    private static func challenge(_ seller: Seller, for path: String) throws -> [UInt8] {
      let amount = try require(Msat(3000), "an amount")
      let invoice = try seller.network.createInvoice(
        InvoiceRequest(amount: amount, description: path, expirySeconds: 3600), for: Seller.node)
      let request = PaymentJSON.object([
        "amount": .string("3"), "currency": .string("sat"),
        "methodDetails": .object([
          "invoice": .string(invoice.text), "network": .string("regtest"),
          "paymentHash": .string(Hex.encode(invoice.paymentHash)),
        ]),
      ])
      let challenge = try PaymentChallenge(
        id: "for \(path)", realm: "shop", method: "lightning", intent: "charge",
        request: PaymentBase64.encode(Array(request.canonical.utf8)))
      return ScriptedHTTP.http(
        "402 Payment Required", ["WWW-Authenticate: \(challenge.headerValue())"], text: "pay first")
    }

    @Test func `each request is paid for by itself, with the challenge of its own URL`()
      async throws
    {
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        let taken = Mutex<Set<[UInt8]>>([])
        let server = try ScriptedHTTP { request, write in
          guard let header = request.headers["authorization"] else {
            _ = write(try Self.challenge(seller, for: request.path))
            return
          }
          let credential = try PaymentCredential(authorization: header)
          let isNew = taken.withLock { $0.insert(SHA256.hash(credential.preimage)).inserted }
          guard isNew, credential.challenge.id == "for \(request.path)" else {
            _ = write(try Self.challenge(seller, for: request.path))
            return
          }
          _ = write(ScriptedHTTP.http("200 OK", text: "content of \(request.path)\n"))
        }
        defer { server.close() }
        try installation.writePolicy(
          """
            shop:
              origins: ["\(server.origin)"]
              challenge_path: /a
              schemes: [payment]
              bare: allow
              price_ceiling: 5sat
              payees: [\(seller.payee)]
              fee_limit: 1sat
          """)
        _ = try installation.startDaemon()
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        for (index, path) in ["/a", "/b", "/a"].enumerated() {
          let report = try fetch("\(server.origin)\(path)", "--json").ended(0, path).json()
          try check(report["body"] as? String == "content of \(path)\n", "\(report)")
          try check(report["paid_msat"] as? Int == 3000, "\(report)")
          try installation.checkPaid(times: index + 1)
        }
        try Books(installation).verify()
      }
    }
  }
}
