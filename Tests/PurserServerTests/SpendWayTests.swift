import Foundation
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

/// Requests to spend over sockets: the short way beside the general one, and what they share.
@Suite struct SpendWayTests {
  @Test func `both ways give the same answers`() async throws {
    let daemon = try TestDaemon()
    let small = daemon.child(daemon.top(), .spend(msat(100)), .payment(msat(50)))
    let late = daemon.child(daemon.top(), .validUntil(1), nonce: 3)
    let other = daemon.top(id: 2)
    var cut = other.text
    cut.removeLast()
    let held = SpendLine.hold(
      in: try #require(await daemon.line(SpendLine.reserve(7, token: other).trimmed)))
    let unknown = String(repeating: "0", count: 32)
    let requests: [String] = [
      SpendLine.request("reserve", #""amount_msat":10"#, token: small),
      SpendLine.request("reserve", #""amount_msat":10,"ttl_s":3600"#, id: #""a b""#, token: small),
      SpendLine.request("reserve", #""amount_msat":0"#, token: small),
      SpendLine.request("reserve", #""amount_msat":10,"ttl_s":0"#, token: small),
      SpendLine.request("reserve", #""amount_msat":10,"ttl_s":999999999999999999"#, token: small),
      SpendLine.request("reserve", #""amount_msat":51"#, token: small),
      SpendLine.request("reserve", #""amount_msat":9007199254740991"#, token: small),
      SpendLine.request("reserve", #""amount_msat":1"#, token: late),
      SpendLine.request("reserve", #""amount_msat":1"#),
      SpendLine.request("reserve", #""amount_msat":1,"token":"\#(cut)""#),
      SpendLine.request("reserve", #""amount_msat":1,"token":"""#),
      SpendLine.request("settle", #""hold":"\#(held)","amount_msat":8"#, token: other),
      SpendLine.request("settle", #""hold":"\#(held)","amount_msat":1"#, token: small),
      SpendLine.request("settle", #""hold":"\#(unknown)","amount_msat":1"#, token: small),
      SpendLine.request("release", #""hold":"\#(held)""#),
      SpendLine.request("reserve", #""amount_msat":1,"idempotency_key":"k""#, token: small),
      SpendLine.request("reserve", #""amount_msat":2,"idempotency_key":"k""#, token: small),
      SpendLine.request(
        "settle", #""hold":"\#(held)","amount_msat":7,"idempotency_key":"e""#, token: other),
    ]
    try await daemon.serving { _ in
      for plain in requests {
        let spelled = plain.replacingOccurrences(of: "\"method\"", with: #""m\u0065thod""#)
        #expect(WireJSON.spendRequest(in: Array(plain.utf8).span) != nil)
        #expect(WireJSON.spendRequest(in: Array(spelled.utf8).span) == nil)
        let answers = try await SpendLine.answers(daemon, [plain, spelled, plain])
        // Only the ids of new holds may differ, and none where a key repeats the answer.
        let hasKey = plain.contains("idempotency_key")
        let masked = answers.map { answer in
          hasKey
            ? answer
            : answer.replacing(SpendLine.hold(in: answer), with: "HOLD", maxReplacements: 1)
        }
        #expect(masked[0] == masked[1] && masked[1] == masked[2], "\(plain): \(answers)")
        #expect(masked[0].contains(#""jsonrpc":"2.0""#))
      }
    }
  }

  @Test func `what spends after the policy's longest life is refused as parameters are`()
    async throws
  {
    let daemon = try TestDaemon { $0.holdLifetimeSeconds = 10 }
    let token = daemon.top(.spend(msat(100)))
    try await daemon.serving { _ in
      let lines = [11, 10].map { seconds in
        SpendLine.request("reserve", #""amount_msat":1,"ttl_s":\#(seconds)"#, token: token)
      }
      let answers = try await SpendLine.answers(daemon, lines)
      // A refusal may come after what was asked later: noting it can take a look at the disk.
      let refusal = answers.first { $0.contains(#""code":-32602"#) }
      #expect(refusal?.contains("hold_lifetime, 10") == true)
      let end = daemon.clock.now().milliseconds + 10_000
      #expect(answers.contains { $0.contains(#""expires_at_ms":\#(end)"#) })
    }
  }

  @Test func `a token that was verified before stays subject to state and time`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let end = daemon.clock.now().seconds + 100
    let token = daemon.child(top, .validUntil(end))
    let line = SpendLine.reserve(1, token: token).trimmed
    let opening =
      #"{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"\#(token.text)"}}"#
    let inSession = SpendLine.request("reserve", #""amount_msat":1"#)
    try await daemon.serving { _ in
      let (path, chain) = (daemon.agentsPath, daemon.maker.chain(token))
      let clients = [try RawClient(path), try RawClient(path)]
      let ask = { @Sendable (client: RawClient, line: String) in
        client.send(line + "\n")
        return client.lines(1).first ?? ""
      }
      #expect(try await blocking { ask(clients[0], opening) }.contains("valid_until"))
      func reasons() async throws -> [String] {
        try await blocking { [ask(clients[0], inSession), ask(clients[1], line)] }.map { answer in
          answer.firstMatch(of: /"reason":"(\w+)"/).map { String($0.1) } ?? "none"
        }
      }
      #expect(try await reasons() == ["none", "none"])
      _ = try await daemon.call(GrantFreeze.self, .init(node: chain.node))
      #expect(try await reasons() == ["frozen", "frozen"])
      _ = try await daemon.call(GrantUnfreeze.self, .init(node: chain.node))
      #expect(try await reasons() == ["none", "none"])
      daemon.clock.move(milliseconds: 100_000)
      #expect(try await reasons() == ["expired", "expired"])
    }
  }

  @Test func `a token beside one that was verified is verified itself`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1000)))
    var random = SeededGenerator(seed: 5)
    let good = SpendLine.reserve(1, token: token).trimmed
    let place = token.text.utf8.count
    try await daemon.serving { _ in
      var lines: [String] = []
      for _ in 0..<100 {
        var text = Array(token.text.utf8)
        let index = Int.random(in: GrantToken.prefix.utf8.count..<place, using: &random)
        text[index] = text[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = String(decoding: text, as: UTF8.self)
        lines += [good, SpendLine.request("reserve", #""amount_msat":1,"token":"\#(changed)""#)]
      }
      let answers = try await SpendLine.answers(daemon, lines)
      for (index, answer) in answers.enumerated() {
        #expect(answer.contains("unauthenticated") == !index.isMultiple(of: 2), "\(answer)")
      }
      #expect(try daemon.counters(token).held == 100)
    }
  }
}
