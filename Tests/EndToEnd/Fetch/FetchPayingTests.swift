import Foundation
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet
import Synchronization
import Testing

extension EndToEnd {
  /// `purser fetch` where a seller asks to be paid: what is paid, how often, and how it ends.
  @Suite struct FetchPayingTests {
    /// A daemon, a seller that answers by `answer`, and a service for each of `paths`.
    private static func use(
      _ services: [String], policy: String = "price_ceiling: 50sat", pinsSeller: Bool = false,
      _ answer:
        @escaping @Sendable (Seller, ScriptedHTTP.Request, ScriptedHTTP.Write) throws -> Void,
      _ body: @escaping @Sendable (Installation, ScriptedHTTP) throws -> Void
    ) async throws {
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        let server = try ScriptedHTTP { request, write in try answer(seller, request, write) }
        defer { server.close() }
        try installation.writePolicy(
          services.map { name in
            """
              \(name):
                origins: ["\(server.origin)"]
                challenge_path: /\(name)
                fee_limit: 1sat
                payees: [\(pinsSeller ? seller.payee : "")]
                \(policy)
            """
          }.joined(separator: "\n"))
        _ = try installation.startDaemon()
        try body(installation, server)
        try Books(installation).verify()
      }
    }

    /// A 402 with a fresh challenge.
    private static func challenge(
      _ seller: Seller, _ path: String, price: UInt64 = 5000
    ) throws -> [UInt8] {
      let minted = try seller.challenge(
        for: String(path.dropFirst().prefix { $0 != "/" }), price: Msat(price) ?? .zero)
      return ScriptedHTTP.http(
        "402 Payment Required",
        minted.parameters.wwwAuthenticate.map { "WWW-Authenticate: \($0)" }, text: "pay first")
    }

    private static let content = ScriptedHTTP.http("200 OK", text: "content\n")

    @Test func `the first request pays, the next ones use what was bought`() async throws {
      try await Installation.use { installation in
        let origin = try installation.startPaywall()
        try installation.writePolicy(
          """
            news:
              origins: ["\(origin)"]
              challenge_path: /news/latest
              price_ceiling: 50sat
          """)
        _ = try installation.startDaemon()
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let first = try fetch("\(origin)/news/latest", "--json").ended(0).json()
        try check(first["status"] as? Int == 200, "\(first)")
        try check(first["paid_msat"] as? Int == 5000, "\(first)")
        try check(first["service"] as? String == "news", "\(first)")
        try check((first["body"] as? String)?.contains("headline") == true, "\(first)")
        let second = try fetch("\(origin)/news/latest", "--json").ended(0).json()
        try check(second["paid_msat"] as? Int == 0, "\(second)")
        let plain = try fetch("-i", "\(origin)/news/latest").ended(0)
        try check(plain.output.hasPrefix("HTTP/1.1 200 OK\r\n"), plain.output)
        try check(plain.output.hasSuffix("}\n") && plain.error.isEmpty, plain.output)
        try installation.checkPaid(times: 1)
        try Books(installation).verify()
      }
    }

    @Test func `a price above a limit is refused before money moves`() async throws {
      try await Self.use(["dear"]) { seller, request, write in
        _ = write(try Self.challenge(seller, request.path, price: 20_000))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let url = "\(server.origin)/dear"
        let most = try fetch(url, "--max-cost", "19sat", "--json").ended(2).json()
        let error = try require(most["error"] as? [String: Any], "no error: \(most)")
        let data = error["data"] as? [String: Any]
        try check(data?["rule"] as? String == "request:max_cost", "\(error)")
        try check(most["paid_msat"] as? Int == 0, "\(most)")
        let poor = try FetchProgram(installation, spend: 20_000)
        try poor(url).ended(2, "a grant that has too little")
        let quote = try fetch(url, "--no-pay").ended(0)
        try check(quote.output.contains("20sat"), quote.output)
        try fetch(url, "--no-pay", "--max-cost", "19sat").ended(2, "a quote above --max-cost")
        try poor(url, "--no-pay").ended(2, "a quote above the budget")
        try installation.checkPaid(times: 0)
      }
      try await Self.use(["dear"], policy: "price_ceiling: 10sat") { seller, request, write in
        _ = write(try Self.challenge(seller, request.path, price: 20_000))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        try fetch("\(server.origin)/dear").ended(2, "a price above the policy's ceiling")
        try installation.checkPaid(times: 0)
      }
    }

    @Test func `routing above --max-fee is refused, and below it paid`() async throws {
      try await Self.use(["fees"]) { seller, request, write in
        _ = write(
          request.headers["authorization"] == nil
            ? try Self.challenge(seller, request.path) : Self.content)
      } _: { installation, server in
        try installation.network.configure(
          Installation.payer, SimulatedBehavior(baseFee: Msat(500) ?? .zero))
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        try fetch("\(server.origin)/fees", "--max-fee", "499msat").ended(3, "too dear a route")
        try installation.checkPaid(times: 0)
        let done = try fetch("\(server.origin)/fees", "--max-fee", "500msat", "--json").ended(0)
        try check(try done.json()["paid_msat"] as? Int == 5500, done.output)
      }
    }

    @Test func `a seller that notices the payment late is asked again and not paid again`()
      async throws
    {
      try await Self.use(["late"]) { seller, request, write in
        // The third request with the credential is the first that is answered.
        let isPaid = request.headers["authorization"] != nil
        let isNoticed = isPaid && request.earlier >= 4
        _ = write(isNoticed ? Self.content : try Self.challenge(seller, request.path))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let done = try fetch("\(server.origin)/late", "--json").ended(0)
        try check(try done.json()["paid_msat"] as? Int == 5000, done.output)
        try installation.checkPaid(times: 1)
      }
    }

    @Test func `a seller that never gives what was paid for gets one payment a command`()
      async throws
    {
      try await Self.use(["never"]) { seller, request, write in
        _ = write(try Self.challenge(seller, request.path))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let url = "\(server.origin)/never"
        let done = try fetch(url, "--json").ended(3)
        try check(try done.json()["paid_msat"] as? Int == 5000, done.output)
        try check(done.output.contains("\"reason\":\"not_accepted\""), done.output)
        try installation.checkPaid(times: 1)
        // The daemon asked the seller itself, so nobody gets that credential any more.
        let vault = try Books(installation).vault()
        try check(vault.allSatisfy { $0.state != "active" }, "it is still handed out")
      }
    }

    @Test func `a cached credential that is refused is reported and one other bought`()
      async throws
    {
      let refused = Refused()
      try await Self.use(["worn"]) { seller, request, write in
        let isGood = refused.isGood(request.headers["authorization"])
        _ = write(isGood ? Self.content : try Self.challenge(seller, request.path))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        try fetch("\(server.origin)/worn").ended(0)
        refused.forget()
        let again = try fetch("\(server.origin)/worn", "--json").ended(0)
        try check(try again.json()["paid_msat"] as? Int == 5000, again.output)
        try installation.checkPaid(times: 2)
        refused.forget()
        let dear = try fetch("\(server.origin)/worn", "--max-cost", "4sat").ended(2)
        try check(dear.error.contains("max_cost"), dear.error)
        try installation.checkPaid(times: 2)
      }
    }

    @Test func `a payment that fails, and one that waits for an operator, have their statuses`()
      async throws
    {
      try await Self.use(["shaky"]) { seller, request, write in
        _ = write(
          request.headers["authorization"] == nil
            ? try Self.challenge(seller, request.path) : Self.content)
      } _: { installation, server in
        let url = "\(server.origin)/shaky"
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        try installation.network.inject(.fail(reason: "no route"), into: Installation.payer)
        let failed = try fetch(url).ended(3)
        try check(failed.error.contains("no route"), failed.error)
        let asking = try FetchProgram(installation, spend: 1_000_000, approveAbove: 1000)
        let waiting = try asking(url, "--json").ended(5).json()
        let data = (waiting["error"] as? [String: Any])?["data"] as? [String: Any]
        let id = try require(data?["approval"] as? String, "no approval: \(waiting)")
        let told = try asking(url).ended(5)
        try check(told.error.contains("purser approve \(id)"), told.error)
        let approvals = try installation.operatorConnection()
          .call(ApprovalList.self, .init()).approvals
        try check(approvals.map(\.approval.hex) == [id], "another approval")
        try installation.checkPaid(times: 0)
        // An answer that comes late: the same payment is waited for, under the same key.
        try installation.network.inject(
          .pendingThenSettled(milliseconds: 1500), into: Installation.payer)
        try fetch(url).ended(0, "a slow payment")
        try installation.checkPaid(times: 1)
      }
    }

    @Test func `a body is sent again after the payment, and the 402's own is written nowhere`()
      async throws
    {
      try await Self.use(["post"]) { seller, request, write in
        guard request.headers["authorization"] != nil else {
          _ = write(try Self.challenge(seller, request.path))
          return
        }
        _ = write(ScriptedHTTP.http("200 OK", [], request.body))
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let file = "\(installation.directory)/body"
        try "a=1\nb=2\n".write(toFile: file, atomically: true, encoding: .utf8)
        let out = "\(installation.directory)/answer"
        try fetch("\(server.origin)/post", "--data-binary", "@\(file)", "-o", out).ended(0)
        try check(try String(contentsOfFile: out, encoding: .utf8) == "a=1\nb=2\n", "another body")
        let sent = server.requests.filter { $0.method == "POST" }
        try check(sent.count == 2 && sent.allSatisfy { $0.body == Array("a=1\nb=2\n".utf8) }, "")
      }
    }

    @Test
    func `a URL that is sold apart is bought with its own challenge where the policy lets it`()
      async throws
    {
      for isPinned in [true, false] {
        let minted = Mutex<[String: Set<String>]>([:])
        try await Self.use(["shop"], pinsSeller: isPinned) { seller, request, write in
          // A preimage opens the path alone whose challenge was paid.
          let preimage = Hex.decode(String(request.headers["authorization"]?.suffix(64) ?? ""))
          let hash = preimage.map { Hex.encode(SHA256.hash($0)) } ?? ""
          if minted.withLock({ $0[request.path]?.contains(hash) ?? false }) {
            _ = write(Self.content)
            return
          }
          let price = Msat(request.path == "/shop" ? 5000 : 7000) ?? .zero
          let challenge = try seller.challenge(for: "shop", price: price)
          minted.withLock {
            _ = $0[request.path, default: []].insert(Hex.encode(challenge.paymentHash))
          }
          _ = write(
            ScriptedHTTP.http(
              "402 Payment Required",
              challenge.parameters.wwwAuthenticate.map { "WWW-Authenticate: \($0)" }))
        } _: { installation, server in
          let fetch = try FetchProgram(installation, spend: 1_000_000)
          try fetch("\(server.origin)/shop").ended(0)
          let url = "\(server.origin)/shop/more"
          guard isPinned else {
            try fetch(url).ended(3, "a URL whose challenge may not be brought")
            return try installation.checkPaid(times: 1)
          }
          let more = try fetch(url, "--json").ended(0).json()
          try check(more["paid_msat"] as? Int == 7000, "\(more)")
          try installation.checkPaid(times: 2)
          let other = try FetchProgram(installation, spend: 1_000_000)
          try check(
            try other("\(server.origin)/shop/other", "--max-cost", "6sat").ended(2).error
              .contains("max_cost"), "another reason")
          try installation.checkPaid(times: 2)
        }
      }
    }

    @Test func `several URLs use one connection and one credential`() async throws {
      try await Self.use(["many"]) { seller, request, write in
        _ = write(
          request.headers["authorization"] == nil
            ? try Self.challenge(seller, request.path) : Self.content)
      } _: { installation, server in
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let done = try fetch.run(
          (0..<20).map { "\(server.origin)/many/\($0)" }
        ).ended(0)
        try check(done.output == String(repeating: "content\n", count: 20), done.output)
        try installation.checkPaid(times: 1)
        // One of the command, and one or two of the daemon, which asks for the challenge.
        try check(server.connections <= 3, "\(server.connections) connections")
      }
    }
  }
}

/// Which credentials a seller still takes: those first shown since it forgot the last.
private final class Refused: Sendable {
  private let state = Mutex<(old: Set<String>, seen: Set<String>)>(([], []))

  func isGood(_ authorization: String?) -> Bool {
    guard let authorization else { return false }
    let preimage = String(authorization.suffix(64))
    return state.withLock { state in
      state.seen.insert(preimage)
      return !state.old.contains(preimage)
    }
  }

  func forget() { state.withLock { $0.old.formUnion($0.seen) } }
}
