import Foundation
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// Tokens that nobody gave, or that say more than whoever gave them.
  @Suite struct ForgedTokenTests {
    private static let amount: [String: CanonicalJSON] = ["amount_msat": .integer(1)]

    /// A worker of 1000 msat below a top of 5000, both of which have spent something.
    private static func worker(_ installation: Installation) throws -> (top: String, worker: String)
    {
      let top = try installation.grant(.init("top", spend: 5000)).token
      let worker = try TokenParts(top).appending([
        "grant=\(Hex.encode(randomBytes(16)))", "name=worker", "spend_msat=1000",
      ]).text
      for token in [top, worker] {
        _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: try msats(1)))
      }
      return (top, worker)
    }

    @Test func `a token with any byte changed, or cut anywhere, is nobody's and changes nothing`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        var daemon = try installation.startDaemon()
        let token = try Self.worker(installation).worker
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        var forged = (0..<token.count).map { String(token.prefix($0)) }
        let bytes = try TokenParts(token).bytes
        for index in bytes.indices {
          for change in [0x01, 0x80, 0xff] as [UInt8] {
            var changed = bytes
            changed[index] ^= change
            forged.append(TokenParts.text(changed))
          }
        }
        let symbols = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for (index, symbol) in token.enumerated() {
          let next = (symbols.firstIndex(of: symbol) ?? 0) + 1
          forged.append(
            String(token.prefix(index)) + String(symbols[next % symbols.count])
              + String(token.dropFirst(index + 1)))
        }
        // Each method has its way: one that spends, one that opens a session, and one that reads.
        var asked = 0
        for (method, parameters) in [
          ("spend.charge", Self.amount), ("session.open", [:]), ("grant.get", [:]),
        ] {
          let answers = try attacker.flood(
            with: forged.map { Attacker.line(method, parameters, token: $0) })
          try check(answers == ["unauthenticated": forged.count], "\(method): \(answers)")
          asked += forged.count
        }
        try attacker.isRefused("unauthenticated", "spend.charge", Self.amount, "no session:")
        try untouched.verify(unauthenticated: asked + 1, daemon: &daemon)
      }
    }

    @Test func `caveats that were left out, moved, doubled or taken from elsewhere are forgeries`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        var daemon = try installation.startDaemon()
        let (top, token) = try Self.worker(installation)
        let other = try installation.grant(.init("other", spend: 5000))
        let own = try TokenParts(token)
        let above = try TokenParts(top)
        let untouched = try Untouched(installation)
        var forged: [TokenParts] = []
        func forge(_ change: (inout TokenParts) -> Void) {
          var parts = own
          change(&parts)
          forged.append(parts)
        }
        for index in own.caveats.indices {
          forge { $0.caveats.remove(at: index) }
          forge { $0.caveats.insert($0.caveats[index], at: index) }
          forge { $0.caveats.swapAt(index, (index + 1) % own.caveats.count) }
        }
        forge { $0.caveats.reverse() }
        forge { $0.caveats = [] }
        // An earlier parent: the levels above, under every signature that can be made of its own.
        forge { $0.caveats = above.caveats }
        forge {
          $0.caveats = above.caveats
          $0.signature = HMACSHA256(key: own.signature).authenticate(Array("spend_msat=1000".utf8))
        }
        forge { $0.signature = [UInt8](repeating: 0, count: 32) }
        forge { $0.caveats[$0.caveats.count - 1] = Array("spend_msat=9000".utf8) }
        // Another top-level grant, and a key that there is not.
        forge { $0.identifier = Array($0.identifier.prefix(9)) + other.node.bytes }
        forge { $0.identifier[8] ^= 2 }
        forge { $0.identifier[0] = 2 }
        forge { $0.identifier += [0] }
        forge { $0.location = [] }
        forge { $0.location = Array("purse".utf8) }
        let attacker = try Attacker(installation)
        let answers = try attacker.flood(
          with: forged.map { Attacker.line("spend.charge", Self.amount, token: $0.text) })
        try check(answers == ["unauthenticated": forged.count], "\(answers)")
        try untouched.verify(unauthenticated: forged.count, daemon: &daemon)
      }
    }

    @Test func `what no grammar has refuses the whole token, and ten thousand caveats as well`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        var daemon = try installation.startDaemon()
        let own = try TokenParts(try Self.worker(installation).worker)
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        let greatest = "18446744073709551615"
        let unreadable = [
          // Look-alikes: Cyrillic, full width, Greek, joiners, dotless, combining, and another case.
          "\u{455}pend_msat=9", "s\u{440}end_msat=9", "\u{ff53}pend_msat=9", "spend\u{200b}_msat=9",
          "spend_msat\u{feff}=9", "\u{202e}spend_msat=9", "spend_ms\u{430}t=9", "gr\u{430}nt=00",
          "val\u{131}d_until=9", "val\u{456}d_until=9", "dep\u{3c4}h=9", "m\u{435}thods=spend.*",
          "c\u{430}lls=9/1m", "p\u{435}er=uid=0", "SPEND_MSAT=9", "spend_msat\u{ff1d}9",
          "spend_msat=\u{0669}", "spend_msat=\u{ff19}", "e\u{301}=9",
          // Values that overflow, or that are numbers to other readers.
          "spend_msat=9007199254740992", "spend_msat=\(greatest)", "spend_msat=\(greatest)0",
          "spend_msat=-1", "spend_msat=+1", "spend_msat=1e3", "spend_msat=0x10", "spend_msat=1.0",
          "spend_msat=01", "spend_msat=" + String(repeating: "9", count: 5000),
          "payment_msat=9007199254740992", "valid_until=\(greatest)0", "depth=\(greatest)0",
          "calls=9007199254740992/1m", "calls=1/\(greatest)s", "spend_msat=1/\(greatest)d",
          "spend_msat=1/367d", "approve_above_msat=\(greatest)", "peer=uid=4294967296",
          "peer=uid=-1", "peer=pid=\(greatest)0@1@x",
          // Nothing at all, and what was never a caveat.
          "", "=", "spend_msat", "owner=me", "parent=00", "grant=", "time < 9",
        ]
        for condition in unreadable {
          let error = try attacker.isRefused(
            "unauthenticated", "spend.charge", Self.amount, token: own.appending([condition]).text,
            condition)
          try check(error.data["cause"] == .string("caveat"), "\(condition): \(error.data)")
        }
        let depth = own.appending(["depth=0"])
        let tooMany: [(TokenParts, [String])] = [
          (own.appending(Array(repeating: "depth=9", count: 10_000)), ["too_long"]),
          (own.appending(Array(repeating: "depth=9", count: 1100)), ["malformed"]),
          (own.appending((0..<10_000).map { "spend_msat=\($0)" }), ["too_long"]),
          (depth.appending(["grant=\(Hex.encode(randomBytes(16)))"]), ["too_deep"]),
          (
            own.appending((0..<32).map { _ in "grant=\(Hex.encode(randomBytes(16)))" }),
            ["too_deep"]
          ),
          (own.appending((1...5).map { "spend_msat=9/\($0)h" }), ["too_many_windows"]),
        ]
        for (parts, causes) in tooMany {
          let error = try attacker.isRefused(
            "unauthenticated", "spend.charge", Self.amount, token: parts.text)
          let isOneOf = causes.contains { error.data["cause"] == .string($0) }
          try check(isOneOf, "not \(causes): \(error.data)")
        }
        try untouched.verify(unauthenticated: unreadable.count + tooMany.count, daemon: &daemon)
      }
    }

    @Test func `whatever a holder appends, it never gets more than it was given`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let now = UInt64(Date().timeIntervalSince1970)
        let top = try installation.grant(.init("top", spend: 5000)).token
        let given = try TokenParts(top).appending([
          "grant=\(Hex.encode(randomBytes(16)))", "spend_msat=1000", "payment_msat=400",
          "methods=spend.*", "valid_until=\(now + 600)", "depth=1", "calls=9/1h",
        ])
        _ = try installation.agent(given.text).call(
          SpendCharge.self, .init(amountMsat: try msats(1)))
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        let level = "grant=\(Hex.encode(randomBytes(16)))"
        // The same condition again, in this order and the other, at its own level and one below.
        let wider = [
          ["spend_msat=9007199254740991"], ["spend_msat=1", "spend_msat=9000"],
          ["spend_msat=9000", "spend_msat=1"], ["payment_msat=9000"],
          ["depth=32"], ["methods=grant.*,spend.*"], ["valid_until=9007199254740991"],
          ["calls=9007199254740991/1s"], ["services="], ["approve_above_msat=9007199254740991"],
        ]
        var refusals: [String: Int] = [:]
        for conditions in wider {
          for prefix in [[], [level]] as [[String]] {
            let token = given.appending(prefix + conditions).text
            try attacker.isRefused(
              "budget_exceeded", "spend.charge", ["amount_msat": .integer(401)], token: token,
              "\(conditions)")
            try attacker.isRefused(
              "budget_exceeded", "spend.reserve", ["amount_msat": .integer(1000)], token: token,
              "\(conditions)")
            try attacker.isRefused("forbidden", "grant.get", token: token, "\(conditions)")
            refusals["spend.charge budget_exceeded", default: 0] += 1
            refusals["spend.reserve budget_exceeded", default: 0] += 1
            refusals["grant.get forbidden", default: 0] += 1
          }
        }
        try untouched.verify(refused: refusals)
      }
    }

    @Test func `another's node id opens a level of one's own and touches nobody else's`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 5000))
        let parent = try installation.agent(top.token)
        let first = try parent.call(GrantCreate.self, .init("first", spend: 1000))
        let second = try parent.call(GrantCreate.self, .init("second", spend: 1000))
        let victim = try TokenParts(first.token)
        let nonce = try require(
          victim.caveats.first { $0.starts(with: Array("grant=".utf8)) }, "a grant caveat")
        let before = try Books(installation).tree()
        // The node's id, what it was made of, and the top's: each is a nonce like any other.
        for claim in [
          "grant=\(first.node.hex)", String(decoding: nonce, as: UTF8.self),
          "grant=\(top.node.hex)",
        ] {
          let token = try TokenParts(second.token).appending([claim, "spend_msat=900"]).text
          let agent = try installation.agent(token)
          _ = try agent.call(SpendCharge.self, .init(amountMsat: try msats(1)))
          let view = try agent.call(GrantGet.self, .init())
          try check(before[view.node] == nil, "a node of somebody else")
          try check(view.settledMsat.value == 1, "not its own counter: \(view)")
        }
        let after = try Books(installation).tree()
        try check(after[first.node]?.settledMsat == .zero, "the first child was charged")
        try check(after[second.node]?.settledMsat.value == 3, "the second child was not")
        try check(after[top.node]?.settledMsat.value == 3, "the top was not")
        try Books(installation).verify()
      }
    }
  }
}
